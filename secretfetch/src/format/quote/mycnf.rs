//! A value of an option file of MySQL and MariaDB: <https://dev.mysql.com/doc/refman/8.4/en/option-files.html>.
//!
//! Their parsers are one by descent. They drop what follows a `#` outside quotes before they look for the value's ends, so
//! that it always has quotes.

use super::double_quoted;

/// The longest line, in bytes without its end: both parsers take it in pieces of this size.
const LONGEST_LINE: usize = 4094;

/// The longest name that a value of ours stands behind, with its `=`.
const LONGEST_NAME: usize = "password=".len();

/// Why a client would not get a value back.
pub(in crate::format) fn refuse(text: &str) -> Option<&'static str> {
    let mut length = LONGEST_NAME;
    value(text, &mut |part| length += part.len());
    if text.contains('\0') {
        Some("the value has a NUL, where MySQL's client ends the line")
    } else if length > LONGEST_LINE {
        Some("the value is longer than a line of an option file can be")
    } else {
        None
    }
}

/// A value in double quotes.
pub(in crate::format) fn value(text: &str, out: &mut dyn FnMut(&str)) {
    double_quoted(text, out, |c, out| {
        let is_backspace = c == '\u{8}';
        if is_backspace {
            out("\\b");
        }
        is_backspace
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_on_one_line_with_its_quotes_escaped() {
        let mut written = String::new();
        value("#a' \"\\s\n\r\t\u{8}é", &mut |part| written.push_str(part));
        assert_eq!(written, r##""#a' \"\\s\n\r\t\bé""##);
    }

    #[test]
    fn a_line_is_as_long_as_the_parsers_read() {
        assert_eq!(refuse(&"x".repeat(4083)), None);
        assert!(refuse(&"x".repeat(4084)).is_some());
        assert!(refuse(&"\\".repeat(2042)).is_some());
        assert!(refuse("a\0b").is_some());
    }
}
