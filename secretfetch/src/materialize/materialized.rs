//! What writing a set of files has come to.

use crate::report::FileOutcome;

/// What became of the files, in the order that they were given, and what the user should know about them.
pub(crate) struct Materialized {
    pub(crate) files: Vec<FileOutcome>,
    pub(crate) notes: Vec<String>,
}
