//! A string literal of standard SQL, as PostgreSQL (with `standard_conforming_strings`, on since 9.1) and SQLite read it.
//! MySQL takes a backslash in it for an escape.
//!
//! Source: [String Constants](https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS),
//! [Literal Values](https://www.sqlite.org/lang_expr.html#literal_values_constants_).

use super::single_quoted;

pub(in crate::format) fn refuse(text: &str) -> Option<&'static str> {
    if text.contains('\0') {
        Some("the value has a NUL, which no text of PostgreSQL can hold, and where SQLite ends it")
    } else if text.contains("\r\n") {
        Some(
            "the value has a carriage return before a newline, which the shell of SQLite takes off every line of a script",
        )
    } else {
        None
    }
}

pub(in crate::format) fn write(text: &str, out: &mut dyn FnMut(&str)) {
    single_quoted(text, "''", out);
}

#[cfg(test)]
mod tests {
    use super::super::written;
    use super::*;

    #[test]
    fn a_quote_is_doubled_and_a_backslash_is_itself() {
        assert_eq!(written(|out| write("it's \\'", out)), "'it''s \\'''");
        assert!(refuse("a\0").is_some() && refuse("a\r\n").is_some());
        assert!(["it's", "\n", "\r", "\n\r"].iter().all(|text| refuse(text).is_none()));
    }
}
