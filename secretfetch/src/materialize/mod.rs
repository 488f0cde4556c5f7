//! Rendered bytes to files: each target is the old or the new file in full, whatever happens.

mod directory;
mod generation;
mod moves;
mod parent;
mod plain;
mod rehearsal;
mod report;
mod staged;
mod unfinished;
mod write_error;

use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

pub(crate) use rehearsal::rehearse;
pub use report::{FileOutcome, FileReport, Report, SourceReport};
pub use unfinished::remove_unfinished;

use crate::error::{ErrorKind, Failure, Result};
use crate::plan::{Layout, Mode, Owner, RelativePath};
use directory::Directory;
use parent::ParentAccess;

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
pub(crate) async fn materialize(root: &Path, layout: Layout, files: &[&Prepared]) -> Result<Materialized> {
    let base = Directory::open_or_create(root, ParentAccess::of("", files));
    let base = base.map_err(|error| error.at(root, "open the directory"))?;
    match layout {
        Layout::Plain => plain::publish(root, &base, files).await,
        Layout::Generation => generation::publish(root, &base, files).await,
    }
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
            "let it run as this user (`runAsUser`), or set `--mode 0440` with `fsGroup` on the pod, or `--mode 0444`",
        ),
        _ => (" and its group", "set `fsGroup` on the pod, or `--mode 0444`"),
    };
    Some(format!(
        "only user {}{who} can read {} (mode {}); if the program that reads it runs as another user, {remedy}",
        rustix::process::geteuid().as_raw(),
        crate::text::quoted(&file.path.to_string()),
        file.mode,
    ))
}
