//! Ordinary files, each of which is the old or the new one in full.

use std::collections::BTreeMap;
use std::path::Path;

use super::access::unreadable_by_others;
use super::comparison::holds;
use super::creation::descend;
use super::directory::{Directory, Existing};
use super::leftover::{self, Leftovers};
use super::lock::lock;
use super::materialized::Materialized;
use super::moves::{Moves, Replaced};
use super::ownership;
use super::parent::ParentAccess;
use super::replacement::{can_replace, check_replaceable};
use super::staged::{stage_file, stage_name};
use super::status::Identity;
use super::unfinished::{Commit, Unfinished};
use super::write_error::WriteError;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::prepared::Prepared;
use crate::report::FileOutcome;
use crate::text::quoted;

/// Stages every file, and only then moves them into place; if one cannot be moved, those before it are put back.
pub(super) async fn publish(
    root: &Path,
    base: &Directory,
    files: &[&Prepared],
    name: Option<&str>,
) -> Result<Materialized> {
    let mut parents: BTreeMap<&str, Directory> = BTreeMap::new();
    for (parent, _) in files.iter().map(|file| file.path.split()) {
        if !parents.contains_key(parent) {
            let directory = descend(base, parent, |path| ParentAccess::of(path, files));
            let directory = directory.map_err(|error| error.at(&root.join(parent), "open the directory"))?;
            parents.insert(parent, directory);
        }
    }
    // Each directory once, however many paths lead to it, in an order that every run has: so that two runs cannot wait
    // for each other, nor one for itself. The root is always one of them, as it is for a generation.
    let mut locks: BTreeMap<Identity, (&str, &Directory)> = BTreeMap::new();
    for (parent, directory) in [("", base)].into_iter().chain(parents.iter().map(|(parent, found)| (*parent, found))) {
        let identity = directory.identity().map_err(|error| error.at(&root.join(parent), "open the directory"))?;
        locks.entry(identity).or_insert((parent, directory));
    }
    for (parent, directory) in locks.values() {
        lock(directory, &root.join(parent)).await?;
    }
    // From here nothing waits: what follows is not interrupted by a deadline half-way.
    for (parent, directory) in locks.values() {
        let owned = ownership::check_above(directory).and_then(|()| ownership::check_plain(directory, name));
        owned.map_err(|error| error.at(&root.join(parent), "write in the directory"))?;
    }
    let mut leftovers = Leftovers::default();
    for (parent, directory) in locks.values() {
        leftovers.add(&root.join(parent), leftover::remove_staged(directory));
    }
    let places: Vec<Place<'_>> = files.iter().map(|file| Place::of(file, root, &parents)).collect();
    check_places(&places)?;
    let steps = stage(files, &places)?;
    let (outcomes, replaced) = put_in_place(root, steps, &places)?;
    // All directories, also when one refuses: the files stand as they are.
    let unsynced: Vec<Error> = parents
        .iter()
        .filter_map(|(parent, directory)| Some(directory.sync().err()?.after_the_change(&root.join(parent))))
        .collect();
    let replaced = replaced.remove();
    if let Some(error) = Error::join(unsynced) {
        return Err(error);
    }
    leftovers.add(root, replaced);
    let directories = places.iter().map(|place| place.directory);
    let notes = unreadable_by_others(files.iter().copied().zip(directories)).into_iter();
    Ok(Materialized { files: outcomes, notes: notes.chain(leftovers.into_notes()).collect() })
}

fn put_in_place(root: &Path, steps: Vec<Step>, places: &[Place<'_>]) -> Result<(Vec<FileOutcome>, Replaced)> {
    let _commit = Commit::begin(root, steps.iter().filter_map(Step::staged))?;
    let mut moves = Moves::default();
    let mut outcomes = Vec::with_capacity(places.len());
    for (step, place) in steps.into_iter().zip(places) {
        match step.apply(place, &mut moves) {
            Ok(outcome) => outcomes.push(outcome),
            Err(error) => return Err(moves.give_up(error.at(&place.full(), "write the file"))),
        }
    }
    Ok((outcomes, moves.settle()))
}

/// Two paths may lead to one file, by a symlink to a directory: the last one's content would be all that is left.
fn check_places(places: &[Place<'_>]) -> Result<()> {
    let mut seen: BTreeMap<(Identity, &str), &Path> = BTreeMap::new();
    for place in places {
        let identity = place.directory.identity().map_err(|error| error.at(&place.full(), "write the file"))?;
        if let Some(other) = seen.insert((identity, place.name), place.path) {
            let (one, two) = (quoted(&other.to_string_lossy()), quoted(&place.path.to_string_lossy()));
            let failure = Failure::new(ErrorKind::Config, format!("{one} and {two} are the same file"));
            let hint = "a directory on the way is a symlink to the other: give each file a path of its own";
            return Err(failure.with_file(place.full()).with_hint(hint).into());
        }
    }
    Ok(())
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
                can_replace(directory, name)?;
                Ok(Step::Remove(stage_name(directory)?))
            }
            _ => Ok(Step::Skip),
        };
    };
    check_replaceable(directory, name, &existing)?;
    match existing {
        Existing::Nothing => Ok(Step::Create(stage_file(directory, bytes, file.mode, file.owner)?)),
        _ if holds(directory, name, bytes, file.mode, file.owner) => Ok(Step::Keep),
        _ => {
            can_replace(directory, name)?;
            Ok(Step::Replace(stage_file(directory, bytes, file.mode, file.owner)?))
        }
    }
}

impl Step {
    fn staged(&self) -> Option<&Unfinished> {
        match self {
            Step::Create(staged) | Step::Replace(staged) | Step::Remove(staged) => Some(staged),
            Step::Keep | Step::Skip => None,
        }
    }

    fn apply(self, place: &Place<'_>, moves: &mut Moves) -> Result<FileOutcome, WriteError> {
        match self {
            Step::Keep => Ok(FileOutcome::Unchanged),
            Step::Skip => Ok(FileOutcome::Skipped),
            Step::Create(staged) => moves.create(staged, place.name, place.path).map(|()| FileOutcome::Written),
            Step::Replace(staged) => moves.replace(staged, place.name, place.path).map(|()| FileOutcome::Written),
            Step::Remove(free) => moves.remove(free, place.name, place.path).map(|()| FileOutcome::Removed),
        }
    }
}
