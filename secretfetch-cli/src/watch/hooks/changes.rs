//! What a hook is told: the changed paths, and never a value.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

/// The absolute paths of the files that changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes(pub(super) BTreeSet<PathBuf>);

impl Changes {
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// One path a line, if that is no more than `longest` bytes.
    pub(super) fn lines(&self, longest: usize) -> Option<OsString> {
        let paths: Vec<&[u8]> = self.0.iter().map(|path| path.as_os_str().as_bytes()).collect();
        let lines = paths.join(&b'\n');
        (lines.len() <= longest).then(|| OsString::from_vec(lines))
    }

    /// The paths percent-encoded (RFC 3986) and separated by commas, if that is no more than `longest` bytes.
    pub(super) fn encoded(&self, longest: usize) -> Option<String> {
        let mut text = String::new();
        for path in &self.0 {
            if !text.is_empty() {
                text.push(',');
            }
            for &byte in path.as_os_str().as_bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
                    text.push(char::from(byte));
                } else {
                    text.push_str(&format!("%{byte:02X}"));
                }
                if text.len() > longest {
                    return None;
                }
            }
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(paths: &[&str]) -> Changes {
        Changes(paths.iter().map(PathBuf::from).collect())
    }

    #[test]
    fn paths_are_written_so_that_they_can_be_told_apart() {
        let two = changes(&["/s/b,c d%é", "/s/a"]);
        assert_eq!(two.encoded(100).unwrap(), "/s/a,/s/b%2Cc%20d%25%C3%A9");
        assert_eq!(two.lines(100).unwrap(), "/s/a\n/s/b,c d%é");
        assert_eq!(two.count(), 2);
    }

    #[test]
    fn paths_that_do_not_fit_are_left_out_and_not_cut() {
        let one = changes(&["/s/abcd"]);
        assert!(one.encoded(7).is_some() && one.encoded(6).is_none());
        assert!(one.lines(7).is_some() && one.lines(6).is_none());
    }
}
