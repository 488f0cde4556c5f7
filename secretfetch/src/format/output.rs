use std::fmt;

use zeroize::Zeroizing;

/// What a format makes of entries: one file's bytes, or those of several files by name.
pub struct Output(pub(crate) Vec<(Option<String>, Zeroizing<Vec<u8>>)>);

impl Output {
    pub(super) fn file(bytes: Zeroizing<Vec<u8>>) -> Self {
        Output(vec![(None, bytes)])
    }

    pub(super) fn files(files: Vec<(String, Zeroizing<Vec<u8>>)>) -> Self {
        Output(files.into_iter().map(|(name, bytes)| (Some(name), bytes)).collect())
    }

    /// The bytes of the one file; `None` where the format writes a directory.
    pub fn expose_file(&self) -> Option<&[u8]> {
        match self.0.as_slice() {
            [(None, bytes)] => Some(bytes),
            _ => None,
        }
    }

    /// The bytes of each file; the name of one in a directory.
    pub fn expose_files(&self) -> impl Iterator<Item = (Option<&str>, &[u8])> {
        self.0.iter().map(|(name, bytes)| (name.as_deref(), bytes.as_slice()))
    }
}

/// Names and sizes, and no bytes.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = self.expose_files().map(|(name, bytes)| (name.unwrap_or_default(), bytes.len()));
        f.debug_map().entries(files).finish()
    }
}
