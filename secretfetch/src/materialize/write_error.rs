//! Why the file system refused, in words that name a remedy.

use std::io;
use std::path::Path;

use rustix::io::Errno;

use crate::error::{Error, ErrorKind, Failure};

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("a {0} is in the way")]
    InTheWay(&'static str),
    #[error("it is a mount of its own (a `subPath`), which cannot be replaced")]
    MountPoint,
    /// In a sticky directory, which restricts deletion: unlink(2), EPERM.
    #[error("it is user {owner}'s, and in a sticky directory only that user can replace it")]
    Sticky { owner: u32 },
    /// A directory that another configuration keeps, or a part of it.
    #[error("{what}")]
    NotOurs { what: String, hint: &'static str },
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl From<Errno> for WriteError {
    fn from(errno: Errno) -> Self {
        WriteError::Io(errno.into())
    }
}

impl WriteError {
    /// The error of an `action` on this path.
    pub(super) fn at(&self, path: &Path, action: &str) -> Error {
        let (cause, hint) = self.cause();
        let failure = Failure::new(ErrorKind::CannotWrite, format!("cannot {action}: {cause}")).with_file(path);
        if hint.is_empty() { failure } else { failure.with_hint(hint) }.into()
    }

    /// The error of a step that comes after the files have changed.
    pub(super) fn after_the_change(&self, directory: &Path) -> Error {
        let (cause, _) = self.cause();
        let what =
            format!("the new files are in place, but may be lost in a power cut: cannot sync the directory: {cause}");
        Failure::new(ErrorKind::CannotWrite, what).with_file(directory).with_hint("check the volume").into()
    }

    /// What refused, and what a person can do about it.
    fn cause(&self) -> (String, &'static str) {
        const MOUNT: &str = "mount the directory that it is in (a volume without `subPath`), not the file alone";
        let errno = match self {
            WriteError::InTheWay(_) => return (self.to_string(), "remove it, or give the file another path"),
            WriteError::MountPoint => return (self.to_string(), MOUNT),
            WriteError::Sticky { .. } => {
                return (self.to_string(), "run as that user (`runAsUser`), or take the sticky bit from the directory");
            }
            WriteError::NotOurs { hint, .. } => return (self.to_string(), hint),
            WriteError::Io(error) => error.raw_os_error().map(Errno::from_raw_os_error),
        };
        match errno {
            Some(Errno::ACCESS | Errno::PERM) => (
                format!("permission denied for user {}", rustix::process::geteuid().as_raw()),
                "mount a volume that this user may write (an emptyDir with `fsGroup`)",
            ),
            Some(Errno::ROFS) => {
                ("the file system is read-only".to_owned(), "mount a writable volume there, such as an emptyDir")
            }
            Some(Errno::NOSPC | Errno::DQUOT) => {
                ("no space is left".to_owned(), "raise the volume's size (`sizeLimit` of the emptyDir)")
            }
            Some(Errno::FBIG) => (
                "it is larger than a file of this process may be (RLIMIT_FSIZE)".to_owned(),
                "raise the limit (`ulimit -f`)",
            ),
            Some(Errno::NOTDIR) => {
                ("a file stands where a directory is needed".to_owned(), "remove it, or choose another path")
            }
            Some(Errno::XDEV | Errno::LOOP) => (
                "a symlink on the way leads out of the directory".to_owned(),
                "nothing is written through such a symlink; remove it",
            ),
            Some(Errno::BUSY) => ("it is in use as a mount".to_owned(), MOUNT),
            Some(errno) => (io::Error::from(errno).to_string(), ""),
            None => (self.to_string(), ""),
        }
    }
}
