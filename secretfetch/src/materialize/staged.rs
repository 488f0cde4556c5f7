//! A file in the making: written beside its target under another name, then renamed over it.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{self, AtFlags, Gid, Mode as FileMode, OFlags, Uid};
use rustix::io::Errno;

use super::directory::Directory;
use crate::error::{ErrorKind, Failure};
use crate::file_name::{STAGING_PREFIX, STAGING_SUFFIX};
use crate::plan::{Mode, Owner};

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existing {
    Nothing,
    /// A file or symlink, which a rename replaces.
    File,
    /// Something that is not ours to replace.
    InTheWay(&'static str),
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("a {0} is in the way")]
    InTheWay(&'static str),
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl From<Errno> for WriteError {
    fn from(errno: Errno) -> Self {
        WriteError::Io(errno.into())
    }
}

impl WriteError {
    pub(super) fn failure(&self, path: &Path, action: &str) -> Failure {
        let errno = match self {
            WriteError::InTheWay(_) => None,
            WriteError::Io(error) => error.raw_os_error().map(Errno::from_raw_os_error),
        };
        let (cause, hint) = match errno {
            None => (self.to_string(), "remove it, or give the file another path"),
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
            Some(Errno::NOTDIR) => {
                ("a file stands where a directory is needed".to_owned(), "remove it, or choose another path")
            }
            Some(Errno::XDEV | Errno::LOOP) => (
                "a symlink on the way leads out of the directory".to_owned(),
                "nothing is written through such a symlink; remove it",
            ),
            Some(errno) => (io::Error::from(errno).to_string(), ""),
        };
        let failure = Failure::new(ErrorKind::CannotWrite, format!("cannot {action}: {cause}")).with_file(path);
        if hint.is_empty() { failure } else { failure.with_hint(hint) }
    }
}

/// A complete file under a staging name, removed again unless it is published.
pub(super) struct Staged<'a> {
    directory: &'a Directory,
    name: String,
    published: bool,
}

impl<'a> Staged<'a> {
    /// Writes and syncs the bytes. Mode and owner are set on the descriptor before the content is there.
    pub(super) fn create(
        directory: &'a Directory,
        bytes: &[u8],
        mode: Mode,
        owner: Option<Owner>,
    ) -> Result<Self, WriteError> {
        let (fd, name) = create_unique(directory)?;
        let staged = Staged { directory, name, published: false };
        if let Some(owner) = owner {
            let gid = owner.gid().map(Gid::from_raw);
            fs::fchown(&fd, Some(Uid::from_raw(owner.uid())), gid)?;
        }
        fs::fchmod(&fd, FileMode::from_raw_mode(mode.bits()))?;
        let mut file = File::from(fd);
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(staged)
    }

    /// Moves the file over its target in one step.
    pub(super) fn publish(mut self, name: &str) -> Result<(), WriteError> {
        fs::renameat(self.directory, self.name.as_str(), self.directory, name)?;
        self.published = true;
        Ok(())
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        if !self.published {
            // Nothing more can be done here; the next run removes it.
            let _ = fs::unlinkat(self.directory, self.name.as_str(), AtFlags::empty());
        }
    }
}

/// tempfile chooses the name and tries again on a collision; the file is opened relative to the directory.
fn create_unique(directory: &Directory) -> io::Result<(OwnedFd, String)> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let created = tempfile::Builder::new()
        .prefix(STAGING_PREFIX)
        .suffix(STAGING_SUFFIX)
        .rand_bytes(12)
        .disable_cleanup(true)
        .make_in("", |path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            let fd = fs::openat(directory, name.as_str(), flags, FileMode::from_raw_mode(0o600))?;
            Ok((fd, name))
        })?;
    Ok(created.into_parts().0)
}
