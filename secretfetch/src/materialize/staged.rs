//! A file in the making: written beside its target under another name, then renamed over it.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;

use rustix::fs::{self, Gid, Mode as FileMode, OFlags, Uid};

use super::directory::{Directory, Identity};
use super::parent::ParentAccess;
use super::unfinished::Unfinished;
use super::write_error::WriteError;
use crate::file_name::{STAGING_PREFIX, STAGING_SUFFIX};
use crate::plan::{Mode, Owner};

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
    let stat = fs::statat(directory, name, fs::AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(Unfinished::file(directory, name.to_owned(), Identity::from(&stat)))
}

/// Makes an empty directory beside its final place.
pub(super) fn stage_directory(directory: &Directory, access: ParentAccess) -> Result<Unfinished, WriteError> {
    let (staged, ()) = stage(|name| match directory.create_new_directory(name, access) {
        Ok((_, made)) => Ok((made, ())),
        Err(WriteError::Io(error)) => Err(error),
        Err(error) => Err(io::Error::other(error)),
    })?;
    Ok(staged)
}

/// A name under which what stood at a target can be kept until the whole set is in place.
pub(super) fn stage_name(directory: &Directory) -> Result<Unfinished, WriteError> {
    let (staged, ()) = stage(|name| match fs::statat(directory, name, fs::AtFlags::SYMLINK_NOFOLLOW) {
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
    let fd = fs::openat(directory, name, CREATE | OFlags::CLOEXEC, FileMode::from_raw_mode(0o600))?;
    let identity = Identity::of(&fd)?;
    Ok((fd, Unfinished::file(directory, name.to_owned(), identity)))
}

/// Owner and mode are set on the descriptor before the content is there.
fn fill(fd: OwnedFd, bytes: &[u8], mode: Mode, owner: Option<Owner>) -> Result<(), WriteError> {
    if let Some(owner) = owner {
        fs::fchown(&fd, Some(Uid::from_raw(owner.uid())), owner.gid().map(Gid::from_raw))?;
    }
    fs::fchmod(&fd, FileMode::from_raw_mode(mode.bits()))?;
    let mut file = File::from(fd);
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(())
}
