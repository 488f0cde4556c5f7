//! `files`: one file per key, with the value's exact bytes.

use zeroize::Zeroizing;

use crate::entries::{Entries, Flat, Nulls};
use crate::error::{Error, ErrorKind, Result};
use crate::file_name;

pub(super) fn render(entries: &Entries, nulls: Nulls) -> Result<Vec<(String, Zeroizing<Vec<u8>>)>> {
    let (flat, mut errors) = entries.flat(nulls);
    errors.extend(flat.iter().filter_map(|Flat { entry, .. }| {
        let message = format!("{} {}", crate::text::quoted(&entry.name), file_name::unfit(&entry.name)?);
        let failure = entry.failure(ErrorKind::Unrepresentable, message);
        Some(Error::from(failure.with_hint("give it another name under `keys`")))
    }));
    let file = |Flat { entry, text }: Flat<'_>| (entry.name.clone(), Zeroizing::new(text.as_bytes().to_vec()));
    match Error::join(errors) {
        Some(error) => Err(error),
        None => Ok(flat.into_iter().map(file).collect()),
    }
}
