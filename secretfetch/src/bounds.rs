//! How much is taken of what others give, and of what comes of it. A run that is over one of these is refused before it
//! has the memory that it would need; docs/configuration.md has them for users.

use std::fmt;

/// The longest configuration, in bytes.
pub(crate) const CONFIG: u64 = 4 << 20;

/// The longest template, in bytes.
pub(crate) const TEMPLATE: u64 = 1 << 20;

/// The longest local store, in bytes.
pub(crate) const LOCAL_STORE: u64 = 16 << 20;

/// The longest bundle of certificates, in bytes; a distribution's has 0.25 MiB.
#[cfg(feature = "aws")]
pub(crate) const CA_BUNDLE: u64 = 8 << 20;

/// The longest token, in bytes; a service account's has about 1 KiB.
#[cfg(feature = "aws")]
pub(crate) const TOKEN: u64 = 64 << 10;

/// The longest profile file, in bytes.
#[cfg(feature = "aws")]
pub(crate) const PROFILES: u64 = 4 << 20;

/// The longest answer to one request, in bytes. Twenty secrets of 64 KiB have 1.3 MiB; where escapes make more of them,
/// they are asked for one by one.
#[cfg(feature = "aws")]
pub(crate) const ANSWER: u64 = 2 << 20;

/// The longest secret that is read as JSON, in bytes, and the longest of a store that has no bound of its own (Secrets
/// Manager's have at most 64 KiB); as it stands, one can be as long as a file.
pub(crate) const SECRET: u64 = 1 << 20;

/// The most values in a secret's JSON; 64 KiB hold 32,768.
pub(crate) const VALUES: usize = 100_000;

/// The longest names of a source's entries, in bytes together: flattening gives a leaf a name as long as its depth.
pub(crate) const NAMES: usize = 2 << 20;

/// The most secrets that one `find` brings.
pub(crate) const FOUND: usize = 10_000;

/// The longest values that one `find` brings, in bytes together; a file has no more either.
pub(crate) const FOUND_BYTES: u64 = 16 << 20;

/// The longest file, in bytes.
pub(crate) const FILE: u64 = 16 << 20;

/// A number of bytes for a person: bounds are whole in one of these units.
pub(crate) struct Bytes(pub(crate) u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => write!(f, "{} MiB", bytes >> 20),
            bytes if bytes >= 1 << 10 && bytes.is_multiple_of(1 << 10) => write!(f, "{} KiB", bytes >> 10),
            bytes => write!(f, "{bytes} bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_told_in_its_unit() {
        let told = [CONFIG, 64 << 10, 1025].map(|bytes| Bytes(bytes).to_string());
        assert_eq!(told, ["4 MiB", "64 KiB", "1025 bytes"]);
    }
}
