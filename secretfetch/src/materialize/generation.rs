//! A generation of files behind one symlink, so that the whole set changes in one rename.
//!
//! The layout is the kubelet's own (`AtomicWriter`, pkg/volume/util/atomic_writer.go of Kubernetes):
//!
//! ```text
//! ..2026_11_23_10_00_00.123456789/app.env    a generation
//! ..data -> ..2026_11_23_10_00_00.123456789  the current one
//! app.env -> ..data/app.env                  what readers open
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rustix::io::Errno;

use super::access::unreadable_by_others;
use super::comparison::holds;
use super::directory::{Directory, Existing};
use super::generation_name::{CURRENT, is_generation, new_name};
use super::leftover::{self, Leftover, Leftovers};
use super::lock::lock;
use super::materialized::Materialized;
use super::moves::{Moves, Replaced};
use super::ownership;
use super::parent::ParentAccess;
use super::replacement::{can_replace, check_replaceable};
use super::staged::{ATTEMPTS, new_directory, stage_symlink, write_new};
use super::unfinished::{Commit, Unfinished};
use super::write_error::WriteError;
use crate::error::{Error, Result};
use crate::prepared::Prepared;
use crate::report::FileOutcome;

/// Leaves the files as one generation; the one before it stays current until all of the new one is there.
pub(super) async fn publish(
    root: &Path,
    base: &Directory,
    files: &[&Prepared],
    name: Option<&str>,
) -> Result<Materialized> {
    lock(base, root).await?;
    // From here nothing waits: what follows is not interrupted by a deadline half-way.
    let directory_error = |error: WriteError| error.at(root, "write the generation of files");
    ownership::check_above(base).map_err(directory_error)?;
    let old = Generation::current(base).map_err(directory_error)?;
    if let Some(old) = &old {
        ownership::check(&old.directory, name).map_err(directory_error)?;
    }
    // Before the new generation needs the space.
    let mut leftovers = Leftovers::default();
    leftovers.add(root, leftover::remove_staged(base));
    leftovers.add(root, remove_others(base, old.as_ref().map(|old| old.name.as_str())));
    let outcomes: Vec<FileOutcome> = files.iter().map(|file| outcome(file, old.as_ref())).collect();
    let links = Links::plan(root, base, files)?;

    let new_paths: BTreeSet<String> =
        files.iter().filter(|file| file.bytes.is_some()).map(|file| file.path.to_string()).collect();
    let old_paths = old.as_ref().map(|old| old.paths()).unwrap_or_default();
    let old_name = old.as_ref().and_then(|old| ownership::name_of(&old.directory));
    let same = new_paths == old_paths && !outcomes.contains(&FileOutcome::Written) && old_name.as_deref() == name;
    let new = if same { None } else { Some(Draft::create(root, base, files, name)?) };
    let (new_name, replaced) = switch(root, base, &links, new)?;
    let current = new_name.or_else(|| old.map(|old| old.name));
    // What fails from here on changes nothing of what readers see.
    leftovers.add(root, replaced.remove());
    leftovers.add(root, links.remove_stale(base));
    let synced = base.sync();
    leftovers.add(root, remove_others(base, current.as_deref()));
    synced.map_err(|error| error.after_the_change(root))?;
    let notes = unreadable_by_others(files.iter().map(|file| (*file, base))).into_iter();
    Ok(Materialized { files: outcomes, notes: notes.chain(leftovers.into_notes()).collect() })
}

/// An error if something stands in the way of the files' names.
pub(super) fn check_targets(root: &Path, base: &Directory, files: &[&Prepared]) -> Result<()> {
    Links::plan(root, base, files).map(drop)
}

fn outcome(file: &Prepared, old: Option<&Generation>) -> FileOutcome {
    let place = |old: &Generation| {
        let (parent, name) = file.path.split();
        old.open(parent).ok().map(|directory| (directory, name))
    };
    let place = old.and_then(place);
    match (&file.bytes, place) {
        (Some(bytes), Some((directory, name))) if holds(&directory, name, bytes, file.mode, file.owner) => {
            FileOutcome::Unchanged
        }
        (Some(_), _) => FileOutcome::Written,
        (None, Some((directory, name))) if !matches!(directory.look_up(name), Ok(Existing::Nothing)) => {
            FileOutcome::Removed
        }
        (None, _) => FileOutcome::Skipped,
    }
}

