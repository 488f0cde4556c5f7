//! Assertions on what a program asked for, and on what it left behind: text without secrets, files, directories.

pub(crate) mod directory;
pub(crate) mod file;
pub(crate) mod leak;
pub(crate) mod requests;
