//! Whose a directory is: a generation belongs to the configuration that made it.

use rustix::io::Errno;

use super::directory::{Directory, Existing};
use super::generation_name::{CURRENT, is_generation};
use super::staged::new_symlink;
use super::status::Identity;
use super::unfinished::Unfinished;
use super::write_error::WriteError;
use crate::text::quoted;

/// The symlink in a generation whose target is the name of the configuration: it changes with the generation, and goes
/// with it.
pub(super) const MARK: &str = "..secretfetch";

/// How deep a directory is looked for generations above it; paths are not longer.
const DEEPEST: usize = 2048;

const HINT: &str = "give the files another directory, or both configurations the same `name`";

/// Marks a generation.
pub(super) fn mark(generation: &Directory, name: &str) -> Result<Unfinished, WriteError> {
    Ok(new_symlink(generation, name, MARK)?)
}

/// The name of the configuration that made a generation; none of one that had no name, or was made before there were any.
pub(super) fn name_of(generation: &Directory) -> Option<String> {
    generation.read_link(MARK).ok()
}

/// An error if a generation was made by a configuration of another name.
pub(super) fn check(generation: &Directory, name: Option<&str>) -> Result<(), WriteError> {
    match name_of(generation) {
        Some(theirs) if Some(theirs.as_str()) != name => Err(not_ours(&theirs, name)),
        _ => Ok(()),
    }
}

/// An error if ordinary files in this directory would be among those of a generation that another configuration made.
pub(super) fn check_plain(directory: &Directory, name: Option<&str>) -> Result<(), WriteError> {
    match directory.look_up(CURRENT)? {
        Existing::Symlink(current) if is_generation(&current) => match directory.open_directory(&current) {
            Ok(generation) => check(&generation, name),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(()),
            Err(error) => Err(error.into()),
        },
        _ => Ok(()),
    }
}

/// An error if a directory is a part of a generation, which a symlink on the way leads into: what was written there would
/// be seen at once, and gone with the next generation.
pub(super) fn check_above(directory: &Directory) -> Result<(), WriteError> {
    let mut below = directory.identity()?;
    let mut current = directory.clone();
    for _ in 0..DEEPEST {
        // Without the right to look there, nobody can tell.
        let Ok(above) = current.open_above() else {
            return Ok(());
        };
        let identity = above.identity()?;
        if identity == below {
            return Ok(());
        }
        if let Ok(Existing::Symlink(generation)) = above.look_up(CURRENT)
            && is_generation(&generation)
            && is_same(&above, &generation, below)
        {
            return Err(WriteError::NotOurs {
                what: "a symlink on the way leads into a generation of files".to_owned(),
                hint: "give the file a directory of its own, outside the one that has `..data` in it",
            });
        }
        (below, current) = (identity, above);
    }
    Ok(())
}

fn is_same(directory: &Directory, name: &str, known: Identity) -> bool {
    directory.look_up_with_identity(name).is_ok_and(|(_, identity)| identity == Some(known))
}

fn not_ours(theirs: &str, ours: Option<&str>) -> WriteError {
    let ours = ours.map_or("this run has no name".to_owned(), |ours| format!("this is {}", quoted(ours)));
    let what = format!("the generation of files there is that of the configuration {}, and {ours}", quoted(theirs));
    WriteError::NotOurs { what, hint: HINT }
}
