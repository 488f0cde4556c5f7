//! Assertions on what a program left behind: text without secrets, files, directories.

pub(crate) mod directory;
pub(crate) mod file;
pub(crate) mod leak;
