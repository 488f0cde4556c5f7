//! Names that change hands one after the other, and change back if one of them cannot.

use rustix::io::Errno;

use super::directory::Directory;
use super::unfinished::Unfinished;
use super::write_error::WriteError;

/// What has been moved into place. Dropped, it puts back what stood there before.
#[derive(Default)]
pub(super) struct Moves {
    done: Vec<Move>,
}

enum Move {
    /// There was nothing under this name.
    Created(Directory, String),
    /// What stood under this name has the staging name now.
    Kept(Unfinished, String),
}

impl Moves {
    /// Gives what is staged a name that nothing has.
    pub(super) fn create(&mut self, staged: Unfinished, name: &str) -> Result<(), WriteError> {
        let directory = staged.directory().clone();
        directory.rename(staged.name(), name)?;
        staged.finish();
        self.done.push(Move::Created(directory, name.to_owned()));
        Ok(())
    }

    /// Gives what is staged a name, in place of what may have it, in one step.
    pub(super) fn replace(&mut self, staged: Unfinished, name: &str) -> Result<(), WriteError> {
        match staged.directory().exchange(staged.name(), name) {
            Ok(true) => self.done.push(Move::Kept(staged, name.to_owned())),
            // The file system has no exchange: what stands there cannot be put back.
            Ok(false) => {
                staged.directory().rename(staged.name(), name)?;
                staged.finish();
            }
            Err(Errno::NOENT) => return self.create(staged, name),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Takes the name away from what stands there; `free` is a name to keep it under.
    pub(super) fn remove(&mut self, free: Unfinished, name: &str) -> Result<(), WriteError> {
        free.directory().rename(name, free.name())?;
        self.done.push(Move::Kept(free, name.to_owned()));
        Ok(())
    }

    /// The whole set is in place: what stood there before goes.
    pub(super) fn keep(mut self) {
        self.done.clear();
    }
}

impl Drop for Moves {
    fn drop(&mut self) {
        for step in self.done.drain(..).rev() {
            // What cannot be put back stays as it is: the new one in full.
            match step {
                Move::Created(directory, name) => {
                    let _ = directory.remove(&name);
                }
                Move::Kept(old, name) => {
                    if old.directory().rename(old.name(), &name).is_ok() {
                        old.finish();
                    }
                }
            }
        }
    }
}
