//! Directories that are created on the way, and who may enter them.

use crate::plan::Owner;
use crate::prepared::Prepared;

/// The permissions and owner of a directory that is created for the files below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ParentAccess {
    pub(super) mode: u32,
    pub(super) owner: Option<Owner>,
}

impl ParentAccess {
    /// Whoever may read a file may reach it: 0750 for what group and owner read, more where a file is for more.
    pub(super) fn of(directory: &str, files: &[&Prepared]) -> Self {
        let mut below = files.iter().filter(|file| file.bytes.is_some() && file.path.is_below(directory)).peekable();
        let first = below.peek().and_then(|file| file.owner);
        let mut access = ParentAccess { mode: 0o750, owner: first };
        for file in below {
            if file.mode.bits() & 0o004 != 0 {
                access.mode |= 0o005;
            }
            if file.owner != first {
                // Several owners: none of them can have the directory, so all of them may pass through it.
                access.owner = None;
                access.mode |= 0o001;
            }
        }
        access
    }
}
