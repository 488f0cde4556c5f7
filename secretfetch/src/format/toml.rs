//! `toml`: TOML 1.0, a table for each object, and within an array an inline one.
//!
//! A table's own values stand before its tables, since what follows a header belongs to it; but for that the order is the
//! secret's. Strings are always basic ones on one line.

use zeroize::Zeroizing;

use super::quote::toml::{key, refuse_number, string};
use super::write::exact_bytes;
use crate::entries::{Entries, Entry, Nulls};
use crate::error::{Error, ErrorKind, Result};
use crate::json::Value;

pub(super) fn render(entries: &Entries, nulls: Nulls) -> Result<Zeroizing<Vec<u8>>> {
    if let Some(error) = Error::join(entries.iter().filter_map(|entry| refusal(entry, nulls).map(Error::from))) {
        return Err(error);
    }
    let members: Vec<(&str, &Value)> = entries.iter().map(|entry| (entry.name.as_str(), &entry.value)).collect();
    exact_bytes(|out| Document { nulls, is_empty: true, out }.table(&mut Vec::new(), &members))
}

/// Why an entry cannot be written, and what to do.
fn refusal(entry: &Entry, nulls: Nulls) -> Option<crate::Failure> {
    let (reason, hint) = unfit(&entry.value, nulls)?;
    Some(entry.failure(ErrorKind::Unrepresentable, reason).with_hint(hint))
}

fn unfit(value: &Value, nulls: Nulls) -> Option<(&'static str, &'static str)> {
    match value {
        Value::Number(token) => Some((refuse_number(token)?, "make it a string in the secret, between quotes")),
        Value::Null if nulls == Nulls::Refuse => Some((
            "the value is null, or has null in it, which TOML does not know",
            "`nulls: omit` leaves it out, `nulls: empty` writes an empty string",
        )),
        // To leave it out would move those after it.
        Value::Array(items) if nulls == Nulls::Omit && items.iter().any(|item| matches!(item, Value::Null)) => Some((
            "there is null in an array, where it cannot be left out",
            "`nulls: empty` writes an empty string; or change the value in the secret",
        )),
        Value::Array(items) => items.iter().find_map(|item| unfit(item, nulls)),
        Value::Object(members) => members.iter().find_map(|(_, value)| unfit(value, nulls)),
        _ => None,
    }
}

struct Document<'a> {
    nulls: Nulls,
    /// Whether nothing is written yet.
    is_empty: bool,
    out: &'a mut dyn FnMut(&str),
}

impl Document<'_> {
    /// The members of the table at this path: its values, and then each of its tables with a header.
    fn table<'v>(&mut self, path: &mut Vec<&'v str>, members: &[(&'v str, &'v Value)]) {
        let (tables, values): (Vec<_>, Vec<_>) =
            members.iter().filter(|(_, value)| has_place(value, self.nulls)).partition(|(_, value)| is_table(value));
        // Of a table that has only tables theirs are enough.
        if !path.is_empty() && (tables.is_empty() || !values.is_empty()) {
            self.header(path);
        }
        for (name, value) in values {
            key(name, self.out);
            (self.out)(" = ");
            self.value(value);
            (self.out)("\n");
            self.is_empty = false;
        }
        for (name, value) in tables {
            let Value::Object(members) = value else { continue };
            path.push(name);
            self.table(path, &members.iter().map(|(name, value)| (name.as_str(), value)).collect::<Vec<_>>());
            path.pop();
        }
    }

    fn header(&mut self, path: &[&str]) {
        (self.out)(if self.is_empty { "[" } else { "\n[" });
        for (index, name) in path.iter().enumerate() {
            if index > 0 {
                (self.out)(".");
            }
            key(name, self.out);
        }
        (self.out)("]\n");
        self.is_empty = false;
    }

    /// What stands after `=` or in an array.
    fn value(&mut self, value: &Value) {
        match value {
            // Where it is not refused and not left out.
            Value::Null => (self.out)("\"\""),
            Value::Bool(true) => (self.out)("true"),
            Value::Bool(false) => (self.out)("false"),
            Value::Number(token) => (self.out)(token),
            Value::String(text) => string(text, self.out),
            Value::Array(items) => {
                (self.out)("[");
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        (self.out)(", ");
                    }
                    self.value(item);
                }
                (self.out)("]");
            }
            Value::Object(members) => {
                (self.out)("{");
                let mut before = " ";
                let nulls = self.nulls;
                for (name, value) in members.iter().filter(|(_, value)| has_place(value, nulls)) {
                    (self.out)(before);
                    key(name, self.out);
                    (self.out)(" = ");
                    self.value(value);
                    before = ", ";
                }
                (self.out)(if before == " " { "}" } else { " }" });
            }
        }
    }
}

