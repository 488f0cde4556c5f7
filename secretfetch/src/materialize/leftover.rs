//! What runs that were killed have left, and what of it could not be removed.

use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags};
use rustix::io::Errno;

use super::directory::Directory;
use crate::file_name::{STAGING_PREFIX, STAGING_SUFFIX};

/// Removes what they have staged, and only that: files, symlinks and empty directories under such names. Called under
/// the lock. Answers what could not be removed.
pub(super) fn remove_staged(directory: &Directory) -> Vec<Leftover> {
    let staged = directory.names().into_iter().flatten().filter(|name| is_staged(name));
    let remove = |name: String| {
        let removed = match directory.remove(&name) {
            Err(Errno::ISDIR | Errno::PERM) => fs::unlinkat(directory, &name, AtFlags::REMOVEDIR),
            removed => removed,
        };
        Leftover::unless_gone(name, removed)
    };
    staged.filter_map(remove).collect()
}

/// The directories among them, where there is no lock: one of a run that goes on is made again by it.
pub(super) fn remove_empty(directory: &Directory) {
    for name in directory.names().into_iter().flatten().filter(|name| is_staged(name)) {
        let _ = fs::unlinkat(directory, &name, AtFlags::REMOVEDIR);
    }
}

/// Something of a killed run that could not be removed.
#[derive(Debug)]
pub(super) struct Leftover {
    path: PathBuf,
    error: Errno,
}

impl Leftover {
    /// None if it is gone, whoever has removed it.
    pub(super) fn unless_gone(path: impl Into<PathBuf>, removed: Result<(), Errno>) -> Option<Self> {
        match removed {
            Ok(()) | Err(Errno::NOENT) => None,
            Err(error) => Some(Leftover { path: path.into(), error }),
        }
    }

    /// For a person, of a leftover below the directory of this path.
    pub(super) fn note(&self, directory: &Path) -> String {
        let path = crate::text::quoted(&directory.join(&self.path).to_string_lossy());
        let reason = match self.error {
            Errno::XDEV | Errno::BUSY => "it is a mount, or has one in it".to_owned(),
            Errno::NOTEMPTY => "it is not empty".to_owned(),
            error => std::io::Error::from(error).to_string(),
        };
        format!("an earlier run left {path}, which cannot be removed: {reason}")
    }
}

fn is_staged(name: &str) -> bool {
    name.starts_with(STAGING_PREFIX) && name.ends_with(STAGING_SUFFIX)
}

/// What earlier runs left and this one could not remove.
#[derive(Default)]
pub(super) struct Leftovers {
    notes: Vec<String>,
}

impl Leftovers {
    pub(super) fn add(&mut self, directory: &Path, leftovers: Vec<Leftover>) {
        self.notes.extend(leftovers.iter().map(|leftover| leftover.note(directory)));
    }

    pub(super) fn into_notes(mut self) -> Vec<String> {
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
