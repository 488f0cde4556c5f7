//! A directory held open, so that nobody can put another in its place between two steps.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{self, AtFlags, FileType, Mode as FileMode};
use rustix::io::Errno;

use super::status::{Identity, Status};
use super::system::{self, DIRECTORY};
use super::write_error::WriteError;

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

    /// Opens a directory right below this one; no symlink is followed.
    pub(super) fn open_directory(&self, name: &str) -> Result<Self, Errno> {
        system::open_directory(self.as_fd(), name).map(Directory::from)
    }

    /// Opens a directory below this one, and no symlink leads out of it on the way.
    pub(super) fn open_beneath(&self, name: &str) -> Result<Self, Errno> {
        system::open_beneath(self.as_fd(), name).map(Directory::from)
    }

    /// Opens the directory that this one is in, for looking at what it has.
    pub(super) fn open_above(&self) -> Result<Self, Errno> {
        system::open_above(self.as_fd()).map(Directory::from)
    }

    pub(super) fn status(&self) -> Result<Status, Errno> {
        Status::of(self)
    }

    pub(super) fn identity(&self) -> Result<Identity, WriteError> {
        Ok(self.status()?.identity)
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
        match Status::at(self, name) {
            Ok(status) => Ok((self.existing(name, status.kind)?, Some(status.identity))),
            Err(Errno::NOENT) => Ok((Existing::Nothing, None)),
            Err(error) => Err(error.into()),
        }
    }

    fn existing(&self, name: &str, kind: FileType) -> Result<Existing, Errno> {
        Ok(match kind {
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

    /// Gives something in this directory another name, in place of what has it.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), Errno> {
        fs::renameat(self, from, self, to)
    }

    /// Gives something in this directory a name that nothing has.
    pub(super) fn rename_new(&self, from: &str, to: &Path) -> Result<(), Errno> {
        match system::rename_new(self.as_fd(), from, to) {
            // A file system without that: the instant between looking and moving is all that is left.
            Err(error) if system::is_unsupported(error) => match fs::statat(self, to, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => fs::renameat(self, from, self, to),
                Ok(_) => Err(Errno::EXIST),
                Err(error) => Err(error),
            },
            renamed => renamed,
        }
    }

    /// Swaps two names in one step; `false` where the file system cannot do that.
    pub(super) fn exchange(&self, one: &str, other: &str) -> Result<bool, Errno> {
        match system::exchange(self.as_fd(), one, other) {
            Ok(()) => Ok(true),
            Err(error) if system::is_unsupported(error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn remove(&self, name: &str) -> Result<(), Errno> {
        fs::unlinkat(self, name, AtFlags::empty())
    }

    /// Removes what is known by its identity; what else may have its name by now stays, and is an error.
    pub(super) fn remove_known(&self, name: &str, known: Identity, is_directory: bool) -> Result<(), Errno> {
        let found = match Status::at(self, name) {
            Ok(status) => status.identity,
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
        let directory = Directory::from(system::open_in_this_mount(self.as_fd(), name)?);
        for entry in directory.names()? {
            match directory.remove(&entry) {
                Err(Errno::ISDIR | Errno::PERM) => directory.remove_tree(&entry)?,
                removed => removed?,
            }
        }
        fs::unlinkat(self, name, AtFlags::REMOVEDIR)
    }

    pub(super) fn sync(&self) -> Result<(), WriteError> {
        match system::sync(self.as_fd()) {
            // Some file systems cannot sync a directory and say so.
            Ok(()) | Err(Errno::INVAL) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether files get the directory's group (set-group-id), as on a volume with `fsGroup`.
    pub(super) fn gives_group(&self) -> bool {
        self.status().is_ok_and(|status| status.mode & 0o2000 != 0)
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
