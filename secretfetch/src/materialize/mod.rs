//! Rendered bytes to files: each target is the old or the new file in full, whatever happens.

mod directory;
mod report;
mod staged;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

pub use report::{FileOutcome, FileReport, Report, SourceReport};

use crate::error::{Error, ErrorKind, Failure, Result};
use crate::plan::{Mode, Owner, RelativePath};
use directory::Directory;
use staged::{Existing, Staged};

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

/// Writes all files under `root`: stages every one, and only then moves them into place.
pub(crate) async fn materialize(root: &Path, files: &[&Prepared]) -> Result<Materialized> {
    let base =
        Directory::open_or_create(root).map_err(|error| Error::from(error.failure(root, "open the directory")))?;
    let mut parents: BTreeMap<&str, Directory> = BTreeMap::new();
    for file in files {
        let (parent, _) = file.path.split();
        if !parents.contains_key(parent) {
            let directory = base
                .descend(parent)
                .map_err(|error| Error::from(error.failure(&root.join(parent), "open the directory")))?;
            parents.insert(parent, directory);
        }
    }
    // Each directory once, however many paths lead to it, in an order that every run has: so that two runs
    // cannot wait for each other, nor one for itself.
    let mut locks: BTreeMap<(u64, u64), (&str, &Directory)> = BTreeMap::new();
    for (parent, directory) in &parents {
        let identity = directory.identity();
        let identity =
            identity.map_err(|error| Error::from(error.failure(&root.join(parent), "open the directory")))?;
        locks.entry(identity).or_insert((parent, directory));
    }
    for (parent, directory) in locks.values() {
        let at = root.join(parent);
        while !directory.try_lock().map_err(|error| Error::from(error.failure(&at, "lock the directory")))? {
            tokio::time::sleep(LOCK_INTERVAL).await;
        }
        directory.remove_leftovers();
    }
    // From here nothing waits: what follows is not interrupted by a deadline half-way.
    let directories: Vec<&Directory> = files.iter().map(|file| &parents[file.path.split().0]).collect();
    let mut staged = Vec::with_capacity(files.len());
    let mut errors = Vec::new();
    for (file, directory) in files.iter().zip(&directories) {
        match stage(file, directory) {
            Ok(step) => staged.push(step),
            Err(error) => errors.push(Error::from(error.failure(&root.join(file.path.as_path()), "write the file"))),
        }
    }
    if let Some(error) = Error::join(errors) {
        return Err(error);
    }
    let mut written = Vec::with_capacity(files.len());
    for ((file, directory), step) in files.iter().zip(&directories).zip(staged) {
        let outcome = step
            .finish(directory, file.path.split().1)
            .map_err(|error| Error::from(error.failure(&root.join(file.path.as_path()), "write the file")))?;
        written.push(outcome);
    }
    for (parent, directory) in &parents {
        directory
            .sync()
            .map_err(|error| Error::from(error.failure(&root.join(parent), "make the directory's entries durable")))?;
    }
    let notes = unreadable_by_others(files, &directories).into_iter().collect();
    Ok(Materialized { files: written, notes })
}

/// What is left to do for one file once all of them are staged.
enum Step<'a> {
    Keep,
    Publish(Staged<'a>),
    Remove(Existing),
}

fn stage<'a>(file: &Prepared, directory: &'a Directory) -> Result<Step<'a>, staged::WriteError> {
    let (_, name) = file.path.split();
    let existing = directory.look_up(name)?;
    let Some(bytes) = &file.bytes else { return Ok(Step::Remove(existing)) };
    if let Existing::InTheWay(what) = existing {
        return Err(staged::WriteError::InTheWay(what));
    }
    if existing == Existing::File && directory.holds(name, bytes, file.mode, file.owner) {
        return Ok(Step::Keep);
    }
    Staged::create(directory, bytes, file.mode, file.owner).map(Step::Publish)
}

impl Step<'_> {
    fn finish(self, directory: &Directory, name: &str) -> Result<FileOutcome, staged::WriteError> {
        match self {
            Step::Keep => Ok(FileOutcome::Unchanged),
            Step::Publish(staged) => staged.publish(name).map(|()| FileOutcome::Written),
            Step::Remove(Existing::File) => directory.remove(name).map(|()| FileOutcome::Removed),
            Step::Remove(_) => Ok(FileOutcome::Skipped),
        }
    }
}

/// Says once that the next program, running as another user, will not be able to read the files.
fn unreadable_by_others(files: &[&Prepared], directories: &[&Directory]) -> Option<String> {
    let (file, _) = files.iter().zip(directories).find(|(file, directory)| {
        let mode = file.mode.bits();
        file.bytes.is_some() && file.owner.is_none() && mode & 0o004 == 0 && !directory.gives_group()
    })?;
    Some(format!(
        "only user {} and its group can read {} (mode {}); if the program that reads it runs as another user, \
         set `fsGroup` on the pod, or `--mode 0444`",
        rustix::process::geteuid().as_raw(),
        crate::text::quoted(&file.path.to_string()),
        file.mode,
    ))
}
