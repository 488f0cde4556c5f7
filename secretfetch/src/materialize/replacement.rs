//! Whether a name can be taken from what has it.

use std::os::fd::AsFd as _;

use rustix::io::Errno;

use super::directory::{Directory, Existing};
use super::status::Status;
use super::system;
use super::write_error::WriteError;

/// An error if a file must not be put in the place of what stands under this name.
pub(super) fn check_replaceable(directory: &Directory, name: &str, existing: &Existing) -> Result<(), WriteError> {
    match existing.is_replaceable() {
        // Where a `subPath` names nothing, the kubelet mounts a directory.
        Err(WriteError::InTheWay(_)) if system::hold(directory.as_fd(), name).is_mount => Err(WriteError::MountPoint),
        checked => checked,
    }
}

/// An error if the name is a mount of its own, as with a `subPath` mount, or marked so that nobody can replace it:
/// a rename would be refused when others are done already.
pub(super) fn can_replace(directory: &Directory, name: &str) -> Result<(), WriteError> {
    let hold = system::hold(directory.as_fd(), name);
    if hold.is_mount {
        return Err(WriteError::MountPoint);
    }
    if hold.is_marked {
        return Err(Errno::PERM.into());
    }
    Ok(())
}

/// Why the name could not be taken from what has it.
pub(super) fn refused(directory: &Directory, name: &str, error: Errno) -> WriteError {
    let (Ok(above), Ok(found)) = (directory.status(), Status::at(directory, name)) else {
        return error.into();
    };
    let uid = rustix::process::geteuid().as_raw();
    let is_sticky = above.mode & 0o1000 != 0 && ![found.uid, above.uid].contains(&uid);
    match error {
        Errno::PERM | Errno::ACCESS if is_sticky => WriteError::Sticky { owner: found.uid },
        other => other.into(),
    }
}
