//! Whether the files could be written, and read afterwards, as far as that can be known without writing.

use std::collections::BTreeMap;
use std::path::Path;

use rustix::fs::{self, Access, AtFlags};
use rustix::io::Errno;

use super::access::unreadable_by_others;
use super::directory::Directory;
use super::generation;
use super::parent::ParentAccess;
use super::replacement::{can_replace, check_replaceable};
use super::status::Status;
use super::write_error::WriteError;
use crate::error::{Error, ErrorKind, Failure, Result, Setting};
use crate::plan::{Layout, Owner, User};
use crate::prepared::Prepared;

/// Looks at the directories and targets. With a reader, says which files it could not read; without one, answers what
/// the user should know about that.
pub(crate) fn rehearse(root: &Path, layout: Layout, files: &[&Prepared], reader: Option<&User>) -> Result<Vec<String>> {
    let mut directories: BTreeMap<&str, Foreseen> = BTreeMap::new();
    let mut errors = Vec::new();
    let root_access = ParentAccess::of("", files);
    let base = Foreseen::root(root, root_access).map_err(|error| error.at(root, "open the directory"))?;
    for file in files {
        let parent = parent_in(layout, file);
        if directories.contains_key(parent) {
            continue;
        }
        let foreseen = base.below(parent, files).and_then(|foreseen| foreseen.writable().map(|()| foreseen));
        match foreseen {
            Ok(foreseen) => drop(directories.insert(parent, foreseen)),
            Err(error) => errors.push(error.at(&root.join(parent), "write in the directory")),
        }
    }
    errors.extend(targets(root, layout, files, &directories).err());
    // What would become of a file in a directory that refuses is no news.
    if let Some(error) = Error::join(errors) {
        return Err(error);
    }
    let Some(reader) = reader else {
        let existing = files.iter().map(|file| (*file, &directories[parent_in(layout, file)].deepest));
        return Ok(unreadable_by_others(existing).into_iter().collect());
    };
    let above = searchable_to(root, reader).err();
    let unreadable = files.iter().filter(|file| file.bytes.is_some()).filter_map(|file| {
        let reason = match &above {
            Some(reason) => Some(reason.clone()),
            None => directories[parent_in(layout, file)].unreadable(file, layout, files, reader),
        }?;
        let message = format!("user {} could not read it: {reason}", reader.uid());
        let hint = match file.mode.bits() & 0o040 {
            0 => {
                "set `fsGroup` on the pod to one of its groups, with the mode 0440; or set the mode 0444, or that user as \
                 the owner"
            }
            _ => "set `fsGroup` on the pod to one of its groups; or set the mode 0444, or that user as the owner",
        };
        let failure = Failure::new(ErrorKind::CannotWrite, message).with_hint(hint);
        let failure = failure.with_setting(Setting::Mode).with_setting(Setting::Owner);
        Some(Error::from(failure.with_file(root.join(file.path.as_path()))))
    });
    Error::join(unreadable).map_or(Ok(Vec::new()), Err)
}

fn targets(root: &Path, layout: Layout, files: &[&Prepared], directories: &BTreeMap<&str, Foreseen>) -> Result<()> {
    if layout == Layout::Generation {
        return match directories.get("") {
            Some(base) if base.missing.is_empty() => generation::check_targets(root, &base.deepest, files),
            _ => Ok(()),
        };
    }
    let errors = files.iter().filter(|file| file.bytes.is_some()).filter_map(|file| {
        let (parent, name) = file.path.split();
        let directory = directories.get(parent).filter(|directory| directory.missing.is_empty())?;
        let check = || {
            check_replaceable(&directory.deepest, name, &directory.deepest.look_up(name)?)?;
            can_replace(&directory.deepest, name)
        };
        Some(check().err()?.at(&root.join(file.path.as_path()), "write the file"))
    });
    Error::join(errors).map_or(Ok(()), Err)
}

/// The directory that a file is written in; all of a generation is below one new directory.
fn parent_in(layout: Layout, file: &Prepared) -> &str {
    match layout {
        Layout::Plain => file.path.split().0,
        Layout::Generation => "",
    }
}

