//! How one value is written where it stands in a text of another grammar, and what cannot stand there: for the formats
//! that write whole files of such a grammar, and for the slots of a template.
//!
//! Each has `refuse`, the reason why its reader would not get a value back, and `write`, which gives a whole token:
//! what is written needs nothing around it.

use super::write::escaped;

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

/// Between double quotes: a backslash stands before one, before another and for the usual controls. `others` writes what the
/// place escapes beside them, and answers whether it has.
pub(super) fn double_quoted(
    text: &str,
    out: &mut dyn FnMut(&str),
    mut others: impl FnMut(char, &mut dyn FnMut(&str)) -> bool,
) {
    out("\"");
    escaped(text, out, |_, c, out| {
        match c {
            '"' => out("\\\""),
            '\\' => out("\\\\"),
            '\n' => out("\\n"),
            '\r' => out("\\r"),
            '\t' => out("\\t"),
            _ => return others(c, out),
        }
        true
    });
    out("\"");
}

/// Between single quotes, of which one in the text is written as `quote`.
pub(super) fn single_quoted(text: &str, quote: &str, out: &mut dyn FnMut(&str)) {
    out("'");
    escaped(text, out, |_, c, out| {
        let is_quote = c == '\'';
        if is_quote {
            out(quote);
        }
        is_quote
    });
    out("'");
}

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
