//! A file in the making: written beside its target under another name, then renamed over it.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;

use rustix::fs::{self, AtFlags, Gid, Mode as FileMode, OFlags, Uid};

use super::directory::Directory;
use super::parent::ParentAccess;
use super::status::{Status, permissions};
use super::system::DIRECTORY;
use super::unfinished::Unfinished;
use super::write_error::WriteError;
use crate::file_name::{STAGING_PREFIX, STAGING_SUFFIX};
use crate::plan::{Mode, Owner};

/// How often a name is tried that another may have taken in between.
pub(super) const ATTEMPTS: usize = 100;

/// The permissions of a directory until it has its owner and mode.
const IN_THE_MAKING: u32 = 0o700;

/// A file that nobody else can read until its mode is set.
const CREATE: OFlags = OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::NOFOLLOW);

/// Writes a complete file beside its target, under a name that says what it is.
pub(super) fn stage_file(
    directory: &Directory,
    bytes: &[u8],
    mode: Mode,
    owner: Option<Owner>,
) -> Result<Unfinished, WriteError> {
    let (staged, fd) = stage(|name| {
        let (fd, made) = create(directory, name)?;
        Ok((made, fd))
    })?;
    fill(fd, bytes, mode, owner)?;
    Ok(staged)
}

/// Makes a symlink beside its final place.
pub(super) fn stage_symlink(directory: &Directory, target: &str) -> Result<Unfinished, WriteError> {
    let (staged, ()) = stage(|name| Ok((new_symlink(directory, target, name)?, ())))?;
    Ok(staged)
}

/// Makes a symlink that must not exist yet.
pub(super) fn new_symlink(directory: &Directory, target: &str, name: &str) -> io::Result<Unfinished> {
    fs::symlinkat(target, directory, name)?;
    let status = Status::at(directory, name)?;
    Ok(Unfinished::file(directory, name.to_owned(), status.identity))
}

/// Makes an empty directory beside its final place.
pub(super) fn stage_directory(directory: &Directory, access: ParentAccess) -> Result<Unfinished, WriteError> {
    let (staged, ()) = stage(|name| match new_directory(directory, name, access) {
        Ok((_, made)) => Ok((made, ())),
        Err(WriteError::Io(error)) => Err(error),
        Err(error) => Err(io::Error::other(error)),
    })?;
    Ok(staged)
}

/// Makes a directory that must not exist yet, in a place that nobody looks at.
pub(super) fn new_directory(
    parent: &Directory,
    name: &str,
    access: ParentAccess,
) -> Result<(Directory, Unfinished), WriteError> {
    fs::mkdirat(parent, name, permissions(IN_THE_MAKING))?;
    let opened = fs::openat(parent, name, DIRECTORY | OFlags::NOFOLLOW, FileMode::empty())
        .and_then(|fd| Ok((Status::of(&fd)?.identity, Directory::from(fd))));
    let (identity, created) = opened.inspect_err(|_| {
        // Without a descriptor left it has no identity, and is empty: nothing of anybody's can be lost.
        let _ = fs::unlinkat(parent, name, AtFlags::REMOVEDIR);
    })?;
    let unfinished = Unfinished::directory(parent, name.to_owned(), identity);
    if let Some(owner) = access.owner {
        fs::fchown(&created, Some(Uid::from_raw(owner.uid())), owner.gid().map(Gid::from_raw))?;
    }
    // The mode last. The set-group-id bit, inherited from an `fsGroup` volume, stays.
    let inherited = created.status()?.mode & 0o2000;
    fs::fchmod(&created, permissions(access.mode | inherited))?;
    Ok((created, unfinished))
}

/// A name under which what stood at a target can be kept until the whole set is in place.
pub(super) fn stage_name(directory: &Directory) -> Result<Unfinished, WriteError> {
    let (staged, ()) = stage(|name| match Status::at(directory, name) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(rustix::io::Errno::NOENT) => Ok((Unfinished::free(directory, name.to_owned()), ())),
        Err(error) => Err(error.into()),
    })?;
    Ok(staged)
}

