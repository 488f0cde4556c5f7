//! What a path may lead to, and why it was not read.

use std::fmt;
use std::io;
#[cfg(unix)]
use std::time::Duration;

use crate::bounds::Bytes;

/// How long a pipe may keep silent.
#[cfg(unix)]
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

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
    #[cfg(unix)]
    Silent,
}

impl InputError {
    /// The class of error, as far as it is the system's.
    #[cfg(any(feature = "aws", test))]
    pub(crate) fn kind(&self) -> io::ErrorKind {
        match self {
            InputError::Io(error) => error.kind(),
            #[cfg(unix)]
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
            #[cfg(unix)]
            InputError::Silent => write!(f, "it is a pipe, and nothing came for {} s", PATIENCE.as_secs()),
        }
    }
}

impl From<io::Error> for InputError {
    fn from(error: io::Error) -> Self {
        InputError::Io(error)
    }
}
