//! With openat2 (since Linux 5.6) and statx, which knows a mount since Linux 5.8.

use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::fs::{self, AtFlags, Mode, OFlags, ResolveFlags, StatxAttributes, StatxFlags};
use rustix::io::Errno;

use super::hold::Hold;
use super::portable::{self, DIRECTORY};

/// Opens a directory, and follows only symlinks that do not lead out of the one it is in.
pub(in super::super) fn open_beneath(directory: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, Errno> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    match fs::openat2(directory, name, DIRECTORY, Mode::empty(), resolve) {
        // Linux before 5.6 has no openat2, and some sandboxes deny it: then no symlink is followed at all.
        Err(Errno::NOSYS | Errno::PERM) => portable::open_beneath(directory, name),
        opened => opened,
    }
}

/// Opens a directory that is no mount of its own; no symlink is followed.
pub(in super::super) fn open_in_this_mount(directory: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, Errno> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
    match fs::openat2(directory, name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty(), resolve) {
        Err(Errno::NOSYS | Errno::PERM) => {
            let opened = portable::open_in_this_mount(directory, name)?;
            // A directory of the same file system that is mounted there has its device.
            if hold(directory, name).is_mount { Err(Errno::XDEV) } else { Ok(opened) }
        }
        opened => opened,
    }
}

/// Opens the directory that this one is in; no right to read it is needed.
pub(in super::super) fn open_above(directory: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    fs::openat(directory, "..", OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

pub(in super::super) fn hold(directory: BorrowedFd<'_>, name: &str) -> Hold {
    // Nothing there, or too old a kernel: then what is done with it tells.
    let attributes = fs::statx(directory, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE)
        .map_or(StatxAttributes::empty(), |found| found.stx_attributes & found.stx_attributes_mask);
    Hold {
        is_mount: attributes.contains(StatxAttributes::MOUNT_ROOT),
        is_marked: attributes.intersects(StatxAttributes::IMMUTABLE | StatxAttributes::APPEND),
    }
}

pub(in super::super) fn sync(directory: BorrowedFd<'_>) -> Result<(), Errno> {
    fs::fsync(directory)
}
