//! Ordinary files, each of which is the old or the new one in full.

use std::collections::BTreeMap;
use std::path::Path;

use rustix::io::Errno;

use super::directory::{Directory, Existing};
use super::parent::ParentAccess;
use super::staged::{stage_file, stage_name};
use super::unfinished::Unfinished;
use super::write_error::WriteError;
use super::{FileOutcome, Materialized, Prepared, lock, unreadable_by_others};
use crate::error::{Error, Result};

/// Stages every file, and only then moves them into place; if one cannot be moved, those before it are put back.
pub(super) async fn publish(root: &Path, base: &Directory, files: &[&Prepared]) -> Result<Materialized> {
    let mut parents: BTreeMap<&str, Directory> = BTreeMap::new();
    for (parent, _) in files.iter().map(|file| file.path.split()) {
        if !parents.contains_key(parent) {
            let directory = base.descend(parent, |path| ParentAccess::of(path, files));
            let directory = directory.map_err(|error| error.at(&root.join(parent), "open the directory"))?;
            parents.insert(parent, directory);
        }
    }
    // Each directory once, however many paths lead to it, in an order that every run has: so that two runs
    // cannot wait for each other, nor one for itself.
    let mut locks: BTreeMap<(u64, u64), (&str, &Directory)> = BTreeMap::new();
    for (parent, directory) in &parents {
        let identity = directory.identity().map_err(|error| error.at(&root.join(parent), "open the directory"))?;
        locks.entry(identity).or_insert((parent, directory));
    }
    for (parent, directory) in locks.values() {
        lock(directory, &root.join(parent)).await?;
        directory.remove_leftovers();
    }
    // From here nothing waits: what follows is not interrupted by a deadline half-way.
    let places: Vec<Place<'_>> = files.iter().map(|file| Place::of(file, root, &parents)).collect();
    let steps = stage(files, &places)?;
    let mut published = Published::default();
    let mut outcomes = Vec::with_capacity(files.len());
    for (step, place) in steps.into_iter().zip(&places) {
        let outcome = published.apply(step, place).map_err(|error| error.at(&place.full(), "write the file"))?;
        outcomes.push(outcome);
    }
    for (parent, directory) in &parents {
        let synced = directory.sync();
        synced.map_err(|error| error.at(&root.join(parent), "make the directory's entries durable"))?;
    }
    published.keep();
    let directories = places.iter().map(|place| place.directory);
    let notes = unreadable_by_others(files.iter().copied().zip(directories)).into_iter().collect();
    Ok(Materialized { files: outcomes, notes })
}

/// Where one file goes.
struct Place<'a> {
    root: &'a Path,
    path: &'a Path,
    directory: &'a Directory,
    name: &'a str,
}

impl<'a> Place<'a> {
    fn of(file: &'a Prepared, root: &'a Path, parents: &'a BTreeMap<&str, Directory>) -> Self {
        let (parent, name) = file.path.split();
        Place { root, path: file.path.as_path(), directory: &parents[parent], name }
    }

    fn full(&self) -> std::path::PathBuf {
        self.root.join(self.path)
    }
}

/// What is left to do for one file once all of them are staged.
enum Step {
    Keep,
    Create(Unfinished),
    Replace(Unfinished),
    Remove(Unfinished),
    /// The file shall not exist, and does not.
    Skip,
}

fn stage(files: &[&Prepared], places: &[Place<'_>]) -> Result<Vec<Step>> {
    let mut steps = Vec::with_capacity(files.len());
    let mut errors = Vec::new();
    for (file, place) in files.iter().zip(places) {
        match stage_one(file, place) {
            Ok(step) => steps.push(step),
            Err(error) => errors.push(error.at(&place.full(), "write the file")),
        }
    }
    Error::join(errors).map_or(Ok(steps), Err)
}

fn stage_one(file: &Prepared, place: &Place<'_>) -> Result<Step, WriteError> {
    let Place { directory, name, .. } = place;
    let existing = directory.look_up(name)?;
    let Some(bytes) = &file.bytes else {
        return match existing {
            Existing::File | Existing::Symlink(_) => {
                directory.can_replace(name)?;
                Ok(Step::Remove(stage_name(directory)?))
            }
            _ => Ok(Step::Skip),
        };
    };
    existing.is_replaceable()?;
    match existing {
        Existing::Nothing => Ok(Step::Create(stage_file(directory, bytes, file.mode, file.owner)?)),
        _ if directory.holds(name, bytes, file.mode, file.owner) => Ok(Step::Keep),
        _ => {
            directory.can_replace(name)?;
            Ok(Step::Replace(stage_file(directory, bytes, file.mode, file.owner)?))
        }
    }
}

/// What has been moved into place, and is put back when dropped.
#[derive(Default)]
struct Published {
    moves: Vec<Move>,
}

enum Move {
    /// There was nothing under this name.
    Created(Directory, String),
    /// What stood under this name has the staging name now.
    Kept(Unfinished, String),
}

impl Published {
    fn apply(&mut self, step: Step, place: &Place<'_>) -> Result<FileOutcome, WriteError> {
        let Place { directory, name, .. } = *place;
        match step {
            Step::Keep => Ok(FileOutcome::Unchanged),
            Step::Skip => Ok(FileOutcome::Skipped),
            Step::Create(staged) => {
                directory.rename(staged.name(), name)?;
                staged.finish();
                self.moves.push(Move::Created(directory.clone(), name.to_owned()));
                Ok(FileOutcome::Written)
            }
            Step::Replace(staged) => {
                match directory.exchange(staged.name(), name) {
                    Ok(true) => self.moves.push(Move::Kept(staged, name.to_owned())),
                    // It went away meanwhile, or the file system has no exchange and what stood there is lost.
                    Ok(false) | Err(Errno::NOENT) => {
                        directory.rename(staged.name(), name)?;
                        staged.finish();
                    }
                    Err(error) => return Err(error.into()),
                }
                Ok(FileOutcome::Written)
            }
            Step::Remove(free) => {
                directory.rename(name, free.name())?;
                self.moves.push(Move::Kept(free, name.to_owned()));
                Ok(FileOutcome::Removed)
            }
        }
    }

    /// The whole set is in place: what stood there before goes.
    fn keep(mut self) {
        self.moves.clear();
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        for step in self.moves.drain(..).rev() {
            // What cannot be put back stays as it is: the new file in full.
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
