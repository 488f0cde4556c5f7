//! JSON's pairs of surrogates, in the spelling of YAML.

use std::borrow::Cow;

use crate::json;

/// A JSON text as the YAML that means the same. The two differ in one thing: a character outside the basic plane is escaped
/// as two surrogates in JSON ([RFC 8259, section 7](https://www.rfc-editor.org/rfc/rfc8259#section-7)), and as one number
/// in YAML, which knows no surrogates. Any other text stays as it is.
pub(super) fn joined(text: &str) -> Cow<'_, str> {
    let has_pair = text.match_indices("\\u").any(|(at, _)| pair(&text[at..]).is_some());
    if !has_pair || json::parse(text).is_err() {
        return Cow::Borrowed(text);
    }
    // In JSON a backslash stands in strings only, and before what it escapes.
    let mut joined = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        joined.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = match pair(rest) {
            Some(c) => {
                joined.push_str(&format!("\\U{:08X}", u32::from(c)));
                12
            }
            None => {
                joined.push_str(&rest[..2]);
                2
            }
        };
        rest = &rest[taken..];
    }
    joined.push_str(rest);
    Cow::Owned(joined)
}

/// The character that two escapes at the beginning of a text stand for together.
fn pair(text: &str) -> Option<char> {
    let unit = |from: usize| {
        let digits = text.get(from..from + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let units = [unit(0)?, unit(6)?];
    // Two characters of the basic plane are no pair.
    if !(0xd800..0xdc00).contains(&units[0]) {
        return None;
    }
    char::decode_utf16(units).next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_of_a_json_text_becomes_one_escape() {
        assert_eq!(joined(r#"{"a": "\ud83d\uDD11x\u00e9"}"#), r#"{"a": "\U0001F511x\u00e9"}"#);
        // An escaped backslash before it makes it no escape.
        for text in [
            r#"{"a": "\\ud83d\\udd11"}"#,
            r#"{"a": "\u00e9"}"#,
            r#"{"a": "x"}"#,
            "a: \\ud83d\\udd11",
            "{a: '\\ud83d\\udd11'}",
        ] {
            assert!(matches!(joined(text), Cow::Borrowed(same) if same == text), "{text}");
        }
        assert_eq!(joined(r#"{"a": "\\\ud83d\udd11\\"}"#), r#"{"a": "\\\U0001F511\\"}"#);
    }

    #[test]
    fn a_surrogate_without_its_other_half_stays_for_the_reader_to_refuse() {
        for text in [r#"{"a": "\ud83d"}"#, r#"{"a": "\udd11\ud83d"}"#] {
            assert_eq!(joined(text), text);
        }
    }
}
