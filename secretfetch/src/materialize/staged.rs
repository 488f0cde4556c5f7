//! A file in the making: written beside its target under another name, then renamed over it.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;

use rustix::fs::{self, Gid, Mode as FileMode, OFlags, Uid};

use super::directory::Directory;
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
    stage(directory, |name| {
        let fd = create(directory, name)?;
        Ok(move || fill(fd, bytes, mode, owner))
    })
}

/// Makes a symlink beside its final place.
pub(super) fn stage_symlink(directory: &Directory, target: &str) -> Result<Unfinished, WriteError> {
    stage(directory, |name| {
        fs::symlinkat(target, directory, name)?;
        Ok(|| Ok(()))
    })
}

/// A name under which what stood at a target can be kept until the whole set is in place.
pub(super) fn stage_name(directory: &Directory) -> Result<Unfinished, WriteError> {
    stage(directory, |name| match fs::statat(directory, name, fs::AtFlags::SYMLINK_NOFOLLOW) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(rustix::io::Errno::NOENT) => Ok(|| Ok(())),
        Err(error) => Err(error.into()),
    })
}

/// Writes a file under its final name, in a directory that no reader sees yet.
pub(super) fn write_new(
    directory: &Directory,
    name: &str,
    bytes: &[u8],
    mode: Mode,
    owner: Option<Owner>,
) -> Result<(), WriteError> {
    fill(create(directory, name)?, bytes, mode, owner)
}

/// tempfile chooses the name and tries again on a collision; the rest of the work comes after the name is settled.
fn stage<W: FnOnce() -> Result<(), WriteError>>(
    directory: &Directory,
    mut create: impl FnMut(&str) -> io::Result<W>,
) -> Result<Unfinished, WriteError> {
    let created = tempfile::Builder::new()
        .prefix(STAGING_PREFIX)
        .suffix(STAGING_SUFFIX)
        .rand_bytes(12)
        .disable_cleanup(true)
        // An absolute path, or tempfile would ask for the working directory each time; only the name is used.
        .make_in("/", |path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            let work = create(&name)?;
            Ok((Unfinished::new(directory, name), work))
        })?;
    let (unfinished, work) = created.into_parts().0;
    work()?;
    Ok(unfinished)
}

fn create(directory: &Directory, name: &str) -> io::Result<OwnedFd> {
    Ok(fs::openat(directory, name, CREATE | OFlags::CLOEXEC, FileMode::from_raw_mode(0o600))?)
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
