//! A directory held open, so that nobody can put another in its place between two steps.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{self, AtFlags, FileType, FlockOperation, Mode as FileMode, OFlags, RenameFlags, ResolveFlags};
use rustix::fs::{Gid, StatxAttributes, StatxFlags, Uid};
use rustix::io::Errno;

use super::parent::ParentAccess;
use super::staged::stage_directory;
use super::unfinished::Unfinished;
use super::write_error::WriteError;
use crate::file_name::{STAGING_PREFIX, STAGING_SUFFIX};
use crate::plan::{Mode, Owner};

/// The permissions of a directory until it has its owner and mode.
const IN_THE_MAKING: u32 = 0o700;

/// How often a name is tried that another may have taken in between.
pub(super) const ATTEMPTS: usize = 100;

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

/// What tells a file or directory from every other, whatever name led to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    pub(super) fn of(descriptor: impl AsFd) -> Result<Self, Errno> {
        Ok(Self::from(&fs::fstat(descriptor)?))
    }
}

impl From<&fs::Stat> for Identity {
    fn from(stat: &fs::Stat) -> Self {
        Identity { device: stat.st_dev, inode: stat.st_ino }
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
            opened => Ok(opened?),
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
                opened => opened?,
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

    /// Creates a directory that appears under its name with its owner and mode, or not at all. One that another has made
    /// in the meantime is as good.
    fn create_directory(&self, name: &Path, access: ParentAccess) -> Result<(), WriteError> {
        self.remove_empty_leftovers();
        for _ in 0..ATTEMPTS {
            let made = stage_directory(self, access)?;
            match self.rename_new(made.name(), name) {
                Ok(()) => {
                    made.finish();
                    return Ok(());
                }
                Err(Errno::EXIST | Errno::NOTEMPTY) => return Ok(()),
                // Another run took it for one that a killed run had left.
                Err(Errno::NOENT) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Errno::EXIST.into())
    }

    /// Creates a directory that must not exist yet, in a place that nobody looks at.
    pub(super) fn create_new_directory(
        &self,
        name: &str,
        access: ParentAccess,
    ) -> Result<(Self, Unfinished), WriteError> {
        fs::mkdirat(self, name, FileMode::from_raw_mode(IN_THE_MAKING))?;
        let opened = fs::openat(self, name, DIRECTORY | OFlags::NOFOLLOW, FileMode::empty())
            .and_then(|fd| Ok((Identity::of(&fd)?, Directory::from(fd))));
        let (identity, created) = opened.inspect_err(|_| {
            // Without a descriptor left it has no identity, and is empty: nothing of anybody's can be lost.
            let _ = fs::unlinkat(self, name, AtFlags::REMOVEDIR);
        })?;
        let unfinished = Unfinished::directory(self, name.to_owned(), identity);
        if let Some(owner) = access.owner {
            fs::fchown(&created, Some(Uid::from_raw(owner.uid())), owner.gid().map(Gid::from_raw))?;
        }
        // The mode last. The set-group-id bit, inherited from an `fsGroup` volume, stays.
        let inherited = fs::fstat(&created)?.st_mode & 0o2000;
        fs::fchmod(&created, FileMode::from_raw_mode(access.mode | inherited))?;
        Ok((created, unfinished))
    }

    pub(super) fn identity(&self) -> Result<Identity, WriteError> {
        Ok(Identity::of(self)?)
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

    /// Removes what runs that were killed have staged, and only that: files, symlinks and empty directories under such
    /// names. Called under the lock. Answers what could not be removed.
    pub(super) fn remove_leftovers(&self) -> Vec<Leftover> {
        let staged = self.names().into_iter().flatten().filter(|name| is_staged(name));
        let remove = |name: String| {
            let removed = match self.remove(&name) {
                Err(Errno::ISDIR | Errno::PERM) => fs::unlinkat(self, &name, AtFlags::REMOVEDIR),
                removed => removed,
            };
            Leftover::unless_gone(name, removed)
        };
        staged.filter_map(remove).collect()
    }

    /// The directories among them, where there is no lock: one of a run that goes on is made again by it.
    fn remove_empty_leftovers(&self) {
        for name in self.names().into_iter().flatten().filter(|name| is_staged(name)) {
            let _ = fs::unlinkat(self, &name, AtFlags::REMOVEDIR);
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
        Ok(self.look_up_with_identity(name)?.0)
    }

    /// The same, and by what it is known again.
    pub(super) fn look_up_with_identity(&self, name: &str) -> Result<(Existing, Option<Identity>), WriteError> {
        match fs::statat(self, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok((self.existing(name, &stat)?, Some(Identity::from(&stat)))),
            Err(Errno::NOENT) => Ok((Existing::Nothing, None)),
            Err(error) => Err(error.into()),
        }
    }

    fn existing(&self, name: &str, stat: &fs::Stat) -> Result<Existing, Errno> {
        Ok(match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Existing::File,
            FileType::Symlink => Existing::Symlink(self.read_link(name)?),
            FileType::Directory => Existing::Directory,
            FileType::Fifo => Existing::Special("FIFO"),
            FileType::Socket => Existing::Special("socket"),
            _ => Existing::Special("device"),
        })
    }

    pub(super) fn read_link(&self, name: &str) -> Result<String, Errno> {
        Ok(fs::readlinkat(self, name, Vec::new())?.to_string_lossy().into_owned())
    }

    /// An error if a file must not be put in the place of what stands under this name.
    pub(super) fn check_replaceable(&self, name: &str, existing: &Existing) -> Result<(), WriteError> {
        match existing.is_replaceable() {
            // Where a `subPath` names nothing, the kubelet mounts a directory.
            Err(WriteError::InTheWay(_)) if self.is_mount(name) => Err(WriteError::MountPoint),
            checked => checked,
        }
    }

    /// An error if the name is a mount of its own, as with a `subPath` mount, or marked so that nobody can replace it:
    /// a rename would be refused when others are done already.
    pub(super) fn can_replace(&self, name: &str) -> Result<(), WriteError> {
        let attributes = self.attributes(name);
        if attributes.contains(StatxAttributes::MOUNT_ROOT) {
            return Err(WriteError::MountPoint);
        }
        if attributes.intersects(StatxAttributes::IMMUTABLE | StatxAttributes::APPEND) {
            return Err(Errno::PERM.into());
        }
        Ok(())
    }

    /// Why the name could not be taken from what has it.
    pub(super) fn refused(&self, name: &str, error: Errno) -> WriteError {
        let (Ok(directory), Ok(stat)) = (fs::fstat(self), fs::statat(self, name, AtFlags::SYMLINK_NOFOLLOW)) else {
            return error.into();
        };
        let uid = rustix::process::geteuid().as_raw();
        let is_sticky = directory.st_mode & 0o1000 != 0 && ![stat.st_uid, directory.st_uid].contains(&uid);
        match error {
            Errno::PERM | Errno::ACCESS if is_sticky => WriteError::Sticky { owner: stat.st_uid },
            other => other.into(),
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

    /// Gives something in this directory a name that nothing has.
    fn rename_new(&self, from: &str, to: &Path) -> Result<(), Errno> {
        match fs::renameat_with(self, from, self, to, RenameFlags::NOREPLACE) {
            // A file system without that: the instant between looking and moving is all that is left.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                match fs::statat(self, to, AtFlags::SYMLINK_NOFOLLOW) {
                    Err(Errno::NOENT) => fs::renameat(self, from, self, to),
                    Ok(_) => Err(Errno::EXIST),
                    Err(error) => Err(error),
                }
            }
            renamed => renamed,
        }
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

    /// Removes what is known by its identity; what else may have its name by now stays, and is an error.
    pub(super) fn remove_known(&self, name: &str, known: Identity, is_directory: bool) -> Result<(), Errno> {
        let found = match fs::statat(self, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Identity::from(&stat),
            Err(Errno::NOENT) => return Ok(()),
            Err(error) => return Err(error),
        };
        if found != known {
            return Err(Errno::STALE);
        }
        fs::unlinkat(self, name, if is_directory { AtFlags::REMOVEDIR } else { AtFlags::empty() })
    }

    /// Removes a directory of files that an earlier run has made, with all that is in it. No symlink is followed, and no
    /// mount is entered.
    pub(super) fn remove_tree(&self, name: &str) -> Result<(), Errno> {
        let directory = self.open_in_this_mount(name)?;
        for entry in directory.names()? {
            match directory.remove(&entry) {
                Err(Errno::ISDIR | Errno::PERM) => directory.remove_tree(&entry)?,
                removed => removed?,
            }
        }
        fs::unlinkat(self, name, AtFlags::REMOVEDIR)
    }

    fn open_in_this_mount(&self, name: &str) -> Result<Self, Errno> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
        match fs::openat2(self, name, DIRECTORY | OFlags::NOFOLLOW, FileMode::empty(), resolve) {
            Err(Errno::NOSYS | Errno::PERM) => {
                let opened = self.open_directory(name)?;
                let (ours, its) = (fs::fstat(self)?.st_dev, fs::fstat(&opened)?.st_dev);
                if ours != its || self.is_mount(name) { Err(Errno::XDEV) } else { Ok(opened) }
            }
            opened => opened.map(Directory::from),
        }
    }

    /// Whether the name is a mount of its own, where the kernel tells (since Linux 5.8).
    fn is_mount(&self, name: &str) -> bool {
        self.attributes(name).contains(StatxAttributes::MOUNT_ROOT)
    }

    fn attributes(&self, name: &str) -> StatxAttributes {
        // Nothing there, or too old a kernel: then what is done with it tells.
        fs::statx(self, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE)
            .map_or(StatxAttributes::empty(), |found| found.stx_attributes & found.stx_attributes_mask)
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

/// Something of a killed run that could not be removed.
#[derive(Debug)]
pub(super) struct Leftover {
    path: PathBuf,
    error: Errno,
}

impl Leftover {
    /// None if it is gone, whoever has removed it.
    pub(super) fn unless_gone(path: impl Into<PathBuf>, removed: Result<(), Errno>) -> Option<Self> {
        match removed {
            Ok(()) | Err(Errno::NOENT) => None,
            Err(error) => Some(Leftover { path: path.into(), error }),
        }
    }

    /// For a person, of a leftover below the directory of this path.
    pub(super) fn note(&self, directory: &Path) -> String {
        let path = crate::text::quoted(&directory.join(&self.path).to_string_lossy());
        let reason = match self.error {
            Errno::XDEV | Errno::BUSY => "it is a mount, or has one in it".to_owned(),
            Errno::NOTEMPTY => "it is not empty".to_owned(),
            error => std::io::Error::from(error).to_string(),
        };
        format!("an earlier run left {path}, which cannot be removed: {reason}")
    }
}

fn is_staged(name: &str) -> bool {
    name.starts_with(STAGING_PREFIX) && name.ends_with(STAGING_SUFFIX)
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
