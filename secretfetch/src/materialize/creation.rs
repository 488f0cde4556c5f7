//! Directories that are missing on the way to a file.

use std::path::Path;

use rustix::fs::{self, Mode as FileMode};
use rustix::io::Errno;

use super::directory::Directory;
use super::leftover;
use super::parent::ParentAccess;
use super::staged::{ATTEMPTS, stage_directory};
use super::system::DIRECTORY;
use super::write_error::WriteError;

/// Opens the directory that everything is confined to, creating what is missing. It is the user's choice: symlinks are
/// followed.
pub(super) fn open_or_create(path: &Path, access: ParentAccess) -> Result<Directory, WriteError> {
    match Directory::open(path) {
        Err(Errno::NOENT) => {
            let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
                return Err(Errno::NOENT.into());
            };
            let parent = open_or_create(parent, access)?;
            create(&parent, Path::new(name), access)?;
            // Not what was just created but what stands there: another run may have been faster.
            Ok(fs::openat(&parent, name, DIRECTORY, FileMode::empty())?.into())
        }
        opened => Ok(opened?),
    }
}

/// Opens a directory below this one, creating what is missing with the access that its path shall have, and never
/// leaves this one on the way.
pub(super) fn descend(
    base: &Directory,
    path: &str,
    access: impl Fn(&str) -> ParentAccess,
) -> Result<Directory, WriteError> {
    let mut current = base.clone();
    let mut end = 0;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        end += name.len() + usize::from(end > 0);
        current = match current.open_beneath(name) {
            Err(Errno::NOENT) => {
                create(&current, Path::new(name), access(&path[..end]))?;
                current.open_beneath(name)?
            }
            opened => opened?,
        };
    }
    Ok(current)
}

/// Creates a directory that appears under its name with its owner and mode, or not at all. One that another has made
/// in the meantime is as good.
fn create(directory: &Directory, name: &Path, access: ParentAccess) -> Result<(), WriteError> {
    leftover::remove_empty(directory);
    for _ in 0..ATTEMPTS {
        let made = stage_directory(directory, access)?;
        match directory.rename_new(made.name(), name) {
            Ok(()) => {
                made.finish();
                return Ok(());
            }
            Err(Errno::EXIST | Errno::NOTEMPTY) => return Ok(()),
            // Another run took it for one that a killed run had left.
            Err(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Errno::EXIST.into())
}
