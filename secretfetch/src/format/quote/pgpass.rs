//! A field of libpq's password file: <https://www.postgresql.org/docs/current/libpq-pgpass.html>.

use crate::format::write::escaped;

/// Why libpq would not get a field back, be it the last of its line.
pub(in crate::format) fn refuse(text: &str) -> Option<&'static str> {
    let is_cut = text.ends_with('\r');
    let cut = is_cut.then_some("the value ends in a carriage return, which libpq drops with the end of the line");
    refuse_inside(text).or(cut)
}

/// The same of a field that another one follows.
pub(in crate::format) fn refuse_inside(text: &str) -> Option<&'static str> {
    if text.contains('\n') {
        Some("the value has a newline, and a password file of libpq has a login on each line")
    } else if text.contains('\0') {
        Some("the value has a NUL, where libpq ends the line")
    } else if text.is_empty() {
        Some("the value is empty, which libpq takes for one that is not given")
    } else {
        None
    }
}

/// A field. A backslash makes any character stand for itself: one in front of `#`, so that the line is no comment, and a
/// lone `*`, so that it does not match everything.
pub(in crate::format) fn field(text: &str, out: &mut dyn FnMut(&str)) {
    let is_any = text == "*";
    escaped(text, out, |at, c, out| {
        match c {
            ':' => out("\\:"),
            '\\' => out("\\\\"),
            '#' if at == 0 => out("\\#"),
            '*' if is_any => out("\\*"),
            _ => return false,
        }
        true
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_escapes_what_ends_it_and_what_means_more() {
        for (text, written) in [
            ("p:w\\d", "p\\:w\\\\d"),
            ("#a#", "\\#a#"),
            ("*", "\\*"),
            ("**", "**"),
            (" a\r ", " a\r "),
            ("it's \"é\"", "it's \"é\""),
        ] {
            assert_eq!((super::super::written(|out| field(text, out)).as_str(), refuse(text)), (written, None));
        }
    }

    #[test]
    fn what_libpq_would_cut_off_is_refused() {
        for text in ["a\nb", "a\0", "a\r", ""] {
            assert!(refuse(text).is_some(), "{text:?}");
        }
        assert_eq!(refuse_inside("a\r"), None);
    }
}
