//! One value as a token of the place where it stands: a file's format is made of such tokens.

pub(crate) mod mycnf;
pub(crate) mod netrc;
pub(crate) mod pgpass;
pub(crate) mod toml;
