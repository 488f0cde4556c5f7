//! Ordinary files, each of which is the old or the new one in full.

use std::collections::BTreeMap;
use std::path::Path;

use super::directory::{Directory, Existing};
use super::moves::Moves;
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
    let mut moves = Moves::default();
    let mut outcomes = Vec::with_capacity(files.len());
    for (step, place) in steps.into_iter().zip(&places) {
        let outcome = step.apply(place, &mut moves).map_err(|error| error.at(&place.full(), "write the file"))?;
        outcomes.push(outcome);
    }
    for (parent, directory) in &parents {
        let synced = directory.sync();
        synced.map_err(|error| error.at(&root.join(parent), "make the directory's entries durable"))?;
    }
    moves.keep();
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

impl Step {
    fn apply(self, place: &Place<'_>, moves: &mut Moves) -> Result<FileOutcome, WriteError> {
        match self {
            Step::Keep => Ok(FileOutcome::Unchanged),
            Step::Skip => Ok(FileOutcome::Skipped),
            Step::Create(staged) => moves.create(staged, place.name).map(|()| FileOutcome::Written),
            Step::Replace(staged) => moves.replace(staged, place.name).map(|()| FileOutcome::Written),
            Step::Remove(free) => moves.remove(free, place.name).map(|()| FileOutcome::Removed),
        }
    }
}
