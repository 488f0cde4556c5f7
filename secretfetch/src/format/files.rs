//! `files`: one file per key, with the value's exact bytes.

use zeroize::Zeroizing;

use crate::entries::{Entries, Flat, Nulls};
use crate::error::{Error, ErrorKind, Result};

/// The longest file name that Linux file systems take, in bytes (`NAME_MAX`).
const NAME_MAX: usize = 255;

pub(super) fn render(entries: &Entries, nulls: Nulls) -> Result<Vec<(String, Zeroizing<Vec<u8>>)>> {
    let (flat, mut errors) = entries.flat(nulls);
    errors.extend(flat.iter().filter_map(|Flat { entry, .. }| {
        let message = format!("{} {}", crate::text::quoted(&entry.name), unfit(&entry.name)?);
        let failure = entry.failure(ErrorKind::Unrepresentable, message);
        Some(Error::from(failure.with_hint("give it another name under `keys`")))
    }));
    let file = |Flat { entry, text }: Flat<'_>| (entry.name.clone(), Zeroizing::new(text.as_bytes().to_vec()));
    match Error::join(errors) {
        Some(error) => Err(error),
        None => Ok(flat.into_iter().map(file).collect()),
    }
}

/// Why a name cannot be that of a file in the directory.
fn unfit(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("is empty, which no file name is"),
        "." | ".." => Some("is a directory, not a file name"),
        _ if name.len() > NAME_MAX => Some("is longer than 255 bytes, the most that a file name has"),
        _ if name.contains('/') => Some("has a `/`, which no file name has"),
        _ if name.contains('\0') => Some("has a NUL, which no file name has"),
        // `..data` and its kin are the kubelet's, and `.secretfetch-` is ours.
        _ if name.starts_with("..") => Some("starts with `..`, which is kept for the layout of generations"),
        _ if name.starts_with(crate::materialize::STAGING_PREFIX) => Some("is kept for files in the making"),
        _ => None,
    }
}
