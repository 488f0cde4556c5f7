//! What must not be shown as it is: every text for a person and every document for a program passes through here.

use secretfetch::is_invisible;

/// The text on one line, with what is invisible escaped: a path can have any name, and none forges a line, moves the
/// cursor or turns what stands around it.
pub(crate) fn one_line(text: &str) -> String {
    escaped(text, |c, shown| shown.extend(c.escape_default()))
}

/// A JSON document with JSON's own escape of the same characters.
pub(crate) fn within_json(document: &str) -> String {
    escaped(document, |c, shown| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            shown.push_str(&format!("\\u{unit:04x}"));
        }
    })
}

fn escaped(text: &str, escape: impl Fn(char, &mut String)) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_invisible(c) { escape(c, &mut shown) } else { shown.push(c) }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_invisible_is_left() {
        let text = "a\nb\u{1b}[31mc\u{85}é\u{202e}\u{200b}\u{2028}\u{e0041}";
        assert_eq!(one_line(text), "a\\nb\\u{1b}[31mc\\u{85}é\\u{202e}\\u{200b}\\u{2028}\\u{e0041}");
        let document = serde_json::Value::from(text).to_string();
        let within = within_json(&document);
        assert!(!within.chars().any(is_invisible), "{within}");
        assert_eq!(serde_json::from_str::<String>(&within).unwrap(), text);
    }
}
