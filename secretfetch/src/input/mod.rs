//! Files that others leave for us: read up to a bound, and without waiting for what never comes.

mod error;
#[cfg(any(not(unix), test))]
mod portable;
#[cfg(unix)]
mod unix;

use std::io;
use std::path::Path;

use zeroize::Zeroizing;

pub(crate) use error::{InputError, Kind};
#[cfg(all(not(unix), feature = "aws"))]
pub(crate) use portable::check;
#[cfg(not(unix))]
pub(crate) use portable::read;
#[cfg(all(unix, feature = "aws"))]
pub(crate) use unix::check;
#[cfg(unix)]
pub(crate) use unix::read;

/// The text of a file, which may be a secret, at most `longest` bytes of it.
pub(crate) fn read_text(path: &Path, longest: u64, kind: Kind) -> Result<Zeroizing<String>, InputError> {
    String::from_utf8(read(path, longest, kind)?).map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        InputError::Io(io::ErrorKind::InvalidData.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("a");
        // Around the room that is made at first for what has no size.
        let block = 16 << 10;
        for length in [0, 1, block - 1, block, block + 1, 3 * block] {
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
}
