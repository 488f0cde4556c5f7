//! `.properties`, as `java.util.Properties.load` reads it, in pure ASCII.
//!
//! Source: [`java.util.Properties`](https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)).
//! Since the output is ASCII, `load(InputStream)` (ISO 8859-1) and `load(Reader)` in any ASCII-compatible
//! charset read the same.

use zeroize::Zeroizing;

use super::{escaped, exact_bytes};
use crate::entries::{Entries, Flat, Nulls};
use crate::error::{Error, ErrorKind, Result};

/// Which program reads the file, and what it cannot get back.
#[derive(Debug)]
pub(super) struct Dialect {
    pub(super) name: &'static str,
    refuse_name: fn(&str) -> Option<&'static str>,
    refuse_value: fn(&str) -> Option<&'static str>,
    instead: &'static str,
}

impl PartialEq for Dialect {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Dialect {}

pub(super) static DIALECTS: &[Dialect] = &[
    Dialect { name: "java", refuse_name: |_| None, refuse_value: |_| None, instead: "" },
    Dialect {
        name: "spring",
        refuse_name: spring_loses_name,
        refuse_value: spring_changes_value,
        instead: "the dialect `java` holds it, for readers other than Spring",
    },
];

/// Spring Boot's `OriginTrackedPropertiesLoader`, measured.
fn spring_loses_name(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("the name is empty, and Spring drops it")
    } else if name.starts_with(['#', '!']) {
        Some("Spring takes a name that starts with # or ! for a comment, even escaped")
    } else if name.starts_with(|c| c <= ' ') || name.ends_with(|c| c <= ' ') {
        Some("Spring trims blanks at the ends of a name")
    } else if name.ends_with("[]") {
        Some("Spring splits the value of a name that ends with [] at its commas")
    } else {
        None
    }
}

fn spring_changes_value(value: &str) -> Option<&'static str> {
    let placeholder = value.match_indices("${").any(|(at, _)| is_closed(&value[at + 2..]));
    placeholder.then_some("Spring's Environment replaces `${…}` in a value")
}

/// Whether the placeholder has an end: braces inside it come in pairs.
fn is_closed(after: &str) -> bool {
    let mut open = 1;
    after.bytes().any(|byte| {
        match byte {
            b'{' => open += 1,
            b'}' => open -= 1,
            _ => {}
        }
        open == 0
    })
}

pub(super) fn render(dialect: &Dialect, entries: &Entries, nulls: Nulls) -> Result<Zeroizing<Vec<u8>>> {
    let (flat, mut errors) = entries.flat(nulls);
    errors.extend(flat.iter().filter_map(|Flat { entry, text }| {
        let reason = (dialect.refuse_name)(&entry.name).or_else(|| (dialect.refuse_value)(text))?;
        Some(Error::from(entry.failure(ErrorKind::Unrepresentable, reason).with_hint(dialect.instead)))
    }));
    if let Some(error) = Error::join(errors) {
        return Err(error);
    }
    exact_bytes(|out| {
        for Flat { entry, text } in &flat {
            write_text(&entry.name, Part::Key, out);
            out("=");
            write_text(text, Part::Value, out);
            out("\n");
        }
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Key,
    Value,
}

fn write_text(text: &str, part: Part, out: &mut dyn FnMut(&str)) {
    escaped(text, out, |at, c, out| {
        match c {
            '\\' => out("\\\\"),
            '\t' => out("\\t"),
            '\n' => out("\\n"),
            '\r' => out("\\r"),
            '\u{c}' => out("\\f"),
            ' ' if part == Part::Key || at == 0 => out("\\ "),
            '=' if part == Part::Key => out("\\="),
            ':' if part == Part::Key => out("\\:"),
            '#' if part == Part::Key && at == 0 => out("\\#"),
            '!' if part == Part::Key && at == 0 => out("\\!"),
            ' '..='~' => return false,
            _ => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out("\\u");
                    for shift in [12, 8, 4, 0] {
                        out(HEX_DIGITS[usize::from(*unit >> shift & 0xf)]);
                    }
                }
            }
        }
        true
    });
}

/// The digits as text, so that no character of a secret passes through a temporary string.
const HEX_DIGITS: [&str; 16] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"];

#[cfg(test)]
mod tests {
    use crate::{Entries, Flattening, Format, Nulls, SecretValue, Selection};

    fn render(dialect: &str, json: &str) -> crate::Result<String> {
        let secret = SecretValue::from_text(json.to_owned());
        let flattening = Flattening::On { separator: ".".into() };
        let entries = Entries::from_secret(&secret, &Selection::default(), &flattening)?;
        let bytes = Format::parse("properties", Some(dialect))?.render(&entries, Nulls::Refuse)?;
        Ok(String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[test]
    fn every_value_is_ascii_and_escaped() {
        for (json, line) in [
            (r#"{"a":"C:\\new"}"#, "a=C:\\\\new\n"),
            (r#"{"a":"  x "}"#, "a=\\  x \n"),
            (r#"{"a":"é世😀\u0000"}"#, "a=\\u00e9\\u4e16\\ud83d\\ude00\\u0000\n"),
            (r#"{"a":"x\ny\r\t\f"}"#, "a=x\\ny\\r\\t\\f\n"),
            (r##"{"# = :!":"=:#!"}"##, "\\#\\ \\=\\ \\:!==:#!\n"),
            (r#"{"":""}"#, "=\n"),
            (r#"{"n":1e400,"b":true,"l":[1,{"x":"y"}]}"#, "n=1e400\nb=true\nl[0]=1\nl[1].x=y\n"),
        ] {
            assert_eq!(render("java", json).unwrap(), line);
        }
    }

    #[test]
    fn spring_refuses_what_it_would_change() {
        for json in [r#"{"":"x"}"#, r##"{"#a":"x"}"##, r#"{" a":"x"}"#, r#"{"a[]":"x,y"}"#, r#"{"a":"${b}"}"#] {
            let error = render("spring", json).unwrap_err();
            assert_eq!(error.exit_code(), 6, "{json}");
        }
        assert_eq!(render("spring", r#"{"a":"${b"}"#).unwrap(), "a=${b\n");
    }
}
