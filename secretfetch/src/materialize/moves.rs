//! Names that change hands one after the other, and change back if one of them cannot.

use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::directory::{Directory, Existing};
use super::leftover::Leftover;
use super::replacement::refused;
use super::unfinished::Unfinished;
use super::write_error::WriteError;
use crate::error::{Error, ErrorKind, Failure};

/// What has been moved into place. Dropped, it puts back what stood there before.
#[derive(Default)]
pub(super) struct Moves {
    done: Vec<Move>,
}

struct Move {
    /// For messages.
    path: PathBuf,
    directory: Directory,
    name: String,
    before: Before,
}

enum Before {
    /// There was nothing under this name, and what is there now is known as this.
    Nothing(Unfinished),
    /// What stood there has the staging name now.
    Kept(Unfinished),
    /// It is gone: the file system cannot exchange two names.
    Gone,
}

impl Moves {
    /// Gives what is staged a name that nothing has.
    pub(super) fn create(&mut self, staged: Unfinished, name: &str, path: &Path) -> Result<(), WriteError> {
        let directory = staged.parent().clone();
        directory.rename(staged.name(), name)?;
        self.push(path, directory, name, Before::Nothing(staged.renamed(name)));
        Ok(())
    }

    /// Gives what is staged a name, in place of what may have it, in one step.
    pub(super) fn replace(&mut self, staged: Unfinished, name: &str, path: &Path) -> Result<(), WriteError> {
        let directory = staged.parent().clone();
        match directory.exchange(staged.name(), name) {
            Ok(true) => {
                self.check_what_came(&staged, name)?;
                self.push(path, directory, name, Before::Kept(staged));
            }
            Ok(false) => {
                directory.rename(staged.name(), name).map_err(|error| refused(&directory, name, error))?;
                staged.finish();
                self.push(path, directory, name, Before::Gone);
            }
            Err(Errno::NOENT) => return self.create(staged, name, path),
            Err(error) => return Err(refused(&directory, name, error)),
        }
        Ok(())
    }

    /// Takes the name away from what stands there; `free` is a name to keep it under.
    pub(super) fn remove(&mut self, free: Unfinished, name: &str, path: &Path) -> Result<(), WriteError> {
        let directory = free.parent().clone();
        directory.rename(name, free.name()).map_err(|error| refused(&directory, name, error))?;
        self.check_what_came(&free, name)?;
        self.push(path, directory, name, Before::Kept(free));
        Ok(())
    }

