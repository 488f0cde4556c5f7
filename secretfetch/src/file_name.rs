//! Which names a file can have: those that Linux takes, without the ones that have a meaning here.

/// What the name of a file in the making starts with.
pub(crate) const STAGING_PREFIX: &str = ".secretfetch-";

/// What it ends with.
#[cfg(feature = "files")]
pub(crate) const STAGING_SUFFIX: &str = ".tmp";

/// The longest file name that Linux file systems take, in bytes (`NAME_MAX`).
const NAME_MAX: usize = 255;

/// Why this cannot be the name of a file to be written, as the end of a sentence.
pub(crate) fn unfit(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("is empty, which no file name is"),
        "." => Some("is the directory itself"),
        ".." => Some("could leave `directory`"),
        _ if name.len() > NAME_MAX => Some("is longer than 255 bytes, the most that a file name has"),
        _ if name.contains('/') => Some("has a `/`, which no file name has"),
        _ if name.contains('\0') => Some("has a NUL, which no file name has"),
        // `..data` and its kin are how the kubelet names generations of a volume.
        _ if name.starts_with("..") => Some("starts with `..`, which is kept for generations"),
        _ if name.starts_with(STAGING_PREFIX) => Some("is kept for files in the making"),
        _ => None,
    }
}