/// Writes a file under its final name, in a directory that no reader sees yet.
pub(super) fn write_new(
    directory: &Directory,
    name: &str,
    bytes: &[u8],
    mode: Mode,
    owner: Option<Owner>,
) -> Result<Unfinished, WriteError> {
    let (fd, made) = create(directory, name)?;
    fill(fd, bytes, mode, owner)?;
    Ok(made)
}

/// tempfile chooses the name and tries again on a collision; the rest of the work comes after the name is settled.
fn stage<T>(mut create: impl FnMut(&str) -> io::Result<(Unfinished, T)>) -> io::Result<(Unfinished, T)> {
    let created = tempfile::Builder::new()
        .prefix(STAGING_PREFIX)
        .suffix(STAGING_SUFFIX)
        .rand_bytes(12)
        .disable_cleanup(true)
        // An absolute path, or tempfile would ask for the working directory each time; only the name is used.
        .make_in("/", |path| create(path.file_name().and_then(|name| name.to_str()).unwrap_or_default()))?;
    Ok(created.into_parts().0)
}

fn create(directory: &Directory, name: &str) -> io::Result<(OwnedFd, Unfinished)> {
    let fd = fs::openat(directory, name, CREATE | OFlags::CLOEXEC, permissions(0o600))?;
    let identity = Status::of(&fd)?.identity;
    Ok((fd, Unfinished::file(directory, name.to_owned(), identity)))
}

/// Owner and mode are set on the descriptor before the content is there.
fn fill(fd: OwnedFd, bytes: &[u8], mode: Mode, owner: Option<Owner>) -> Result<(), WriteError> {
    if let Some(owner) = owner {
        fs::fchown(&fd, Some(Uid::from_raw(owner.uid())), owner.gid().map(Gid::from_raw))?;
    }
    fs::fchmod(&fd, permissions(mode.bits()))?;
    let mut file = File::from(fd);
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::PoisonError;

    use rustix::io::Errno;

    use super::super::unfinished::{STAGING, remove_unfinished};
    use super::*;

    #[test]
    fn what_is_begun_is_removed_and_what_is_finished_stays() {
        let _alone = STAGING.lock().unwrap_or_else(PoisonError::into_inner);
        let temporary = tempfile::tempdir().unwrap();
        let directory = Directory::open(temporary.path()).unwrap();
        let stage = || stage_file(&directory, b"x", Mode::default(), None).unwrap();
        let count = || fs::read_dir(temporary.path()).unwrap().count();

        let (begun, dropped, finished) = (stage(), stage(), stage());
        let access = ParentAccess { mode: 0o750, owner: None };
        let (generation, deep) = new_directory(&directory, "generation", access).unwrap();
        let (_, deeper) = new_directory(&generation, "deep", access).unwrap();
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
        drop((begun, deep, deeper));
        assert_eq!(fs::read_to_string(temporary.path().join(name)).unwrap(), "theirs");

        // Not what another has put in its place.
        let replaced = stage();
        let path = temporary.path().join(replaced.name());
        fs::remove_file(&path).unwrap();
        fs::create_dir_all(path.join("theirs")).unwrap();
        // A file system may give the new one the number of the old.
        assert!(matches!(replaced.remove(), Err(Errno::STALE | Errno::ISDIR | Errno::PERM)));
        assert!(path.join("theirs").exists());
    }

    #[test]
    fn what_is_dropped_late_takes_nothing_of_a_later_run_with_it() {
        let _alone = STAGING.lock().unwrap_or_else(PoisonError::into_inner);
        let temporary = tempfile::tempdir().unwrap();
        let directory = Directory::open(temporary.path()).unwrap();
        let stage = || stage_file(&directory, b"x", Mode::default(), None).unwrap();
        let given_up = stage();
        remove_unfinished();
        let later = stage();
        drop(given_up);
        assert!(temporary.path().join(later.name()).exists());
    }
}
