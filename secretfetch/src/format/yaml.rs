//! `yaml`: block style that YAML 1.1 and 1.2 readers take alike.
//!
//! Strings, keys too, are always double-quoted: a plain `no`, `1e3` or `0o17` means different things to
//! different readers. Measured on PyYAML, ruamel, libyaml, go-yaml, SnakeYAML, js-yaml, Psych and others.

use zeroize::Zeroizing;

use super::hint::{CHANGE_THE_VALUE, decisive};
use super::quote::{LOWER, double_quoted, hex_digit};
use super::spring;
use super::write::exact_bytes;
use crate::entries::{Entries, Entry, Flat, Nulls};
use crate::error::{Error, ErrorKind, Result};
use crate::json::Value;

/// Longer quoted keys need the explicit form `? key` (YAML 1.2.2, section 7.4.2: 1024 characters).
const LONGEST_SIMPLE_KEY: usize = 1000;

/// Which program reads the document, where that is not one that takes it as it is.
#[derive(Debug)]
pub(super) struct Dialect {
    pub(super) name: &'static str,
    refuse_value: fn(&str) -> Option<&'static str>,
    /// Whether a name decides which configuration is read: such a one must be meant.
    decides: fn(&str) -> bool,
}

/// Spring Boot makes properties of the document: their names are those that flattening gives, and their values texts.
pub(super) static DIALECTS: &[Dialect] =
    &[Dialect { name: "spring", refuse_value: spring::changes, decides: spring::decides_what_is_read }];

pub(super) fn render(dialect: Option<&Dialect>, entries: &Entries, nulls: Nulls) -> Result<Zeroizing<Vec<u8>>> {
    match dialect {
        Some(dialect) => render_properties(dialect, entries, nulls),
        None => render_tree(entries),
    }
}

/// A name and a text on each line. Numbers are texts too: as a number `1.10` would become `1.1`, and what a property is
/// bound to is converted from its text anyway.
fn render_properties(dialect: &Dialect, entries: &Entries, nulls: Nulls) -> Result<Zeroizing<Vec<u8>>> {
    let (flat, mut errors) = entries.flat(nulls);
    errors.extend(flat.iter().filter_map(|Flat { entry, text }| {
        let value = || Some(((dialect.refuse_value)(text)?, CHANGE_THE_VALUE));
        let (reason, hint) = decisive(entry, dialect.decides).or_else(value)?;
        Some(Error::from(entry.failure(ErrorKind::Unrepresentable, reason).with_hint(hint)))
    }));
    if let Some(error) = Error::join(errors) {
        return Err(error);
    }
    // Of no properties an empty document, since `{}` becomes one without a name.
    exact_bytes(|out| {
        for Flat { entry, text } in &flat {
            member_key(&entry.name, 0, out);
            out(" ");
            quoted(text, out);
            out("\n");
        }
    })
}

/// The first entry that Spring would not read as it stands.
pub(super) fn differing(entries: &Entries) -> Option<(&str, &'static str)> {
    let entry = entries.iter().find(|entry| spring_differs(&entry.value))?;
    Some((&entry.name, "is not to Spring what it is to other programs that read YAML"))
}

fn spring_differs(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) => false,
        Value::Number(token) => token.contains(['.', 'e', 'E']) || **token == "-0",
        Value::String(text) => spring::changes(text).is_some(),
        Value::Array(items) => items.is_empty() || items.iter().any(spring_differs),
        Value::Object(members) => members.is_empty() || members.iter().any(|(_, value)| spring_differs(value)),
    }
}

fn render_tree(entries: &Entries) -> Result<Zeroizing<Vec<u8>>> {
    let refusals = entries.iter().filter_map(|entry| refusal(entry).map(Error::from));
    if let Some(error) = Error::join(refusals) {
        return Err(error);
    }
    exact_bytes(|out| {
        if entries.is_empty() {
            out("{}\n");
        }
        for entry in entries.iter() {
            member(&entry.name, &entry.value, 0, out);
        }
    })
}

fn refusal(entry: &Entry) -> Option<crate::Failure> {
    let failure = |message: &str| {
        entry.failure(ErrorKind::Unrepresentable, message).with_hint("make it a string in the secret, between quotes")
    };
    unfit(&entry.value).map(failure)
}

/// Why readers of YAML would not agree about a value.
pub(super) fn unfit(value: &Value) -> Option<&'static str> {
    match value {
        Value::Number(token) if !token.parse::<f64>().is_ok_and(f64::is_finite) => {
            Some("the number is beyond a 64-bit float, and some YAML readers make a string of it")
        }
        Value::Array(items) => items.iter().find_map(unfit),
        Value::Object(members) => members.iter().find_map(|(_, value)| unfit(value)),
        _ => None,
    }
}

fn member(key: &str, value: &Value, depth: usize, out: &mut dyn FnMut(&str)) {
    member_key(key, depth, out);
    after_indicator(value, depth, out);
}

/// The key and its colon.
fn member_key(key: &str, depth: usize, out: &mut dyn FnMut(&str)) {
    indent(depth, out);
    if key == "<<" {
        // Psych merges what is under this key even when the key is quoted, but not when it is tagged.
        out("!!str ");
    }
    if is_long(key) {
        out("? ");
        quoted(key, out);
        out("\n");
        indent(depth, out);
    } else {
        quoted(key, out);
    }
    out(":");
}

