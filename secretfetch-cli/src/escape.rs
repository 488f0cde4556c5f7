//! Control characters in what is shown.

/// The text without control characters: a path can have any name, and none forges a line or moves the cursor.
pub(crate) fn one_line(text: &str) -> String {
    escaped(text, |c| c.escape_default().to_string())
}

/// A JSON document with JSON's own escape of control characters: its writer leaves those above U+001F as they are.
pub(crate) fn within_json(document: &str) -> String {
    escaped(document, |c| format!("\\u{:04x}", u32::from(c)))
}

fn escaped(text: &str, escape: impl Fn(char) -> String) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { shown.push_str(&escape(c)) } else { shown.push(c) }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_is_left() {
        let text = "a\nb\u{1b}[31mc\u{85}é";
        assert_eq!(one_line(text), "a\\nb\\u{1b}[31mc\\u{85}é");
        let document = serde_json::Value::from(text).to_string();
        let within = within_json(&document);
        assert!(!within.chars().any(char::is_control), "{within}");
        assert_eq!(serde_json::from_str::<String>(&within).unwrap(), text);
    }
}
