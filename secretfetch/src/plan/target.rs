//! A path that cannot leave the directory that it is under.

use std::fmt;
use std::path::Path;

use crate::file_name;

/// A relative path of ordinary names: no `..`, no `.`, not absolute, nothing empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RelativePath(String);

impl RelativePath {
    /// Checks the path.
    ///
    /// # Errors
    /// Says in words why the path is refused.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("the path is empty".to_owned());
        }
        if text.starts_with('/') {
            return Err("the path is absolute; it is under `directory`".to_owned());
        }
        if text.len() > 4000 {
            return Err("the path is too long".to_owned());
        }
        for part in text.split('/') {
            if let Some(reason) = file_name::unfit(part) {
                return Err(format!("the path's part {} {reason}", crate::text::quoted(part)));
            }
        }
        Ok(RelativePath(text.to_owned()))
    }

    /// The directory itself, which the files of `format: files` may be put in.
    pub(crate) fn root() -> Self {
        RelativePath(String::new())
    }

    /// A file below this path.
    pub(crate) fn join(&self, name: &str) -> Result<Self, String> {
        if self.0.is_empty() { RelativePath::new(name) } else { RelativePath::new(&format!("{self}/{name}")) }
    }

    /// The path.
    pub(crate) fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }

    /// The path as a message has it: that of the directory itself is a dot.
    pub(crate) fn shown(&self) -> &Path {
        if self.0.is_empty() { Path::new(".") } else { self.as_path() }
    }

    /// The path as a text, of which each path has one: cheaper to compare than its components are.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The path, and the directories that it is in, the deepest first.
    pub(crate) fn and_above(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.as_str()), |path| path.rsplit_once('/').map(|(directory, _)| directory))
    }

    /// Whether it lies in this directory, or deeper; every path lies in the empty one.
    #[cfg(feature = "files")]
    pub(crate) fn is_below(&self, directory: &str) -> bool {
        directory.is_empty() || self.0.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The first name of the path.
    #[cfg(feature = "files")]
    pub(crate) fn first(&self) -> &str {
        self.0.split_once('/').map_or(&self.0, |(first, _)| first)
    }

    /// The directories on the way, and the name at the end.
    #[cfg(any(feature = "files", test))]
    pub(crate) fn split(&self) -> (&str, &str) {
        self.0.rsplit_once('/').unwrap_or(("", &self.0))
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_leave_its_directory() {
        for text in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a/", "..data/x", "a\0", ".secretfetch-x"] {
            assert!(RelativePath::new(text).is_err(), "{text:?}");
        }
        assert_eq!(RelativePath::new("a/b.env").unwrap().split(), ("a", "b.env"));
        assert_eq!(RelativePath::new("b.env").unwrap().split(), ("", "b.env"));
        assert!(RelativePath::new("a/b/c").unwrap().and_above().eq(["a/b/c", "a/b", "a"]));
    }
}
