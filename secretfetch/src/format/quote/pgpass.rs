//! A field of a line of PostgreSQL's password file.
//!
//! Source: [The Password File](https://www.postgresql.org/docs/current/libpq-pgpass.html), and `passwordFromFile` in
//! `src/interfaces/libpq/fe-connect.c`: a backslash takes the next character as it is; a line that begins with `#` is a
//! comment; a field that is `*` matches anything; carriage returns before the newline are taken off.

use crate::format::write::escaped;

pub(in crate::format) fn refuse(text: &str) -> Option<&'static str> {
    if text.contains('\n') {
        Some("the value has a newline, which ends a line of the password file")
    } else if text.contains('\0') {
        Some("the value has a NUL, where libpq ends it")
    } else if text.ends_with('\r') {
        Some("the value ends with a carriage return, which libpq takes off a line's end")
    } else {
        None
    }
}

pub(in crate::format) fn write(text: &str, out: &mut dyn FnMut(&str)) {
    escaped(text, out, |at, c, out| {
        match c {
            ':' => out("\\:"),
            '\\' => out("\\\\"),
            '#' if at == 0 => out("\\#"),
            '*' if at == 0 => out("\\*"),
            _ => return false,
        }
        true
    });
}

#[cfg(test)]
mod tests {
    use super::super::written;
    use super::*;

    #[test]
    fn a_field_ends_at_its_own_colon_only() {
        for (text, field) in
            [("a:b\\", "a\\:b\\\\"), ("#a#", "\\#a#"), ("*", "\\*"), ("a*", "a*"), ("", ""), (" ", " ")]
        {
            assert_eq!(refuse(text), None);
            assert_eq!(written(|out| write(text, out)), field);
        }
    }

    #[test]
    fn what_ends_a_line_is_refused() {
        assert!(["a\nb", "\0", "a\r"].iter().all(|text| refuse(text).is_some()));
        assert_eq!(refuse("a\rb"), None);
    }
}
