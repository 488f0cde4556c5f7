//! Writing a secret's text: once into a buffer of its size, and with what must be escaped.

use zeroize::Zeroizing;

use crate::bounds::{Bytes, FILE};
use crate::error::{ErrorKind, Failure, Result};

/// Runs `write` twice, to measure and to fill: a buffer that grows leaves copies of a secret behind.
///
/// # Errors
/// [`ErrorKind::Unrepresentable`] for more than a file may have.
pub(super) fn exact_bytes(write: impl Fn(&mut dyn FnMut(&str))) -> Result<Zeroizing<Vec<u8>>> {
    exact_raw_bytes(|out| write(&mut |text| out(text.as_bytes())))
}

/// The same of what need not be a text.
pub(super) fn exact_raw_bytes(write: impl Fn(&mut dyn FnMut(&[u8]))) -> Result<Zeroizing<Vec<u8>>> {
    let mut length = 0;
    write(&mut |part| length += part.len());
    if length as u64 > FILE {
        let what = format!("the file would have {length} bytes, and may have {}", Bytes(FILE));
        return Err(Failure::new(ErrorKind::Unrepresentable, what)
            .with_hint("choose some keys under `keys`, or take fewer secrets into one file")
            .into());
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    write(&mut |part| bytes.extend_from_slice(part));
    Ok(bytes)
}

/// Writes `text` with each character replaced by what `escape` gives for it, in runs.
pub(super) fn escaped(
    text: &str,
    out: &mut dyn FnMut(&str),
    mut escape: impl FnMut(usize, char, &mut dyn FnMut(&str)) -> bool,
) {
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let mut flushed = false;
        let replaced = escape(at, c, &mut |replacement| {
            if !flushed {
                out(&text[plain..at]);
                flushed = true;
            }
            out(replacement);
        });
        if replaced {
            plain = at + c.len_utf8();
        }
    }
    out(&text[plain..]);
}
