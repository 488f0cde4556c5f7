//! By descriptors, which can be asked whether there is something to read.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Instant;

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{self, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::error::{InputError, Kind, PATIENCE};

/// What there is room for at first, in bytes, where the size is not known.
const BLOCK: usize = 16 << 10;

impl From<Errno> for InputError {
    fn from(errno: Errno) -> Self {
        InputError::Io(errno.into())
    }
}

/// The bytes of a file, at most `longest` of them.
pub(crate) fn read(path: &Path, longest: u64, kind: Kind) -> Result<Vec<u8>, InputError> {
    // A FIFO without a writer would hold the open already.
    let fd = fs::open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    let size = check_open(&fd, longest, kind)?;
    let capacity = size.map_or(BLOCK, |size| usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1));
    // Once for a file that does not grow, so that no copy of what may be secret is left behind.
    let mut bytes = Vec::with_capacity(capacity);
    loop {
        if size.is_none() {
            wait(&fd)?;
        }
        if bytes.len() as u64 > longest {
            return Err(InputError::TooLarge(longest));
        }
        bytes.reserve(1);
        match rustix::io::read(&fd, spare_capacity(&mut bytes)) {
            Ok(0) => return Ok(bytes),
            Ok(_) | Err(Errno::INTR | Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether a file that another part of the program reads is one, and not too long; one that is not there is no error.
#[cfg(feature = "aws")]
pub(crate) fn check(path: &Path, longest: u64) -> Result<(), InputError> {
    match fs::stat(path) {
        Ok(stat) => check_stat(&stat, longest, Kind::File).map(drop),
        // Whoever reads it tells.
        Err(_) => Ok(()),
    }
}

fn check_open(fd: &OwnedFd, longest: u64, kind: Kind) -> Result<Option<u64>, InputError> {
    check_stat(&fs::fstat(fd)?, longest, kind)
}

/// The size of a regular file, none of a pipe.
fn check_stat(stat: &fs::Stat, longest: u64, kind: Kind) -> Result<Option<u64>, InputError> {
    let what = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {
            let size = u64::try_from(stat.st_size).unwrap_or_default();
            return if size > longest { Err(InputError::TooLarge(longest)) } else { Ok(Some(size)) };
        }
        FileType::Fifo | FileType::CharacterDevice | FileType::Socket if kind == Kind::FileOrPipe => return Ok(None),
        FileType::Directory => "directory",
        FileType::Fifo => "FIFO",
        FileType::Socket => "socket",
        _ => "device",
    };
    Err(InputError::NotAFile(what))
}

/// Waits until there is something to read, or the last writer has gone.
fn wait(fd: &OwnedFd) -> Result<(), InputError> {
    let end = Instant::now() + PATIENCE;
    loop {
        let left = Timespec::try_from(end.saturating_duration_since(Instant::now())).map_err(|_| InputError::Silent)?;
        match poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(&left)) {
            Ok(0) => return Err(InputError::Silent),
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_no_file_is_refused_without_waiting() {
        let temporary = tempfile::tempdir().unwrap();
        let fifo = temporary.path().join("fifo");
        fs::mknodat(fs::CWD, &fifo, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        assert!(matches!(read(&fifo, 9, Kind::File), Err(InputError::NotAFile("FIFO"))));
        assert!(matches!(read(temporary.path(), 9, Kind::FileOrPipe), Err(InputError::NotAFile("directory"))));
        assert!(matches!(read(Path::new("/dev/zero"), 9, Kind::File), Err(InputError::NotAFile("device"))));
        // Endless, and read no further than it may be.
        assert!(matches!(read(Path::new("/dev/zero"), 9, Kind::FileOrPipe), Err(InputError::TooLarge(9))));
    }

    #[test]
    fn a_pipe_is_read_to_its_end_though_its_writer_is_slow() {
        let temporary = tempfile::tempdir().unwrap();
        let fifo = temporary.path().join("fifo");
        fs::mknodat(fs::CWD, &fifo, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut writer = std::fs::OpenOptions::new().write(true).open(&fifo).unwrap();
                for part in ["a", "b"] {
                    writer.write_all(part.as_bytes()).unwrap();
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
            assert_eq!(read(&fifo, 9, Kind::FileOrPipe).unwrap(), b"ab");
        });
    }
}