fn has_place(value: &Value, nulls: Nulls) -> bool {
    nulls != Nulls::Omit || !matches!(value, Value::Null)
}

fn is_table(value: &Value) -> bool {
    matches!(value, Value::Object(_))
}

#[cfg(test)]
mod tests {
    use crate::{Entries, ErrorKind, Flattening, Format, Nulls, SecretValue, Selection};

    fn render(json: &str, nulls: Nulls) -> crate::Result<String> {
        let secret = SecretValue::from_text(json.to_owned());
        let entries = Entries::from_secret(&secret, &Selection::default(), &Flattening::Off)?;
        let bytes = Format::parse("toml", None)?.render(&entries, nulls)?;
        Ok(String::from_utf8(bytes.expose_file().unwrap().to_vec()).unwrap())
    }

    #[test]
    fn values_stand_before_tables_at_every_level() {
        let text =
            render(r#"{"o":{"t":{"x":1},"y":"é"},"a":1.0,"e":{},"b":[1,"x",{"k":[]},{}]}"#, Nulls::Refuse).unwrap();
        assert_eq!(text, "a = 1.0\nb = [1, \"x\", { k = [] }, {}]\n\n[o]\ny = \"é\"\n\n[o.t]\nx = 1\n\n[e]\n");
        assert_eq!(render("{}", Nulls::Refuse).unwrap(), "");
    }

    #[test]
    fn a_table_of_tables_needs_no_header() {
        let text = render(r#"{"a":{"b.c":{"":{}}}}"#, Nulls::Refuse).unwrap();
        assert_eq!(text, "[a.\"b.c\".\"\"]\n");
    }

    #[test]
    fn null_is_refused_left_out_or_an_empty_string() {
        let (object, array) = (r#"{"a":null,"o":{"n":null,"x":1},"l":[{"n":null}]}"#, r#"{"l":[1,[null]]}"#);
        let error = render(object, Nulls::Refuse).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unrepresentable);
        assert_eq!(error.failures().len(), 3);
        assert_eq!(render(object, Nulls::Omit).unwrap(), "l = [{}]\n\n[o]\nx = 1\n");
        assert_eq!(render(object, Nulls::Empty).unwrap(), "a = \"\"\nl = [{ n = \"\" }]\n\n[o]\nn = \"\"\nx = 1\n");
        assert_eq!(render(array, Nulls::Empty).unwrap(), "l = [1, [\"\"]]\n");
        for nulls in [Nulls::Refuse, Nulls::Omit] {
            assert_eq!(render(array, nulls).unwrap_err().kind(), ErrorKind::Unrepresentable);
        }
    }

    #[test]
    fn a_number_that_no_reader_holds_names_its_key() {
        let error = render(r#"{"a":1,"big":{"x":[12345678901234567890]},"inf":1e400}"#, Nulls::Refuse).unwrap_err();
        let keys: Vec<_> = error.failures().iter().filter_map(|failure| failure.key()).collect();
        assert_eq!(keys, ["big", "inf"]);
    }
}
