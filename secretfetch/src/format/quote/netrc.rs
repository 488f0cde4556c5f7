//! A token of a netrc file, as curl (from 7.84 on) and Python (from 3.11 on) both read it:
//! <https://everything.curl.dev/usingcurl/netrc.html>, <https://docs.python.org/3/library/netrc.html>.
//!
//! They share `\\` and `\"` between double quotes and no other escape: after a backslash, curl takes `n` for a newline and
//! Python for the letter. Without quotes a backslash is an escape to Python only.

use crate::format::write::escaped;

/// The longest line, in bytes without its end: curl 7.88 drops one that is longer, and curl 8.23 a file with a longer token.
const LONGEST_LINE: usize = 4094;

/// The longest keyword that a token of ours stands behind, with its blank.
const LONGEST_KEYWORD: usize = "password ".len();

/// Why a reader would not get a token back.
pub(in crate::format) fn refuse(text: &str) -> Option<&'static str> {
    let mut length = LONGEST_KEYWORD;
    token(text, &mut |part| length += part.len());
    if text.contains(['\n', '\r']) {
        Some("the value has a line break, which curl and Python read differently in a netrc file")
    } else if text.contains('\0') {
        Some("the value has a NUL, where curl ends the line")
    } else if length > LONGEST_LINE {
        Some("the value is longer than a line that curl reads of a netrc file")
    } else {
        None
    }
}

/// A token, between quotes where it must be: readers that are older know none.
pub(in crate::format) fn token(text: &str, out: &mut dyn FnMut(&str)) {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    if !text.is_empty() && !text.starts_with('#') && text.bytes().all(is_plain) {
        return out(text);
    }
    out("\"");
    escaped(text, out, |_, c, out| {
        match c {
            '"' => out("\\\""),
            '\\' => out("\\\\"),
            _ => return false,
        }
        true
    });
    out("\"");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_quotes_only_where_it_needs_them() {
        for (text, written) in [
            ("a#b'!", "a#b'!"),
            ("#a", "\"#a\""),
            ("a b", "\"a b\""),
            ("a\"\\n", "\"a\\\"\\\\n\""),
            ("é", "\"é\""),
            ("", "\"\""),
        ] {
            let mut token_written = String::new();
            token(text, &mut |part| token_written.push_str(part));
            assert_eq!((token_written.as_str(), refuse(text)), (written, None));
        }
    }

    #[test]
    fn what_curl_and_python_read_differently_is_refused() {
        for text in ["a\nb", "a\rb", "a\0b", &"x".repeat(4086)] {
            assert!(refuse(text).is_some(), "{text:?}");
        }
        assert_eq!(refuse(&"x".repeat(4085)), None);
    }
}
