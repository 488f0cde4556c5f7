//! How one value is written where it stands in a text of another grammar, and what cannot stand there: for the formats
//! that write whole files of such a grammar, and for the slots of a template.
//!
//! Each has `refuse`, the reason why its reader would not get a value back, and `write`, which gives a whole token:
//! what is written needs nothing around it.

pub(super) mod base64;
pub(super) mod mycnf;
pub(super) mod netrc;
pub(super) mod nginx;
pub(super) mod pgpass;
pub(super) mod shell;
pub(super) mod sql;
pub(super) mod toml;
pub(super) mod url;
pub(super) mod xml;

/// The digits of `hex_digit`, as the places write them.
pub(super) const LOWER: &str = "0123456789abcdef";
pub(super) const UPPER: &str = "0123456789ABCDEF";

/// The last four bits as text, so that no character of a secret passes through a temporary string.
pub(super) fn hex_digit(number: u32, digits: &'static str) -> &'static str {
    let at = (number & 0xf) as usize;
    &digits[at..=at]
}

#[cfg(test)]
fn written(write: impl Fn(&mut dyn FnMut(&str))) -> String {
    let mut text = String::new();
    write(&mut |part| text.push_str(part));
    text
}