    /// Whoever shares the directory may have put something else there since it was looked at: that goes back to its name.
    fn check_what_came(&self, kept: &Unfinished, name: &str) -> Result<(), WriteError> {
        let directory = kept.parent();
        let came = directory.look_up_with_identity(kept.name());
        match came.and_then(|(existing, identity)| existing.is_replaceable().map(|()| identity)) {
            Ok(Some(identity)) => {
                kept.holds(identity);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(error) => {
                match directory.exchange(kept.name(), name) {
                    // What is ours has its staging name again.
                    Ok(true) => {}
                    _ if matches!(directory.look_up(name), Ok(Existing::Nothing)) => {
                        directory.rename(kept.name(), name)?;
                    }
                    _ => {}
                }
                Err(error)
            }
        }
    }

    fn push(&mut self, path: &Path, directory: Directory, name: &str, before: Before) {
        self.done.push(Move { path: path.to_owned(), directory, name: name.to_owned(), before });
    }

    /// The whole set is in place, for good.
    pub(super) fn settle(mut self) -> Replaced {
        let replaced = self.done.drain(..).filter_map(|step| match step.before {
            Before::Nothing(made) => {
                made.finish();
                None
            }
            Before::Kept(old) => Some((step.path, old)),
            Before::Gone => None,
        });
        Replaced(replaced.collect())
    }

    /// The error of a run that could not move everything into place, after what was moved has been put back; and where
    /// that could not be done.
    pub(super) fn give_up(self, error: Error) -> Error {
        let stuck = self.undo().into_iter().map(|path| {
            let what = "the new file is in place already, and the old one could not be put back";
            Error::from(Failure::new(ErrorKind::CannotWrite, what).with_file(path))
        });
        Error::join([error.clone()].into_iter().chain(stuck)).unwrap_or(error)
    }

    /// Puts back what stood there before, and answers the paths where that could not be done: they have the new file.
    fn undo(mut self) -> Vec<PathBuf> {
        self.put_back()
    }

    fn put_back(&mut self) -> Vec<PathBuf> {
        let failed = self.done.drain(..).rev().filter_map(|step| {
            let is_back = match step.before {
                Before::Nothing(made) => made.remove().is_ok(),
                Before::Kept(old) => match step.directory.rename(old.name(), &step.name) {
                    Ok(()) => {
                        old.finish();
                        true
                    }
                    Err(_) => false,
                },
                Before::Gone => false,
            };
            (!is_back).then_some(step.path)
        });
        failed.collect()
    }
}

/// What stood in the set's place before, with the path that it had.
pub(super) struct Replaced(Vec<(PathBuf, Unfinished)>);

impl Replaced {
    /// Answers what could not be removed, where it is now.
    pub(super) fn remove(self) -> Vec<Leftover> {
        let removed = self.0.into_iter().filter_map(|(path, old)| {
            let path = path.with_file_name(old.name());
            Leftover::unless_gone(path, old.remove())
        });
        removed.collect()
    }
}

impl Drop for Moves {
    fn drop(&mut self) {
        self.put_back();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::PoisonError;

    use super::super::staged::{stage_file, stage_name};
    use super::super::unfinished::STAGING;
    use super::*;
    use crate::plan::Mode;

    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// What has come under a target's name after it was looked at.
    #[test]
    fn a_directory_that_turned_up_is_put_back_with_all_that_is_in_it() {
        let _alone = STAGING.lock().unwrap_or_else(PoisonError::into_inner);
        let temporary = tempfile::tempdir().unwrap();
        let directory = Directory::open(temporary.path()).unwrap();
        let theirs = temporary.path().join("a");
        fs::create_dir_all(theirs.join("deep")).unwrap();
        let mut moves = Moves::default();
        let staged = stage_file(&directory, b"x", Mode::default(), None).unwrap();
        assert!(matches!(moves.replace(staged, "a", Path::new("a")), Err(WriteError::InTheWay("directory"))));
        let free = stage_name(&directory).unwrap();
        assert!(matches!(moves.remove(free, "a", Path::new("a")), Err(WriteError::InTheWay("directory"))));
        assert!(moves.settle().remove().is_empty());
        assert!(theirs.join("deep").exists());
        assert_eq!(names(temporary.path()), ["a"]);
    }

    #[test]
    fn what_was_moved_is_put_back_and_what_cannot_be_is_told() {
        let _alone = STAGING.lock().unwrap_or_else(PoisonError::into_inner);
        let temporary = tempfile::tempdir().unwrap();
        let directory = Directory::open(temporary.path()).unwrap();
        let path = |name: &str| temporary.path().join(name);
        let stage = || stage_file(&directory, b"new", Mode::default(), None).unwrap();
        for name in ["kept", "lost", "removed"] {
            fs::write(path(name), "old").unwrap();
        }
        let mut moves = Moves::default();
        moves.create(stage(), "made", Path::new("made")).unwrap();
        moves.replace(stage(), "kept", Path::new("kept")).unwrap();
        moves.replace(stage(), "lost", Path::new("sub/lost")).unwrap();
        moves.remove(stage_name(&directory).unwrap(), "removed", Path::new("removed")).unwrap();
        assert_eq!(fs::read_to_string(path("kept")).unwrap(), "new");
        // Someone takes the old one of `lost` away, which has a staging name now.
        let old = names(temporary.path()).into_iter().filter(|name| name.starts_with('.'));
        let old: Vec<_> = old.filter(|name| fs::read_to_string(path(name)).unwrap() == "old").collect();
        assert_eq!(old.len(), 3);
        let lost = moves.done[2].before.staging_name().unwrap();
        fs::remove_file(path(&lost)).unwrap();
        assert_eq!(moves.undo(), [Path::new("sub/lost")]);
        assert_eq!(names(temporary.path()), ["kept", "lost", "removed"]);
        assert_eq!(fs::read_to_string(path("kept")).unwrap(), "old");
        assert_eq!(fs::read_to_string(path("lost")).unwrap(), "new");
    }

    impl Before {
        fn staging_name(&self) -> Option<String> {
            match self {
                Before::Kept(old) => Some(old.name().to_owned()),
                _ => None,
            }
        }
    }
}
