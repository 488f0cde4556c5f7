//! A directory held open, so that nobody can put another in its place between two steps.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{self, AtFlags, FileType, FlockOperation, Mode as FileMode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::staged::{Existing, WriteError};
use crate::file_name::{STAGING_PREFIX, STAGING_SUFFIX};
use crate::plan::{Mode, Owner};

/// The permissions of directories that are created on the way.
const PARENT_MODE: u32 = 0o750;

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

pub(super) struct Directory {
    fd: OwnedFd,
}

impl Directory {
    /// Opens the directory that everything is confined to. It is the user's choice: symlinks are followed.
    pub(super) fn open_or_create(path: &Path) -> Result<Self, WriteError> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        match fs::open(path, DIRECTORY, FileMode::empty()) {
            Ok(fd) => Ok(Directory { fd }),
            Err(Errno::NOENT) => {
                let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
                    return Err(Errno::NOENT.into());
                };
                let parent = Self::open_or_create(parent)?;
                parent.create_directory(Path::new(name))?;
                // Not what was just created but what stands there: another run may have been faster.
                Ok(Directory { fd: fs::openat(&parent, name, DIRECTORY, FileMode::empty())? })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a directory below this one, creating what is missing, and never leaves this one on the way.
    pub(super) fn descend(&self, path: &str) -> Result<Self, WriteError> {
        let mut current = Directory { fd: self.fd.try_clone().map_err(WriteError::from)? };
        for name in path.split('/').filter(|name| !name.is_empty()) {
            current = match current.open_beneath(name) {
                Err(Errno::NOENT) => {
                    current.create_directory(Path::new(name))?;
                    current.open_beneath(name)?
                }
                opened => opened?,
            };
        }
        Ok(current)
    }

    fn open_beneath(&self, name: &str) -> Result<Self, Errno> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let fd = match fs::openat2(&self.fd, name, DIRECTORY, FileMode::empty(), resolve) {
            // Linux before 5.6 has no openat2, and some sandboxes deny it: then no symlink is followed at all.
            Err(Errno::NOSYS | Errno::PERM) => {
                fs::openat(&self.fd, name, DIRECTORY | OFlags::NOFOLLOW, FileMode::empty())?
            }
            opened => opened?,
        };
        Ok(Directory { fd })
    }

    fn create_directory(&self, name: &Path) -> Result<(), WriteError> {
        match fs::mkdirat(&self.fd, name, FileMode::from_raw_mode(PARENT_MODE)) {
            Ok(()) => {}
            Err(Errno::EXIST) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        // The umask may have taken bits away; the set-group-id bit, inherited from an `fsGroup` volume, stays.
        let created = fs::openat(&self.fd, name, DIRECTORY | OFlags::NOFOLLOW, FileMode::empty())?;
        let inherited = fs::fstat(&created)?.st_mode & 0o2000;
        fs::fchmod(&created, FileMode::from_raw_mode(PARENT_MODE | inherited))?;
        Ok(())
    }

    /// What tells this directory from every other, whatever path led to it.
    pub(super) fn identity(&self) -> Result<(u64, u64), WriteError> {
        let stat = fs::fstat(&self.fd)?;
        Ok((stat.st_dev, stat.st_ino))
    }

    /// Takes the lock that makes two runs take turns; `false` while another run holds it. It ends with the
    /// descriptor, so a killed run leaves none behind.
    pub(super) fn try_lock(&self) -> Result<bool, WriteError> {
        match fs::flock(&self.fd, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(true),
            Err(Errno::WOULDBLOCK) => Ok(false),
            // A file system without locks (some network ones): atomic renames still hold.
            Err(Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes the staging files of runs that were killed, and only those. Called under the lock.
    pub(super) fn remove_leftovers(&self) {
        let Ok(entries) = fs::Dir::read_from(&self.fd) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let bytes = name.to_bytes();
            if bytes.starts_with(STAGING_PREFIX.as_bytes()) && bytes.ends_with(STAGING_SUFFIX.as_bytes()) {
                // One that cannot be removed harms nobody.
                let _ = fs::unlinkat(&self.fd, name, AtFlags::empty());
            }
        }
    }

    /// What stands under this name.
    pub(super) fn look_up(&self, name: &str) -> Result<Existing, WriteError> {
        match fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(match FileType::from_raw_mode(stat.st_mode) {
                // A symlink is replaced, and what it points at stays.
                FileType::RegularFile | FileType::Symlink => Existing::File,
                FileType::Directory => Existing::InTheWay("directory"),
                FileType::Fifo => Existing::InTheWay("FIFO"),
                FileType::Socket => Existing::InTheWay("socket"),
                _ => Existing::InTheWay("device"),
            }),
            Err(Errno::NOENT) => Ok(Existing::Nothing),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the file is already as it shall be: its bytes, its mode and its owner.
    pub(super) fn holds(&self, name: &str, bytes: &[u8], mode: Mode, owner: Option<Owner>) -> bool {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let Ok(fd) = fs::openat(&self.fd, name, flags, FileMode::empty()) else { return false };
        let Ok(stat) = fs::fstat(&fd) else { return false };
        let same_owner =
            owner.is_none_or(|owner| stat.st_uid == owner.uid() && owner.gid().is_none_or(|gid| stat.st_gid == gid));
        let same = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
            && stat.st_mode & 0o7777 == mode.bits()
            && u64::try_from(stat.st_size).is_ok_and(|size| size == bytes.len() as u64)
            && same_owner;
        same && same_bytes(File::from(fd), bytes)
    }

    pub(super) fn remove(&self, name: &str) -> Result<(), WriteError> {
        Ok(fs::unlinkat(&self.fd, name, AtFlags::empty())?)
    }

    pub(super) fn sync(&self) -> Result<(), WriteError> {
        match fs::fsync(&self.fd) {
            // Some file systems cannot sync a directory and say so.
            Ok(()) | Err(Errno::INVAL) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether files get the directory's group (set-group-id), as on a volume with `fsGroup`.
    pub(super) fn gives_group(&self) -> bool {
        fs::fstat(&self.fd).is_ok_and(|stat| stat.st_mode & 0o2000 != 0)
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Compares without holding a second copy of the secret for longer than a block.
fn same_bytes(mut file: File, mut bytes: &[u8]) -> bool {
    let mut block = zeroize::Zeroizing::new([0; 8192]);
    loop {
        match file.read(&mut block[..]) {
            Ok(0) => return bytes.is_empty(),
            Ok(read) => match bytes.strip_prefix(&block[..read]) {
                Some(rest) => bytes = rest,
                None => return false,
            },
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}