/// A generation that stands on disk.
struct Generation {
    name: String,
    directory: Directory,
}

impl Generation {
    /// The one that readers see. A symlink that leads anywhere else than to a generation is none: it was not made here.
    fn current(base: &Directory) -> Result<Option<Self>, WriteError> {
        match base.look_up(CURRENT)? {
            Existing::Symlink(name) if is_generation(&name) => match base.open_directory(&name) {
                Ok(directory) => Ok(Some(Generation { name, directory })),
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
                Err(error) => Err(error.into()),
            },
            other => other.is_replaceable().map(|()| None),
        }
    }

    /// A directory in it; no symlink is followed.
    fn open(&self, path: &str) -> Result<Directory, Errno> {
        path.split('/')
            .filter(|name| !name.is_empty())
            .try_fold(self.directory.clone(), |directory, name| directory.open_directory(name))
    }

    /// The paths of everything in it that is no directory.
    fn paths(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        collect(&self.directory, "", &mut paths);
        paths.remove(ownership::MARK);
        paths
    }
}

fn collect(directory: &Directory, prefix: &str, paths: &mut BTreeSet<String>) {
    for name in directory.names().into_iter().flatten() {
        let path = format!("{prefix}{name}");
        match directory.open_directory(&name) {
            Ok(below) => collect(&below, &format!("{path}/"), paths),
            Err(_) => {
                paths.insert(path);
            }
        }
    }
}

/// A generation in the making, which no reader sees yet. Dropped, it is removed: each thing that was made, and no other.
struct Draft<'a> {
    files: &'a [&'a Prepared],
    name: String,
    directory: Directory,
    /// The directories in it, by their paths.
    parents: BTreeMap<String, Directory>,
    /// Everything, in the order of its making.
    made: Vec<Unfinished>,
}

impl<'a> Draft<'a> {
    /// Writes all files.
    fn create(root: &Path, base: &Directory, files: &'a [&'a Prepared], name: Option<&str>) -> Result<Self> {
        let at = |error: WriteError| error.at(root, "create a directory for the files");
        let mut draft = Self::begin(base, files).map_err(at)?;
        let mut errors = Vec::new();
        for file in files {
            if let Err(error) = draft.write(file) {
                errors.push(error.at(&root.join(file.path.as_path()), "write the file"));
            }
        }
        if let Some(name) = name {
            match ownership::mark(&draft.directory, name) {
                Ok(made) => draft.made.push(made),
                Err(error) => errors.push(at(error)),
            }
        }
        for parent in draft.parents.values().chain([&draft.directory]) {
            errors.extend(parent.sync().err().map(at));
        }
        Error::join(errors).map_or(Ok(draft), Err)
    }

    fn begin(base: &Directory, files: &'a [&'a Prepared]) -> Result<Self, WriteError> {
        let access = ParentAccess::of("", files);
        for _ in 0..ATTEMPTS {
            let name = new_name();
            match new_directory(base, &name, access) {
                Ok((directory, made)) => {
                    return Ok(Draft { files, name, directory, parents: BTreeMap::new(), made: vec![made] });
                }
                Err(WriteError::Io(error)) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(Errno::EXIST.into())
    }

    fn write(&mut self, file: &Prepared) -> Result<(), WriteError> {
        let Some(bytes) = &file.bytes else { return Ok(()) };
        let (parent, name) = file.path.split();
        let directory = self.parent(parent)?;
        self.made.push(write_new(&directory, name, bytes, file.mode, file.owner)?);
        Ok(())
    }

    /// The directory of this path in the generation, made with those above it if it is not there.
    fn parent(&mut self, path: &str) -> Result<Directory, WriteError> {
        if path.is_empty() {
            return Ok(self.directory.clone());
        }
        if let Some(directory) = self.parents.get(path) {
            return Ok(directory.clone());
        }
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let access = ParentAccess::of(path, self.files);
        let (directory, made) = new_directory(&self.parent(above)?, name, access)?;
        self.made.push(made);
        self.parents.insert(path.to_owned(), directory.clone());
        Ok(directory)
    }

    /// Keeps it: it is the current one.
    fn finish(mut self) -> String {
        self.made.drain(..).for_each(Unfinished::finish);
        std::mem::take(&mut self.name)
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        // What was made last goes first: a directory is empty then.
        while let Some(made) = self.made.pop() {
            drop(made);
        }
    }
}

/// Makes a new generation the current one, if there is one, and the names lead to it. What is refused undoes the rest.
///
/// Answers the name of the new generation, and what stood where its names are.
fn switch(
    root: &Path,
    base: &Directory,
    links: &Links<'_>,
    new: Option<Draft<'_>>,
) -> Result<(Option<String>, Replaced)> {
    let made = new.iter().flat_map(|draft| &draft.made);
    let _commit = Commit::begin(root, made)?;
    let mut moves = Moves::default();
    let mut switch = || {
        // Names that are new lead nowhere until the switch, so that the whole set appears at once.
        links.create_new(base, &mut moves)?;
        if let Some(generation) = &new {
            let mut point = || {
                let link = stage_symlink(base, &generation.name)?;
                can_replace(base, CURRENT)?;
                moves.replace(link, CURRENT, Path::new(CURRENT))
            };
            point().map_err(|error| error.at(&root.join(CURRENT), "write the symlink"))?;
        }
        links.replace_foreign(base, &mut moves)
    };
    match switch() {
        Ok(()) => Ok((new.map(Draft::finish), moves.settle())),
        Err(error) => Err(moves.give_up(error)),
    }
}

/// The names that readers open, each a symlink through the current generation.
struct Links<'a> {
    root: &'a Path,
    /// Nothing stands there.
    new: Vec<&'a str>,
    /// Something else stands there, such as a file of the plain layout.
    foreign: Vec<&'a str>,
    wanted: BTreeSet<&'a str>,
}

