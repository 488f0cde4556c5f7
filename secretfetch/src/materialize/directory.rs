//! A directory held open, so that nobody can put another in its place between two steps.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{self, AtFlags, FileType, FlockOperation, Mode as FileMode, OFlags, RenameFlags, ResolveFlags};
use rustix::fs::{Gid, StatxAttributes, StatxFlags, Uid};
use rustix::io::Errno;

use super::parent::ParentAccess;
use super::write_error::WriteError;
use crate::file_name::{STAGING_PREFIX, STAGING_SUFFIX};
use crate::plan::{Mode, Owner};

/// The permissions of a directory in the making, which no finished one has: a run that was killed before it set owner
/// and mode is known by it, and the next run sets them.
const IN_THE_MAKING: u32 = 0o1700;

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// What stands under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Existing {
    Nothing,
    /// A file, which a rename replaces.
    File,
    /// A symlink, which a rename replaces, and where it leads. What it leads to stays.
    Symlink(String),
    Directory,
    /// Something that is not ours to replace.
    Special(&'static str),
}

impl Existing {
    /// An error if a file must not be put in its place.
    pub(super) fn is_replaceable(&self) -> Result<(), WriteError> {
        match self {
            Existing::Nothing | Existing::File | Existing::Symlink(_) => Ok(()),
            Existing::Directory => Err(WriteError::InTheWay("directory")),
            Existing::Special(what) => Err(WriteError::InTheWay(what)),
        }
    }
}

/// A clone is the same open directory.
#[derive(Clone)]
pub(super) struct Directory {
    fd: Arc<OwnedFd>,
}

impl From<OwnedFd> for Directory {
    fn from(fd: OwnedFd) -> Self {
        Directory { fd: Arc::new(fd) }
    }
}

