//! What a run has begun and not finished, so that it can be removed however the run ends.

use std::collections::BTreeMap;
use std::sync::{Mutex, TryLockError};

use super::directory::Directory;

/// Everything unfinished in this process. A panic that aborts, or `std::process::exit`, drops no value: only what is
/// listed here can be found then.
static UNFINISHED: Mutex<BTreeMap<u64, (Directory, String)>> = Mutex::new(BTreeMap::new());

/// A file, symlink or directory of files under a name that no reader uses; removed when dropped.
pub(super) struct Unfinished {
    number: u64,
    directory: Directory,
    name: String,
    finished: bool,
}

impl Unfinished {
    /// Lists what has just been created under this name.
    pub(super) fn new(directory: &Directory, name: String) -> Self {
        let mut all = UNFINISHED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let number = all.last_key_value().map_or(0, |(last, _)| last + 1);
        all.insert(number, (directory.clone(), name.clone()));
        Unfinished { number, directory: directory.clone(), name, finished: false }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Keeps what stands there: it has got its final name, or is it.
    pub(super) fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut all = UNFINISHED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let listed = all.remove(&self.number).is_some();
        drop(all);
        if listed && !self.finished {
            // Nothing more can be done where this fails; the next run removes it.
            let _ = self.directory.remove_tree(&self.name);
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
    // A thread that panicked inside the list still holds its lock: then nothing is removed, rather than waiting.
    let mut all = match UNFINISHED.try_lock() {
        Ok(all) => all,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return,
    };
    for (directory, name) in std::mem::take(&mut *all).into_values() {
        let _ = directory.remove_tree(&name);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::plan::Mode;

    /// The only test of this crate's own that stages files: the list is the whole process's.
    #[test]
    fn what_is_begun_is_removed_and_what_is_finished_stays() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = Directory::open(temporary.path()).unwrap();
        let stage = || super::super::staged::stage_file(&directory, b"x", Mode::default(), None).unwrap();
        let count = || fs::read_dir(temporary.path()).unwrap().count();

        let (begun, dropped, finished) = (stage(), stage(), stage());
        fs::create_dir_all(temporary.path().join("generation/deep")).unwrap();
        fs::write(temporary.path().join("generation/deep/file"), "x").unwrap();
        let generation = Unfinished::new(&directory, "generation".to_owned());
        drop(dropped);
        directory.rename(finished.name(), "final").unwrap();
        finished.finish();
        assert_eq!(count(), 3);

        remove_unfinished();
        assert_eq!(count(), 1);
        assert!(temporary.path().join("final").exists());
        // Another may have these names by now.
        fs::write(temporary.path().join(begun.name()), "theirs").unwrap();
        let name = Path::new(begun.name()).to_owned();
        drop((begun, generation));
        assert_eq!(fs::read_to_string(temporary.path().join(name)).unwrap(), "theirs");
    }
}
