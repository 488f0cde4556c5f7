//! TOML 1.0's tokens: <https://toml.io/en/v1.0.0>.

use super::{UPPER, double_quoted, hex_digit};

/// A basic string. Controls of the second block, line separators and noncharacters are escaped as well: they are legal as
/// they stand, and what an editor shows is then what is there.
pub(in crate::format) fn string(text: &str, out: &mut dyn FnMut(&str)) {
    double_quoted(text, out, |c, out| {
        match c {
            '\u{8}' => out("\\b"),
            '\u{c}' => out("\\f"),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => {
                out("\\u00");
                out(hex_digit(u32::from(c) >> 4, UPPER));
                out(hex_digit(u32::from(c), UPPER));
            }
            '\u{2028}' => out("\\u2028"),
            '\u{2029}' => out("\\u2029"),
            '\u{feff}' => out("\\uFEFF"),
            '\u{fffe}' => out("\\uFFFE"),
            '\u{ffff}' => out("\\uFFFF"),
            _ => return false,
        }
        true
    });
}

/// A bare key where the characters allow one, else a quoted one.
pub(in crate::format) fn key(name: &str, out: &mut dyn FnMut(&str)) {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !name.is_empty() && name.bytes().all(is_bare) { out(name) } else { string(name, out) }
}

/// Why a JSON number is no TOML number. Every JSON token is one of TOML's too, but readers hold integers in 64 bits and
/// floats in a double.
pub(in crate::format) fn refuse_number(token: &str) -> Option<&'static str> {
    if token.contains(['.', 'e', 'E']) {
        let is_finite = token.parse::<f64>().is_ok_and(f64::is_finite);
        (!is_finite).then_some("the number is beyond a 64-bit float, the largest that TOML has")
    } else {
        token
            .parse::<i64>()
            .is_err()
            .then_some("the number is beyond a signed 64-bit integer, the largest that TOML has")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::quote::written;

    #[test]
    fn a_string_is_on_one_line_and_escapes_what_toml_forbids() {
        assert_eq!(
            written(|out| string("a\"\\\n\r\t\u{8}\u{c}\0\u{7f}é😀'", out)),
            r#""a\"\\\n\r\t\b\f\u0000\u007Fé😀'""#
        );
    }

    #[test]
    fn a_key_is_bare_only_of_ascii_letters_digits_and_dashes() {
        for (name, key_written) in
            [("a-B_1", "a-B_1"), ("", "\"\""), ("a.b", "\"a.b\""), ("é", "\"é\""), ("1", "1"), ("true", "true")]
        {
            assert_eq!(written(|out| key(name, out)), key_written);
        }
    }

    #[test]
    fn numbers_that_no_reader_holds_are_told() {
        for token in ["0", "-0", "1.0", "1e5", "-1.5E-7", "9223372036854775807", "-9223372036854775808"] {
            assert_eq!(refuse_number(token), None, "{token}");
        }
        for token in ["9223372036854775808", "-9223372036854775809", "1e400", "-1.0e999"] {
            assert!(refuse_number(token).is_some(), "{token}");
        }
    }
}
