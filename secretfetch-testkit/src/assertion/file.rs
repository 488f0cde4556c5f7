//! Assertions on one file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// How much of a content is shown when it differs, in bytes.
const SHOWN: usize = 60;

/// Starts assertions on the ordinary file at `path` (through symlinks).
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("app.env");
/// # std::fs::write(&path, "A=1\n")?;
/// # std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o440))?;
/// use secretfetch_testkit::assert_file;
/// assert_file(&path).has_content("A=1\n").has_mode(0o440);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Panics
/// If there is no such file; the methods panic if the file is not as they say.
#[track_caller]
pub fn assert_file(path: impl AsRef<Path>) -> FileAssertion {
    let path = path.as_ref().to_owned();
    match fs::metadata(&path) {
        Ok(metadata) => {
            assert!(metadata.is_file(), "{} is not an ordinary file", path.display());
            FileAssertion { path, mode: metadata.permissions().mode() & 0o7777 }
        }
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

/// Assertions on one file, from [`assert_file`]; they can be chained.
#[derive(Debug)]
pub struct FileAssertion {
    path: PathBuf,
    mode: u32,
}

impl FileAssertion {
    /// The file holds exactly these bytes.
    #[track_caller]
    pub fn has_content(&self, expected: impl AsRef<[u8]>) -> &Self {
        let expected = expected.as_ref();
        let actual = match fs::read(&self.path) {
            Ok(actual) => actual,
            Err(error) => panic!("{}: {error}", self.path.display()),
        };
        if actual != expected {
            let at = actual.iter().zip(expected).take_while(|(a, b)| a == b).count();
            let show = |bytes: &[u8]| bytes[at..bytes.len().min(at + SHOWN)].escape_ascii().to_string();
            panic!(
                "{}: the content differs from byte {at} on\n  actual   ({} bytes): …{}\n  expected ({} bytes): …{}",
                self.path.display(),
                actual.len(),
                show(&actual),
                expected.len(),
                show(expected),
            );
        }
        self
    }

    /// The file's permission bits are these, `0o440` for example.
    #[track_caller]
    pub fn has_mode(&self, expected: u32) -> &Self {
        assert!(
            self.mode == expected,
            "{}: the mode is {:04o}, expected {expected:04o}",
            self.path.display(),
            self.mode
        );
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic = "differs from byte 2 on"]
    fn another_content_is_seen() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "A=1").unwrap();
        assert_file(file.path()).has_content("A=");
    }

    #[test]
    #[should_panic = "the mode is 0600, expected 0440"]
    fn another_mode_is_seen() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_file(file.path()).has_mode(0o440);
    }
}
