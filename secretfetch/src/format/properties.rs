//! `.properties`, as `java.util.Properties.load` reads it, in pure ASCII.
//!
//! Source: [`java.util.Properties`](https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)).
//! Since the output is ASCII, `load(InputStream)` (ISO 8859-1) and `load(Reader)` in any ASCII-compatible
//! charset read the same.

use zeroize::Zeroizing;

use super::hint::{CHANGE_THE_VALUE, RENAME, decisive};
use super::quote::{LOWER, hex_digit};
use super::spring;
use super::write::{escaped, exact_bytes};
use crate::entries::{Entries, Flat, Nulls};
use crate::error::{Error, ErrorKind, Result};

/// Which program reads the file, and what it cannot get back.
#[derive(Debug)]
pub(super) struct Dialect {
    pub(super) name: &'static str,
    refuse_name: fn(&str) -> Option<&'static str>,
    refuse_value: fn(&str) -> Option<&'static str>,
    /// Whether a name decides which configuration is read: such a one must be meant.
    decides: fn(&str) -> bool,
    /// What stands for a dollar in a value.
    dollar: &'static str,
}

pub(super) static DIALECTS: &[Dialect] = &[
    Dialect { name: "java", refuse_name: |_| None, refuse_value: |_| None, decides: |_| false, dollar: "$" },
    Dialect {
        name: "spring",
        refuse_name: spring_loses_name,
        refuse_value: spring::changes,
        decides: spring::decides_what_is_read,
        dollar: "$",
    },
    // SmallRye Config replaces `${…}`, and takes `\$` for a dollar; the backslash is doubled for the file.
    Dialect {
        name: "quarkus",
        refuse_name: quarkus_loses_name,
        refuse_value: quarkus_loses_value,
        decides: quarkus_decides,
        dollar: "\\\\$",
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

/// SmallRye Config 3, measured.
fn quarkus_loses_name(name: &str) -> Option<&'static str> {
    let has_profile = name.starts_with('%') && name.contains('.');
    has_profile.then_some("SmallRye Config takes what is between % and the first dot for a profile")
}

fn quarkus_decides(name: &str) -> bool {
    name.starts_with("smallrye.config.") || name.starts_with("quarkus.config.")
}

fn quarkus_loses_value(value: &str) -> Option<&'static str> {
    value.is_empty().then_some("the value is empty, and SmallRye Config says of such a property that it does not exist")
}

pub(super) fn render(dialect: &Dialect, entries: &Entries, nulls: Nulls) -> Result<Zeroizing<Vec<u8>>> {
    let (flat, mut errors) = entries.flat(nulls);
    errors.extend(flat.iter().filter_map(|Flat { entry, text }| {
        let name = (dialect.refuse_name)(&entry.name).map(|reason| (reason, RENAME));
        let value = || Some(((dialect.refuse_value)(text)?, CHANGE_THE_VALUE));
        let (reason, hint) = name.or_else(|| decisive(entry, dialect.decides)).or_else(value)?;
        Some(Error::from(entry.failure(ErrorKind::Unrepresentable, reason).with_hint(hint)))
    }));
    if let Some(error) = Error::join(errors) {
        return Err(error);
    }
    exact_bytes(|out| {
        for Flat { entry, text } in &flat {
            write_text(&entry.name, Part::Key, out);
            out("=");
            write_text(text, Part::Value { dollar: dialect.dollar }, out);
            out("\n");
        }
    })
}

/// The first entry that Spring or Quarkus would not read as Java does.
pub(super) fn differing(entries: &Entries, nulls: Nulls) -> Option<(&str, &'static str)> {
    let loses = |dialect: &Dialect, Flat { entry, text }: &Flat<'_>| {
        let is_escaped = dialect.dollar != "$" && ["$$", "${", "\\$"].iter().any(|dollar| text.contains(dollar));
        is_escaped || (dialect.refuse_name)(&entry.name).or_else(|| (dialect.refuse_value)(text)).is_some()
    };
    let (flat, _) = entries.flat(nulls);
    let other = flat.iter().find(|flat| DIALECTS.iter().any(|dialect| loses(dialect, flat)))?;
    Some((&other.entry.name, "is not to Spring or Quarkus what it is to Java"))
}

/// A value behind `NAME=`, as Java reads it.
pub(super) fn write_value(text: &str, out: &mut dyn FnMut(&str)) {
    write_text(text, Part::Value { dollar: "$" }, out);
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Key,
    Value { dollar: &'static str },
}

fn write_text(text: &str, part: Part, out: &mut dyn FnMut(&str)) {
    escaped(text, out, |at, c, out| {
        match (c, part) {
            ('$', Part::Value { dollar }) if dollar != "$" => {
                out(dollar);
                return true;
            }
            _ => {}
        }
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
                        out(hex_digit(u32::from(*unit >> shift), LOWER));
                    }
                }
            }
        }
        true
    });
}

#[cfg(test)]
mod tests {
    use crate::{Entries, ErrorCategory, Flattening, Format, Nulls, SecretValue, Selection};

    fn render(dialect: &str, json: &str) -> crate::Result<String> {
        let secret = SecretValue::from_text(json.to_owned());
        let flattening = Flattening::On { separator: ".".into() };
        let entries = Entries::from_secret(&secret, &Selection::default(), &flattening)?;
        let bytes = Format::parse("properties", Some(dialect))?.render(&entries, Nulls::Refuse)?;
        Ok(String::from_utf8(bytes.expose_file().unwrap().to_vec()).unwrap())
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
            assert_eq!(error.category(), ErrorCategory::Content, "{json}");
        }
        assert_eq!(render("spring", r#"{"a":"${b"}"#).unwrap(), "a=${b\n");
    }
}
