//! What the file system says of a file or directory, in the same types on every system.

use std::os::fd::AsFd;

use rustix::fs::{self, AtFlags, FileType, Mode as FileMode, RawMode, Stat};
use rustix::io::Errno;

/// What tells a file or directory from every other, whatever name led to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

/// What is known of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Status {
    pub(super) identity: Identity,
    pub(super) kind: FileType,
    /// The type and the permission bits.
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// In bytes.
    pub(super) size: u64,
}

impl Status {
    /// Of what is open.
    pub(super) fn of(descriptor: impl AsFd) -> Result<Self, Errno> {
        Ok(Self::from(&fs::fstat(descriptor)?))
    }

    /// Of what stands under a name in a directory, itself: no symlink is followed.
    pub(super) fn at(directory: impl AsFd, name: &str) -> Result<Self, Errno> {
        Ok(Self::from(&fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?))
    }
}

impl From<&Stat> for Status {
    #[allow(clippy::unnecessary_cast, reason = "macOS has narrower and signed types")]
    fn from(stat: &Stat) -> Self {
        Status {
            identity: Identity { device: stat.st_dev as u64, inode: stat.st_ino },
            kind: FileType::from_raw_mode(stat.st_mode),
            mode: stat.st_mode as u32,
            uid: stat.st_uid,
            gid: stat.st_gid,
            size: u64::try_from(stat.st_size).unwrap_or_default(),
        }
    }
}

/// Permission bits, as the system's calls take them.
#[allow(clippy::unnecessary_cast, reason = "macOS has a narrower type")]
pub(super) fn permissions(bits: u32) -> FileMode {
    FileMode::from_raw_mode(bits as RawMode)
}
