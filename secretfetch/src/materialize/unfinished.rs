//! What a run has begun and not finished, so that it can be removed however the run ends.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use rustix::io::Errno;

use super::directory::Directory;
use super::status::Identity;
use crate::error::{ErrorKind, Failure, Result};

/// Everything unfinished in this process, in the order of its making. A panic that aborts, or `std::process::exit`, drops
/// no value: only what is listed here can be found then.
static UNFINISHED: Mutex<BTreeMap<u64, Made>> = Mutex::new(BTreeMap::new());

/// The number of what is made next. None is given twice: whoever is done with one may ask for it once more.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Held while names change hands: nothing is taken away from a set that is being put in place.
static COMMIT: Mutex<()> = Mutex::new(());

/// The right to put a set in place.
pub(super) struct Commit {
    _alone: MutexGuard<'static, ()>,
}

impl Commit {
    /// An error if [`remove_unfinished`] has removed a part of the set for `root`, which must not appear without it.
    pub(super) fn begin<'a>(root: &Path, mut set: impl Iterator<Item = &'a Unfinished>) -> Result<Self> {
        let alone = COMMIT.lock().unwrap_or_else(PoisonError::into_inner);
        let all = list();
        if set.all(|unfinished| all.contains_key(&unfinished.number)) {
            return Ok(Commit { _alone: alone });
        }
        let what = "the run was given up before its files were in place";
        Err(Failure::new(ErrorKind::CannotWrite, what).with_file(root).into())
    }
}

/// Something that was made here: only while it is under its name it is ours to remove.
struct Made {
    directory: Directory,
    name: String,
    /// None of a name that is only kept free.
    identity: Option<Identity>,
    is_directory: bool,
}

impl Made {
    fn remove(&self) -> Result<(), Errno> {
        match self.identity {
            Some(identity) => self.directory.remove_known(&self.name, identity, self.is_directory),
            None => Ok(()),
        }
    }
}

fn list() -> MutexGuard<'static, BTreeMap<u64, Made>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file, symlink or directory under a name that no reader uses; removed when dropped, a directory if it is empty.
pub(super) struct Unfinished {
    number: u64,
    directory: Directory,
    name: String,
}

impl Unfinished {
    /// Lists a file or symlink that has just been created under this name.
    pub(super) fn file(directory: &Directory, name: String, identity: Identity) -> Self {
        Self::list(directory, name, Some(identity), false)
    }

    /// Lists a directory that has just been created under this name.
    pub(super) fn directory(directory: &Directory, name: String, identity: Identity) -> Self {
        Self::list(directory, name, Some(identity), true)
    }

    /// A name that nothing has, for something that is moved there.
    pub(super) fn free(directory: &Directory, name: String) -> Self {
        Self::list(directory, name, None, false)
    }

    fn list(directory: &Directory, name: String, identity: Option<Identity>, is_directory: bool) -> Self {
        let made = Made { directory: directory.clone(), name: name.clone(), identity, is_directory };
        let mut all = list();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        all.insert(number, made);
        Unfinished { number, directory: directory.clone(), name }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn parent(&self) -> &Directory {
        &self.directory
    }

    /// What has the name from now on, and is removed with it.
    pub(super) fn holds(&self, identity: Identity) {
        if let Some(made) = list().get_mut(&self.number) {
            made.identity = Some(identity);
        }
    }

    /// It has another name from now on, under which it can be taken back.
    pub(super) fn renamed(mut self, name: &str) -> Self {
        if let Some(made) = list().get_mut(&self.number) {
            name.clone_into(&mut made.name);
        }
        name.clone_into(&mut self.name);
        self
    }

    /// Keeps what stands there: it has got its final name, or is it.
    pub(super) fn finish(self) {
        list().remove(&self.number);
    }

    /// Removes it now, and answers whether that went well.
    pub(super) fn remove(self) -> Result<(), Errno> {
        let made = list().remove(&self.number);
        made.map_or(Ok(()), |made| made.remove())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let made = list().remove(&self.number);
        if let Some(made) = made {
            // Nothing more can be done where this fails; the next run removes it.
            let _ = made.remove();
        }
    }
}

/// Removes what runs of this process have staged and not yet put in place.
///
/// Dropping a [`Fetcher`](crate::Fetcher)'s future does that by itself. A program that is compiled with
/// `panic = "abort"`, or that leaves by [`std::process::exit`] while a run may be going on, calls this in its panic
/// hook or before it leaves.
///
/// ```
/// std::panic::set_hook(Box::new(|_| {
///     secretfetch::remove_unfinished();
///     std::process::exit(1);
/// }));
/// ```
pub fn remove_unfinished() {
    // Neither a set that is being put in place is taken apart, nor is a lock waited for that a panicking thread holds.
    let Ok(_alone) = COMMIT.try_lock().or_else(|error| match error {
        TryLockError::Poisoned(poisoned) => Ok(poisoned.into_inner()),
        TryLockError::WouldBlock => Err(()),
    }) else {
        return;
    };
    let mut all = match UNFINISHED.try_lock() {
        Ok(all) => all,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return,
    };
    // What was made last goes first: a directory is empty then.
    for made in std::mem::take(&mut *all).into_values().rev() {
        let _ = made.remove();
    }
}

/// For tests that stage files: the list is the whole process's, and one of them empties it.
#[cfg(test)]
pub(super) static STAGING: Mutex<()> = Mutex::new(());
