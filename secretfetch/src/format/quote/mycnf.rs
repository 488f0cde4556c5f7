//! A value in an option file of MySQL and MariaDB, between double quotes.
//!
//! Source: [Using Option Files](https://dev.mysql.com/doc/refman/8.4/en/option-files.html), and `mysys/my_default.c`: a
//! `#` ends a line unless a quote is open, blanks at the ends are trimmed, the outer quotes are taken off, and then
//! `\b`, `\t`, `\n`, `\r`, `\s`, `\\`, `\"` and `\'` are replaced.

use crate::format::write::escaped;

/// A line is read into a buffer of 4,096 bytes, and the rest of a longer one is a line of its own. What is left is for
/// the option's name.
const LONGEST: usize = 4_000;

pub(in crate::format) fn refuse(text: &str) -> Option<&'static str> {
    if text.contains('\0') {
        return Some("the value has a NUL, where MySQL ends it");
    }
    let mut length = 0;
    write(text, &mut |part| length += part.len());
    (length > LONGEST)
        .then_some("the value is longer than a line of MySQL's option files may be (4,000 bytes, escaped)")
}

pub(in crate::format) fn write(text: &str, out: &mut dyn FnMut(&str)) {
    out("\"");
    escaped(text, out, |_, c, out| {
        match c {
            '"' => out("\\\""),
            '\\' => out("\\\\"),
            '\n' => out("\\n"),
            '\r' => out("\\r"),
            '\t' => out("\\t"),
            '\u{8}' => out("\\b"),
            _ => return false,
        }
        true
    });
    out("\"");
}

#[cfg(test)]
mod tests {
    use super::super::written;
    use super::*;

    #[test]
    fn what_mysql_takes_for_syntax_is_escaped() {
        for (text, line) in [
            ("", r#""""#),
            (" a#b;c ", r#"" a#b;c ""#),
            (r#"it's "x"\n"#, r#""it's \"x\"\\n""#),
            ("a\n\r\t\u{8}b", r#""a\n\r\t\bb""#),
        ] {
            assert_eq!(refuse(text), None, "{text:?}");
            assert_eq!(written(|out| write(text, out)), line);
        }
    }

    #[test]
    fn what_its_buffer_would_cut_is_refused() {
        assert_eq!(refuse(&"x".repeat(LONGEST - 2)), None);
        assert!(refuse(&"x".repeat(LONGEST - 1)).is_some() && refuse(&"\\".repeat(LONGEST / 2)).is_some());
        assert!(refuse("a\0b").is_some());
    }
}
