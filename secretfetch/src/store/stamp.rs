//! Whether a file is still the one that was read.

use std::fs::Metadata;
use std::path::Path;

/// By what a file that has changed is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp(Marks);

/// Its number, its size, and when it was written and changed.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Marks {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// Its size, and when it was written and created: no more is told of it everywhere.
#[cfg(not(unix))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Marks {
    size: u64,
    modified: Option<std::time::SystemTime>,
    created: Option<std::time::SystemTime>,
}

impl Stamp {
    /// None of what is no regular file, and can be read once only.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok().filter(Metadata::is_file)?;
        Some(Stamp(Marks::of(&found)))
    }
}

#[cfg(unix)]
impl Marks {
    fn of(found: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Marks {
            device: found.dev(),
            inode: found.ino(),
            size: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }
}

#[cfg(not(unix))]
impl Marks {
    fn of(found: &Metadata) -> Self {
        Marks { size: found.len(), modified: found.modified().ok(), created: found.created().ok() }
    }
}
