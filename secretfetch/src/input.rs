//! Files that others leave for us: read up to a bound, and without waiting for what never comes.

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{self, FileType, Mode, OFlags};
use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::bounds::Bytes;

/// How long a pipe may keep silent.
const PATIENCE: Duration = Duration::from_secs(60);

/// What there is room for at first, in bytes, where the size is not known.
const BLOCK: usize = 16 << 10;

/// What a path may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file.
    #[cfg(any(feature = "aws", test))]
    File,
    /// A pipe as well: a shell's `<(…)`, `/dev/stdin`.
    FileOrPipe,
}

/// Why an input was not read.
#[derive(Debug)]
pub(crate) enum InputError {
    Io(io::Error),
    NotAFile(&'static str),
    TooLarge(u64),
    Silent,
}

impl InputError {
    /// The class of error, as far as it is the system's.
    #[cfg(any(feature = "aws", test))]
    pub(crate) fn kind(&self) -> io::ErrorKind {
        match self {
            InputError::Io(error) => error.kind(),
            InputError::Silent => io::ErrorKind::TimedOut,
            InputError::NotAFile(_) | InputError::TooLarge(_) => io::ErrorKind::InvalidInput,
        }
    }
}

/// The end of a sentence that begins "cannot read …: ".
impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InputError::Io(error) if error.kind() == io::ErrorKind::NotFound => f.write_str("no such file"),
            InputError::Io(error) => write!(f, "{}", error.kind()),
            InputError::NotAFile(what) => write!(f, "it is a {what}, not a file"),
            InputError::TooLarge(bytes) => write!(f, "it has more than {}", Bytes(*bytes)),
            InputError::Silent => write!(f, "it is a pipe, and nothing came for {} s", PATIENCE.as_secs()),
        }
    }
}

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

/// The same as text, which may be a secret.
pub(crate) fn read_text(path: &Path, longest: u64, kind: Kind) -> Result<Zeroizing<String>, InputError> {
    String::from_utf8(read(path, longest, kind)?).map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        InputError::Io(io::ErrorKind::InvalidData.into())
    })
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

    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("a");
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            std::fs::write(&path, vec![b'x'; length]).unwrap();
            assert_eq!(read(&path, length as u64, Kind::File).unwrap().len(), length);
            if length > 0 {
                let error = read(&path, length as u64 - 1, Kind::File).unwrap_err();
                assert!(matches!(error, InputError::TooLarge(_)), "{error}");
            }
        }
        assert_eq!(InputError::TooLarge(4 << 20).to_string(), "it has more than 4 MiB");
        std::fs::write(&path, b"\xff").unwrap();
        assert_eq!(read_text(&path, 9, Kind::File).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

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
            assert_eq!(read_text(&fifo, 9, Kind::FileOrPipe).unwrap().as_str(), "ab");
        });
    }
}