/// A directory as it will be: the deepest part that exists, and what will be created below it.
struct Foreseen {
    deepest: Directory,
    missing: Vec<ParentAccess>,
}

impl Foreseen {
    fn root(root: &Path, access: ParentAccess) -> Result<Self, WriteError> {
        let mut missing = Vec::new();
        let mut path = std::path::absolute(root)?;
        loop {
            match Directory::open(&path) {
                Ok(deepest) => return Ok(Foreseen { deepest, missing }),
                Err(Errno::NOENT) if path.pop() => missing.push(access),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// A directory below this one.
    fn below(&self, path: &str, files: &[&Prepared]) -> Result<Self, WriteError> {
        let mut below = Foreseen { deepest: self.deepest.clone(), missing: self.missing.clone() };
        let mut end = 0;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            end += name.len() + usize::from(end > 0);
            let opened = if below.missing.is_empty() { below.deepest.open_beneath(name) } else { Err(Errno::NOENT) };
            match opened {
                Ok(directory) => below.deepest = directory,
                Err(Errno::NOENT) => below.missing.push(ParentAccess::of(&path[..end], files)),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(below)
    }

    fn writable(&self) -> Result<(), WriteError> {
        Ok(fs::accessat(&self.deepest, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)?)
    }

    /// Why the reader could not read a file of this directory, once all is written.
    fn unreadable(&self, file: &Prepared, layout: Layout, files: &[&Prepared], reader: &User) -> Option<String> {
        let mut missing = self.missing.clone();
        if layout == Layout::Generation {
            // The generation itself, and its directories: all of them are new.
            let (parent, _) = file.path.split();
            let ends = parent.match_indices('/').map(|(at, _)| at).chain([parent.len()]);
            let new = ends.filter(|end| *end > 0).map(|end| ParentAccess::of(&parent[..end], files));
            missing.push(ParentAccess::of("", files));
            missing.extend(new);
        }
        let status = self.deepest.status().ok()?;
        if !reader.may(0o1, status.mode, status.uid, status.gid) {
            return Some(format!("the directory has {}", shown(status.mode, status.uid, status.gid)));
        }
        let group = if status.mode & 0o2000 != 0 { status.gid } else { rustix::process::getegid().as_raw() };
        let ids = |owner: Option<Owner>| {
            let uid = owner.map_or(rustix::process::geteuid().as_raw(), Owner::uid);
            (uid, owner.and_then(Owner::gid).unwrap_or(group))
        };
        for access in &missing {
            let (uid, gid) = ids(access.owner);
            if !reader.may(0o1, access.mode, uid, gid) {
                return Some(format!("its directory would have {}", shown(access.mode, uid, gid)));
            }
        }
        let (uid, gid) = ids(file.owner);
        let readable = reader.may(0o4, file.mode.bits(), uid, gid);
        (!readable).then(|| format!("it would have {}", shown(file.mode.bits(), uid, gid)))
    }
}

fn shown(mode: u32, uid: u32, gid: u32) -> String {
    format!("mode {:04o} and owner {uid}:{gid}", mode & 0o7777)
}

/// Whether the reader may pass every directory above the root.
fn searchable_to(root: &Path, reader: &User) -> Result<(), String> {
    let Ok(root) = std::path::absolute(root) else { return Ok(()) };
    // What does not exist yet is looked at by its own access.
    let existing = root.ancestors().find_map(|path| path.canonicalize().ok()).unwrap_or_default();
    for path in existing.ancestors().collect::<Vec<_>>().into_iter().rev() {
        let Ok(status) = fs::stat(path).map(|stat| Status::from(&stat)) else { continue };
        if !reader.may(0o1, status.mode, status.uid, status.gid) {
            let path = crate::text::quoted(&path.to_string_lossy());
            return Err(format!("{path} has {}", shown(status.mode, status.uid, status.gid)));
        }
    }
    Ok(())
}
