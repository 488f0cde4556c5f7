//! A value of TOML on one line: a basic string, or a number that every reader takes.
//!
//! Source: [TOML 1.0.0](https://toml.io/en/v1.0.0), String, Integer, Float.

use super::hex_digit;
use crate::format::write::escaped;

/// A basic string, which holds any text.
pub(in crate::format) fn string(text: &str, out: &mut dyn FnMut(&str)) {
    out("\"");
    escaped(text, out, |_, c, out| {
        match c {
            '"' => out("\\\""),
            '\\' => out("\\\\"),
            '\n' => out("\\n"),
            '\r' => out("\\r"),
            '\t' => out("\\t"),
            '\0'..='\u{1f}' | '\u{7f}' => {
                out("\\u00");
                out(hex_digit(u32::from(c) >> 4, "0123456789abcdef"));
                out(hex_digit(u32::from(c), "0123456789abcdef"));
            }
            _ => return false,
        }
        true
    });
    out("\"");
}

/// Why a JSON number is none that every reader of TOML takes: an integer has 64 bits with its sign, and a float is one of
/// 64 bits. Every other one is the same token in TOML.
pub(in crate::format) fn refuse_number(token: &str) -> Option<&'static str> {
    if !token.contains(['.', 'e', 'E']) {
        return token.parse::<i64>().err().map(|_| "the number is beyond TOML's 64-bit integers");
    }
    let is_finite = token.parse::<f64>().is_ok_and(f64::is_finite);
    (!is_finite).then_some("the number is beyond TOML's 64-bit floats")
}

#[cfg(test)]
mod tests {
    use super::super::written;
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_the_rest_is_itself() {
        let text = "\"\\\n\r\t\u{0}\u{1b}\u{7f}\u{80}é😀";
        assert_eq!(written(|out| string(text, out)), "\"\\\"\\\\\\n\\r\\t\\u0000\\u001b\\u007f\u{80}é😀\"");
    }

    #[test]
    fn numbers_that_some_reader_would_lose_are_refused() {
        for token in ["0", "-0", "9223372036854775807", "1.0", "1e5", "1E-400", "-1.5e+3"] {
            assert_eq!(refuse_number(token), None, "{token}");
        }
        for token in ["9223372036854775808", "1e400", "-1.0E999"] {
            assert!(refuse_number(token).is_some(), "{token}");
        }
    }
}