/// Whether the key, quoted, needs the explicit form.
fn is_long(key: &str) -> bool {
    let mut characters = 0;
    quoted(key, &mut |text| characters += text.chars().count());
    characters > LONGEST_SIMPLE_KEY
}

/// What follows `:` or `-`: a scalar on the same line, or a container on the next ones.
fn after_indicator(value: &Value, depth: usize, out: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            out("\n");
            for (key, value) in members {
                member(key, value, depth + 1, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            out("\n");
            for item in items {
                indent(depth + 1, out);
                out("-");
                after_indicator(item, depth + 1, out);
            }
        }
        scalar => {
            out(" ");
            write_scalar(scalar, out);
            out("\n");
        }
    }
}

/// A value of one token; of a container, the empty one.
fn write_scalar(value: &Value, out: &mut dyn FnMut(&str)) {
    match value {
        Value::Null => out("null"),
        Value::Bool(true) => out("true"),
        Value::Bool(false) => out("false"),
        Value::Number(token) => number(token, out),
        Value::String(text) => quoted(text, out),
        Value::Array(_) => out("[]"),
        Value::Object(_) => out("{}"),
    }
}

/// A value on one line, containers in flow style: what stands in any place of a document where a value can.
pub(super) fn write_flow(value: &Value, out: &mut dyn FnMut(&str)) {
    match value {
        Value::Array(items) => {
            out("[");
            for (index, item) in items.iter().enumerate() {
                out(if index > 0 { ", " } else { "" });
                write_flow(item, out);
            }
            out("]");
        }
        Value::Object(members) => {
            out("{");
            for (index, (key, item)) in members.iter().enumerate() {
                out(if index > 0 { ", " } else { "" });
                flow_key(key, out);
                out(": ");
                write_flow(item, out);
            }
            out("}");
        }
        scalar => write_scalar(scalar, out),
    }
}

fn flow_key(key: &str, out: &mut dyn FnMut(&str)) {
    if is_long(key) {
        out("? ");
    }
    if key == "<<" {
        out("!!str ");
    }
    quoted(key, out);
}

fn indent(depth: usize, out: &mut dyn FnMut(&str)) {
    for _ in 0..depth {
        out("  ");
    }
}

/// YAML 1.1 needs a point and a signed exponent for a float: `1e5` is a string to it, `1.0e+5` is not.
fn number(token: &str, out: &mut dyn FnMut(&str)) {
    let Some(at) = token.find(['e', 'E']) else { return out(token) };
    let (mantissa, exponent) = (&token[..at], &token[at + 1..]);
    out(mantissa);
    if !mantissa.contains('.') {
        out(".0");
    }
    out("e");
    if !exponent.starts_with(['+', '-']) {
        out("+");
    }
    out(exponent);
}

/// YAML 1.2.2, section 5.7. No pairs of `\u` surrogates and no `\/`: several readers refuse them.
fn quoted(text: &str, out: &mut dyn FnMut(&str)) {
    double_quoted(text, out, |c, out| {
        match c {
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => {
                out("\\x");
                out(hex_digit(u32::from(c) >> 4, LOWER));
                out(hex_digit(u32::from(c), LOWER));
            }
            '\u{2028}' => out("\\u2028"),
            '\u{2029}' => out("\\u2029"),
            '\u{feff}' => out("\\ufeff"),
            '\u{fffe}' => out("\\ufffe"),
            '\u{ffff}' => out("\\uffff"),
            _ => return false,
        }
        true
    });
}

#[cfg(test)]
mod tests {
    use crate::{Entries, ErrorCategory, Flattening, Format, Nulls, SecretValue, Selection};

    fn render(json: &str) -> crate::Result<String> {
        let secret = SecretValue::from_text(json.to_owned());
        let entries = Entries::from_secret(&secret, &Selection::default(), &Flattening::Off)?;
        let bytes = Format::parse("yaml", None)?.render(&entries, Nulls::Refuse)?;
        Ok(String::from_utf8(bytes.expose_file().unwrap().to_vec()).unwrap())
    }

    #[test]
    fn containers_nest_by_indentation() {
        let text = render(r#"{"no":"no","n":null,"l":[1,[2,{}],{"a":[]}],"o":{"x":{"y":true}}}"#).unwrap();
        let expected = "\"no\": \"no\"\n\"n\": null\n\"l\":\n  - 1\n  -\n    - 2\n    - {}\n  -\n    \"a\": []\n\"o\":\n  \"x\":\n    \"y\": true\n";
        assert_eq!(text, expected);
        assert_eq!(render("{}").unwrap(), "{}\n");
    }

    #[test]
    fn numbers_are_floats_to_yaml_1_1_as_well() {
        let text = render(r#"{"a":1e5,"b":1.5E-7,"c":12345678901234567890,"d":-0,"e":1.0}"#).unwrap();
        assert_eq!(text, "\"a\": 1.0e+5\n\"b\": 1.5e-7\n\"c\": 12345678901234567890\n\"d\": -0\n\"e\": 1.0\n");
        assert_eq!(render(r#"{"a":[1e400]}"#).unwrap_err().category(), ErrorCategory::Content);
    }

    #[test]
    fn long_keys_are_explicit() {
        let key = "k".repeat(2000);
        assert_eq!(render(&format!(r#"{{"{key}":1}}"#)).unwrap(), format!("? \"{key}\"\n: 1\n"));
    }
}
