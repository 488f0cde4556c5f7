//! A parameter of a directive of nginx, between double quotes.
//!
//! Source: `ngx_conf_read_token` in `src/core/ngx_conf_file.c`: between quotes `\"`, `\'` and `\\` are the second
//! character, `\t`, `\r` and `\n` what they are in C, and any other backslash stays.

use super::double_quoted;

/// nginx reads a configuration through a buffer of 4,096 bytes, which must hold a parameter with its first quote.
const LONGEST: usize = 4_096;

pub(in crate::format) fn refuse(text: &str) -> Option<&'static str> {
    if text.contains('$') {
        return Some("the value has a `$`, which nginx takes for a variable wherever it knows them, and cannot escape");
    }
    if text.contains('\0') {
        return Some("the value has a NUL, where parts of nginx end a text");
    }
    let mut length = 0;
    write(text, &mut |part| length += part.len());
    (length > LONGEST).then_some("the value is longer than a parameter of nginx may be (4,096 bytes, quoted)")
}

pub(in crate::format) fn write(text: &str, out: &mut dyn FnMut(&str)) {
    double_quoted(text, out, |_, _| false);
}

#[cfg(test)]
mod tests {
    use super::super::written;
    use super::*;

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        assert_eq!(written(|out| write("it's \"x\"; {a} \\n\n#", out)), r##""it's \"x\"; {a} \\n\n#""##);
    }

    #[test]
    fn a_variable_cannot_be_written_and_too_much_is_not_read() {
        for text in ["a$b", "$", "a\0b", &"x".repeat(LONGEST)] {
            assert!(refuse(text).is_some());
        }
        assert_eq!(refuse(&"x".repeat(LONGEST - 2)), None);
    }
}