impl Directory {
    /// Opens the directory that everything is confined to. It is the user's choice: symlinks are followed.
    pub(super) fn open(path: &Path) -> Result<Self, Errno> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        fs::open(path, DIRECTORY, FileMode::empty()).map(Directory::from)
    }

    /// The same, creating what is missing.
    pub(super) fn open_or_create(path: &Path, access: ParentAccess) -> Result<Self, WriteError> {
        match Self::open(path) {
            Err(Errno::NOENT) => {
                let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
                    return Err(Errno::NOENT.into());
                };
                let parent = Self::open_or_create(parent, access)?;
                parent.create_directory(Path::new(name), access)?;
                // Not what was just created but what stands there: another run may have been faster.
                Ok(fs::openat(&parent, name, DIRECTORY, FileMode::empty())?.into())
            }
            opened => {
                let opened = opened?;
                opened.finish(|| access)?;
                Ok(opened)
            }
        }
    }

    /// Opens a directory below this one, creating what is missing with the access that its path shall have, and never
    /// leaves this one on the way.
    pub(super) fn descend(&self, path: &str, access: impl Fn(&str) -> ParentAccess) -> Result<Self, WriteError> {
        let mut current = self.clone();
        let mut end = 0;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            end += name.len() + usize::from(end > 0);
            current = match current.open_beneath(name) {
                Err(Errno::NOENT) => {
                    current.create_directory(Path::new(name), access(&path[..end]))?;
                    current.open_beneath(name)?
                }
                opened => {
                    let opened = opened?;
                    opened.finish(|| access(&path[..end]))?;
                    opened
                }
            };
        }
        Ok(current)
    }

    /// Opens a directory right below this one; no symlink is followed.
    pub(super) fn open_directory(&self, name: &str) -> Result<Self, Errno> {
        fs::openat(self, name, DIRECTORY | OFlags::NOFOLLOW, FileMode::empty()).map(Directory::from)
    }

    pub(super) fn open_beneath(&self, name: &str) -> Result<Self, Errno> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let fd = match fs::openat2(self, name, DIRECTORY, FileMode::empty(), resolve) {
            // Linux before 5.6 has no openat2, and some sandboxes deny it: then no symlink is followed at all.
            Err(Errno::NOSYS | Errno::PERM) => fs::openat(self, name, DIRECTORY | OFlags::NOFOLLOW, FileMode::empty())?,
            opened => opened?,
        };
        Ok(fd.into())
    }

    fn create_directory(&self, name: &Path, access: ParentAccess) -> Result<(), WriteError> {
        match self.create_new_directory(name, access) {
            Err(WriteError::Io(error)) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            created => created,
        }
    }

    /// Creates a directory that must not exist yet.
    pub(super) fn create_new_directory(&self, name: &Path, access: ParentAccess) -> Result<(), WriteError> {
        fs::mkdirat(self, name, FileMode::from_raw_mode(IN_THE_MAKING))?;
        let created = fs::openat(self, name, DIRECTORY | OFlags::NOFOLLOW, FileMode::empty())?;
        Directory::from(created).finish(|| access)
    }

    /// Gives a directory in the making its owner and mode; any other is not ours to change.
    fn finish(&self, access: impl FnOnce() -> ParentAccess) -> Result<(), WriteError> {
        let stat = fs::fstat(self)?;
        if stat.st_mode & 0o1777 != IN_THE_MAKING {
            return Ok(());
        }
        // Only now: what it shall have is found by going through all files.
        let access = access();
        let ours = [Some(rustix::process::geteuid().as_raw()), access.owner.map(Owner::uid)];
        if !ours.contains(&Some(stat.st_uid)) {
            return Ok(());
        }
        if let Some(owner) = access.owner {
            fs::fchown(self, Some(Uid::from_raw(owner.uid())), owner.gid().map(Gid::from_raw))?;
        }
        // The mode last, since it ends the making. The set-group-id bit, inherited from an `fsGroup` volume, stays.
        fs::fchmod(self, FileMode::from_raw_mode(access.mode | stat.st_mode & 0o2000))?;
        Ok(())
    }

    /// What tells this directory from every other, whatever path led to it.
    pub(super) fn identity(&self) -> Result<(u64, u64), WriteError> {
        let stat = fs::fstat(self)?;
        Ok((stat.st_dev, stat.st_ino))
    }

    /// Takes the lock that makes two runs take turns; `false` while another run holds it. It ends with the
    /// descriptor, so a killed run leaves none behind.
    pub(super) fn try_lock(&self) -> Result<bool, WriteError> {
        match fs::flock(self, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(true),
            Err(Errno::WOULDBLOCK) => Ok(false),
            // A file system without locks (some network ones): atomic renames still hold.
            Err(Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes the staging files of runs that were killed, and only those. Called under the lock.
    pub(super) fn remove_leftovers(&self) {
        for name in self.names().into_iter().flatten() {
            if name.starts_with(STAGING_PREFIX) && name.ends_with(STAGING_SUFFIX) {
                // One that cannot be removed harms nobody.
                let _ = self.remove(&name);
            }
        }
    }

    /// The names in it, but for those that are no text, which nothing of ours has.
    pub(super) fn names(&self) -> Result<Vec<String>, Errno> {
        let mut names = Vec::new();
        for entry in fs::Dir::read_from(self)? {
            names.extend(
                entry?.file_name().to_str().ok().filter(|name| !matches!(*name, "." | "..")).map(str::to_owned),
            );
        }
        Ok(names)
    }

    /// What stands under this name.
    pub(super) fn look_up(&self, name: &str) -> Result<Existing, WriteError> {
        match fs::statat(self, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => Existing::File,
                FileType::Symlink => Existing::Symlink(self.read_link(name)?),
                FileType::Directory => Existing::Directory,
                FileType::Fifo => Existing::Special("FIFO"),
                FileType::Socket => Existing::Special("socket"),
                _ => Existing::Special("device"),
            }),
            Err(Errno::NOENT) => Ok(Existing::Nothing),
            Err(error) => Err(error.into()),
        }
    }

    fn read_link(&self, name: &str) -> Result<String, Errno> {
        Ok(fs::readlinkat(self, name, Vec::new())?.to_string_lossy().into_owned())
    }

    /// An error if the name is a mount of its own, as with a `subPath` mount, or marked so that nobody can replace
    /// it: a rename would be refused when others are done already.
    pub(super) fn can_replace(&self, name: &str) -> Result<(), WriteError> {
        let attributes = match fs::statx(self, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE) {
            Ok(found) => found.stx_attributes & found.stx_attributes_mask,
            // Before Linux 5.8, or nothing there: then the rename itself tells.
            Err(_) => return Ok(()),
        };
        if attributes.contains(StatxAttributes::MOUNT_ROOT) {
            Err(WriteError::MountPoint)
        } else if attributes.intersects(StatxAttributes::IMMUTABLE | StatxAttributes::APPEND) {
            Err(Errno::PERM.into())
        } else {
            Ok(())
        }
    }

    /// Whether the file is already as it shall be: its bytes, its mode and its owner.
    pub(super) fn holds(&self, name: &str, bytes: &[u8], mode: Mode, owner: Option<Owner>) -> bool {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let Ok(fd) = fs::openat(self, name, flags, FileMode::empty()) else { return false };
        let Ok(stat) = fs::fstat(&fd) else { return false };
        let same_owner =
            owner.is_none_or(|owner| stat.st_uid == owner.uid() && owner.gid().is_none_or(|gid| stat.st_gid == gid));
        let same = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
            && stat.st_mode & 0o7777 == mode.bits()
            && u64::try_from(stat.st_size).is_ok_and(|size| size == bytes.len() as u64)
            && same_owner;
        same && same_bytes(File::from(fd), bytes)
    }

    /// Gives something in this directory another name, in place of what has it.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), Errno> {
        fs::renameat(self, from, self, to)
    }

    /// Swaps two names in one step; `false` where the file system cannot do that.
    pub(super) fn exchange(&self, one: &str, other: &str) -> Result<bool, Errno> {
        match fs::renameat_with(self, one, self, other, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(true),
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn remove(&self, name: &str) -> Result<(), Errno> {
        fs::unlinkat(self, name, AtFlags::empty())
    }

    /// Removes a file, or a directory with all that is in it; no symlink is followed.
    pub(super) fn remove_tree(&self, name: &str) -> Result<(), Errno> {
        match self.remove(name) {
            Err(Errno::ISDIR | Errno::PERM) => {}
            removed => return removed,
        }
        let directory = self.open_directory(name)?;
        for entry in directory.names()? {
            directory.remove_tree(&entry)?;
        }
        fs::unlinkat(self, name, AtFlags::REMOVEDIR)
    }

    pub(super) fn sync(&self) -> Result<(), WriteError> {
        match fs::fsync(self) {
            // Some file systems cannot sync a directory and say so.
            Ok(()) | Err(Errno::INVAL) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether files get the directory's group (set-group-id), as on a volume with `fsGroup`.
    pub(super) fn gives_group(&self) -> bool {
        fs::fstat(self).is_ok_and(|stat| stat.st_mode & 0o2000 != 0)
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
