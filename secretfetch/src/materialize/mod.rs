//! Rendered bytes to files: each target is the old or the new file in full, whatever happens.

mod directory;
mod generation;
mod moves;
mod ownership;
mod parent;
mod plain;
mod rehearsal;
mod report;
mod staged;
mod unfinished;
mod write_error;

use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;
use zeroize::Zeroizing;

pub(crate) use rehearsal::rehearse;
pub use report::{FileOutcome, FileReport, Report, SourceReport};
pub use unfinished::remove_unfinished;

use crate::error::{Error, ErrorKind, Failure, Result};
use crate::plan::{Layout, Mode, Owner, RelativePath};
use directory::{Directory, Leftover};
use moves::Moves;
use parent::ParentAccess;
use write_error::WriteError;

/// How long to wait before asking again for a lock that another run holds.
const LOCK_INTERVAL: Duration = Duration::from_millis(20);

/// One file's bytes and where they go; without bytes, the file shall not exist.
pub(crate) struct Prepared {
    pub(crate) path: RelativePath,
    pub(crate) bytes: Option<Zeroizing<Vec<u8>>>,
    pub(crate) mode: Mode,
    pub(crate) owner: Option<Owner>,
}

/// What became of the files, in the order that they were given, and what the user should know about them.
pub(crate) struct Materialized {
    pub(crate) files: Vec<FileOutcome>,
    pub(crate) notes: Vec<String>,
}

/// Refuses an owner that only root could set, before anything is fetched.
pub(crate) fn check_owner(owner: Option<Owner>) -> Result<()> {
    let Some(owner) = owner else { return Ok(()) };
    let uid = rustix::process::geteuid();
    if uid.is_root() {
        return Ok(());
    }
    let failure = |message: String| {
        Failure::new(ErrorKind::CannotWrite, message)
            .with_hint("run as that user (`runAsUser`), or let `fsGroup` give the volume's group")
    };
    if owner.uid() != uid.as_raw() {
        return Err(failure(format!("user {} cannot give files to user {}", uid.as_raw(), owner.uid())).into());
    }
    let ours = |gid: u32| {
        rustix::process::getegid().as_raw() == gid
            || rustix::process::getgroups().is_ok_and(|groups| groups.iter().any(|group| group.as_raw() == gid))
    };
    match owner.gid() {
        Some(gid) if !ours(gid) => Err(failure(format!("user {} is not in group {gid}", uid.as_raw())).into()),
        _ => Ok(()),
    }
}

/// Writes all files under `root`, or none.
///
/// `name` is that of the configuration: a generation is replaced by none of another name.
pub(crate) async fn materialize(
    root: &Path,
    layout: Layout,
    files: &[&Prepared],
    name: Option<&str>,
) -> Result<Materialized> {
    check_size(root, files)?;
    let base = Directory::open_or_create(root, ParentAccess::of("", files));
    let base = base.map_err(|error| error.at(root, "open the directory"))?;
    match layout {
        Layout::Plain => plain::publish(root, &base, files, name).await,
        Layout::Generation => generation::publish(root, &base, files, name).await,
    }
}

/// A process that writes beyond RLIMIT_FSIZE is killed by SIGXFSZ, unless it has said otherwise: no library may do that.
fn check_size(root: &Path, files: &[&Prepared]) -> Result<()> {
    let Some(limit) = rustix::process::getrlimit(rustix::process::Resource::Fsize).current else { return Ok(()) };
    let too_large = |file: &&&Prepared| file.bytes.as_ref().is_some_and(|bytes| bytes.len() as u64 > limit);
    let errors = files
        .iter()
        .filter(too_large)
        .map(|file| WriteError::from(Errno::FBIG).at(&root.join(file.path.as_path()), "write the file"));
    Error::join(errors).map_or(Ok(()), Err)
}

/// What earlier runs left and this one could not remove.
#[derive(Default)]
struct Leftovers {
    notes: Vec<String>,
}

impl Leftovers {
    fn add(&mut self, directory: &Path, leftovers: Vec<Leftover>) {
        self.notes.extend(leftovers.iter().map(|leftover| leftover.note(directory)));
    }

    fn into_notes(mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }
}

impl Drop for Leftovers {
    /// A run that fails has no report to say it in, and what is left may be why it fails.
    fn drop(&mut self) {
        for note in &self.notes {
            tracing::warn!(target: "secretfetch::write", "{note}");
        }
    }
}

/// The error of a run whose staged files were removed in the meantime, by [`remove_unfinished`].
fn abandoned(root: &Path) -> Error {
    Failure::new(ErrorKind::CannotWrite, "the run was given up before its files were in place").with_file(root).into()
}

/// The error of a run that could not move everything into place, after what was moved has been put back; and where that
/// could not be done.
fn undone(error: Error, moves: Moves) -> Error {
    let stuck = moves.undo().into_iter().map(|path| {
        let what = "the new file is in place already, and the old one could not be put back";
        Error::from(Failure::new(ErrorKind::CannotWrite, what).with_file(path))
    });
    Error::join([error.clone()].into_iter().chain(stuck)).unwrap_or(error)
}

/// Waits until no other run works on the directory.
async fn lock(directory: &Directory, path: &Path) -> Result<()> {
    while !directory.try_lock().map_err(|error| error.at(path, "lock the directory"))? {
        tokio::time::sleep(LOCK_INTERVAL).await;
    }
    Ok(())
}

/// Says once that the next program, running as another user, will not be able to read the files.
fn unreadable_by_others<'a>(files: impl IntoIterator<Item = (&'a Prepared, &'a Directory)>) -> Option<String> {
    let (file, _) = files.into_iter().find(|(file, directory)| {
        let mode = file.mode.bits();
        // The directory's group is of use to a file that lets its group read.
        let by_group = mode & 0o040 != 0 && directory.gives_group();
        file.bytes.is_some() && file.owner.is_none() && mode & 0o004 == 0 && !by_group
    })?;
    let (who, remedy) = match file.mode.bits() & 0o040 {
        0 => (
            "",
            "let it run as this user (`runAsUser`), or set the mode 0440 with `fsGroup` on the pod, or the mode 0444",
        ),
        _ => (" and its group", "set `fsGroup` on the pod, or the mode 0444"),
    };
    Some(format!(
        "only user {}{who} can read {} (mode {}); if the program that reads it runs as another user, {remedy}",
        rustix::process::geteuid().as_raw(),
        crate::text::quoted(&file.path.to_string()),
        file.mode,
    ))
}
