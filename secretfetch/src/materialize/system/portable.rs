//! With what POSIX and macOS have: names one at a time, no symlink followed, and a mount known by its device.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{self, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

#[cfg(any(not(target_os = "linux"), test))]
use super::hold::Hold;

/// How a directory is opened.
pub(in super::super) const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Whether the file system, or the system, has no such call.
pub(in super::super) fn is_unsupported(error: Errno) -> bool {
    // The last two are one number on Linux, and two on macOS.
    [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP, Errno::NOTSUP].contains(&error)
}

/// Opens a directory right below this one; no symlink is followed.
pub(in super::super) fn open_directory(directory: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, Errno> {
    fs::openat(directory, name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty())
}

/// The same: where nothing says whether a symlink leads out, none is followed.
pub(in super::super) fn open_beneath(directory: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, Errno> {
    open_directory(directory, name)
}

/// Opens a directory of the same file system; no symlink is followed.
pub(in super::super) fn open_in_this_mount(directory: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, Errno> {
    let opened = open_directory(directory, name)?;
    let (ours, its) = (fs::fstat(directory)?.st_dev, fs::fstat(&opened)?.st_dev);
    if ours == its { Ok(opened) } else { Err(Errno::XDEV) }
}

/// Opens the directory that this one is in; without O_PATH the right to read it is needed.
#[cfg(any(not(target_os = "linux"), test))]
pub(in super::super) fn open_above(directory: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    fs::openat(directory, "..", DIRECTORY, Mode::empty())
}

/// Gives something a name that nothing has (renameat2, renameatx_np).
pub(in super::super) fn rename_new(directory: BorrowedFd<'_>, from: &str, to: &Path) -> Result<(), Errno> {
    fs::renameat_with(directory, from, directory, to, RenameFlags::NOREPLACE)
}

/// Swaps two names in one step.
pub(in super::super) fn exchange(directory: BorrowedFd<'_>, one: &str, other: &str) -> Result<(), Errno> {
    fs::renameat_with(directory, one, directory, other, RenameFlags::EXCHANGE)
}

#[cfg(any(not(target_os = "linux"), test))]
pub(in super::super) fn hold(directory: BorrowedFd<'_>, name: &str) -> Hold {
    // Nothing there: then what is done with it tells.
    let Ok(found) = fs::statat(directory, name, fs::AtFlags::SYMLINK_NOFOLLOW) else { return Hold::default() };
    Hold {
        is_mount: fs::fstat(directory).is_ok_and(|above| above.st_dev != found.st_dev),
        is_marked: is_marked(&found),
    }
}

/// By the flags of chflags(2): UF_IMMUTABLE, UF_APPEND, SF_IMMUTABLE, SF_APPEND of macOS's <sys/stat.h>.
#[cfg(target_os = "macos")]
fn is_marked(found: &fs::Stat) -> bool {
    found.st_flags & (0x2 | 0x4 | 0x2_0000 | 0x4_0000) != 0
}

#[cfg(all(not(target_os = "macos"), any(not(target_os = "linux"), test)))]
fn is_marked(_found: &fs::Stat) -> bool {
    false
}

/// To the medium: fsync(2) of macOS leaves the bytes in the drive's cache.
#[cfg(target_os = "macos")]
pub(in super::super) fn sync(directory: BorrowedFd<'_>) -> Result<(), Errno> {
    match fs::fcntl_fullfsync(directory) {
        // Some file systems, network ones for example, have only the other.
        Err(error) if is_unsupported(error) || error == Errno::NOTTY => fs::fsync(directory),
        synced => synced,
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn no_symlink_is_followed_and_no_other_file_system_entered() {
        let temporary = tempfile::tempdir().unwrap();
        std::fs::create_dir(temporary.path().join("real")).unwrap();
        symlink("real", temporary.path().join("within")).unwrap();
        symlink("/", temporary.path().join("out")).unwrap();
        let directory = fs::open(temporary.path(), DIRECTORY, Mode::empty()).unwrap();
        let directory = directory.as_fd();
        assert!(open_beneath(directory, "real").is_ok());
        assert!(open_in_this_mount(directory, "real").is_ok());
        for name in ["within", "out"] {
            assert!(matches!(open_beneath(directory, name), Err(Errno::NOTDIR | Errno::LOOP)), "{name}");
        }
        assert_eq!(hold(directory, "real"), Hold::default());
        assert_eq!(hold(directory, "missing"), Hold::default());
        let root = fs::open("/", DIRECTORY, Mode::empty()).unwrap();
        assert_eq!(open_in_this_mount(root.as_fd(), "proc").unwrap_err(), Errno::XDEV);
        assert!(hold(root.as_fd(), "proc").is_mount);
        let (above, known) = (open_above(directory).unwrap(), fs::stat(temporary.path().parent().unwrap()).unwrap());
        assert_eq!(fs::fstat(&above).unwrap().st_ino, known.st_ino);
    }
}
