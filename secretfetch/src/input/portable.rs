//! With the standard library alone: a pipe that keeps silent is waited for.

use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::Path;

use super::error::{InputError, Kind};

/// The bytes of a file, at most `longest` of them.
pub(crate) fn read(path: &Path, longest: u64, kind: Kind) -> Result<Vec<u8>, InputError> {
    // Before it is opened: Windows opens no directory, and says only that access is denied.
    let size = check_metadata(&std::fs::metadata(path)?, longest, kind)?;
    let file = File::open(path)?;
    // Once for a file that does not grow, so that no copy of what may be secret is left behind.
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1));
    file.take(longest.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest { Err(InputError::TooLarge(longest)) } else { Ok(bytes) }
}

/// Whether a file that another part of the program reads is one, and not too long; one that is not there is no error.
#[cfg(all(not(unix), feature = "aws"))]
pub(crate) fn check(path: &Path, longest: u64) -> Result<(), InputError> {
    // Whoever reads it tells.
    std::fs::metadata(path).map_or(Ok(()), |found| check_metadata(&found, longest, Kind::File).map(drop))
}

fn check_metadata(found: &Metadata, longest: u64, kind: Kind) -> Result<u64, InputError> {
    match found.len() {
        _ if found.is_dir() => Err(InputError::NotAFile("directory")),
        _ if !found.is_file() && kind != Kind::FileOrPipe => Err(InputError::NotAFile("device")),
        size if found.is_file() && size > longest => Err(InputError::TooLarge(longest)),
        size => Ok(size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound_and_a_directory_is_none() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("a");
        for length in [0, 1, 9000] {
            std::fs::write(&path, vec![b'x'; length]).unwrap();
            assert_eq!(read(&path, length as u64, Kind::File).unwrap().len(), length);
            if length > 0 {
                assert!(matches!(read(&path, length as u64 - 1, Kind::File), Err(InputError::TooLarge(_))));
            }
        }
        assert!(matches!(read(temporary.path(), 9, Kind::FileOrPipe), Err(InputError::NotAFile("directory"))));
        assert!(matches!(read(&temporary.path().join("b"), 9, Kind::File), Err(InputError::Io(_))));
        #[cfg(unix)]
        {
            let device = Path::new("/dev/zero");
            assert!(matches!(read(device, 9, Kind::File), Err(InputError::NotAFile("device"))));
            // Endless, and read no further than it may be.
            assert!(matches!(read(device, 9, Kind::FileOrPipe), Err(InputError::TooLarge(9))));
        }
    }
}