impl<'a> Links<'a> {
    fn plan(root: &'a Path, base: &Directory, files: &[&'a Prepared]) -> Result<Self> {
        let wanted: BTreeSet<&str> =
            files.iter().filter(|file| file.bytes.is_some()).map(|file| file.path.first()).collect();
        let (mut new, mut foreign, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        for name in &wanted {
            let mut sort = || {
                match base.look_up(name)? {
                    Existing::Nothing => new.push(*name),
                    Existing::Symlink(target) if target == target_of(name) => {}
                    other => {
                        check_replaceable(base, name, &other)?;
                        can_replace(base, name)?;
                        foreign.push(*name);
                    }
                }
                Ok(())
            };
            let sorted: Result<(), WriteError> = sort();
            errors.extend(sorted.err().map(|error| error.at(&root.join(name), "write the file")));
        }
        Error::join(errors).map_or(Ok(Links { root, new, foreign, wanted }), Err)
    }

    fn create_new(&self, base: &Directory, moves: &mut Moves) -> Result<()> {
        let mut create = |name: &str| moves.create(stage_symlink(base, &target_of(name))?, name, Path::new(name));
        self.new.iter().try_for_each(|name| create(name).map_err(|error| self.error(name, &error)))
    }

    fn replace_foreign(&self, base: &Directory, moves: &mut Moves) -> Result<()> {
        let mut replace = |name: &str| moves.replace(stage_symlink(base, &target_of(name))?, name, Path::new(name));
        self.foreign.iter().try_for_each(|name| replace(name).map_err(|error| self.error(name, &error)))
    }

    fn error(&self, name: &str, error: &WriteError) -> Error {
        error.at(&self.root.join(name), "write the file")
    }

    /// Removes the symlinks of files that are no longer there. Answers those that stay, which lead nowhere.
    fn remove_stale(&self, base: &Directory) -> Vec<Leftover> {
        let is_stale = |name: &String| {
            let is_ours = matches!(base.look_up(name), Ok(Existing::Symlink(target)) if target == target_of(name));
            is_ours && !self.wanted.contains(name.as_str())
        };
        let stale = base.names().into_iter().flatten().filter(is_stale);
        stale.filter_map(|name| Leftover::unless_gone(&name, base.remove(&name))).collect()
    }
}

fn target_of(name: &str) -> String {
    format!("{CURRENT}/{name}")
}

/// Removes every generation but the current one: the one before it, and what killed runs left. Answers what stays.
fn remove_others(base: &Directory, current: Option<&str>) -> Vec<Leftover> {
    let others =
        base.names().into_iter().flatten().filter(|name| is_generation(name) && Some(name.as_str()) != current);
    let remove = |name: String| match base.look_up(&name) {
        Ok(Existing::Directory) => {
            let removed = base.remove_tree(&name);
            Leftover::unless_gone(name, removed)
        }
        // Of such a name, but not made here.
        _ => None,
    };
    others.filter_map(remove).collect()
}
