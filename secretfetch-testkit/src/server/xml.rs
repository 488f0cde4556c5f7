//! XML, as far as answers need it.

use std::fmt::Write as _;

/// An element with what `content` writes into it.
pub(super) fn element(body: &mut String, name: &str, content: impl FnOnce(&mut String)) {
    let _ = write!(body, "<{name}>");
    content(body);
    let _ = write!(body, "</{name}>");
}

/// An element with a text in it.
pub(super) fn text(body: &mut String, name: &str, value: &str) {
    element(body, name, |body| {
        for character in value.chars() {
            match character {
                '&' => body.push_str("&amp;"),
                '<' => body.push_str("&lt;"),
                '>' => body.push_str("&gt;"),
                // A parser makes a line feed of a carriage return that stands there as such; the others are none of
                // XML 1.0, and AWS writes them so.
                '\0'..='\x08' | '\x0b'..='\x1f' => _ = write!(body, "&#x{:x};", u32::from(character)),
                _ => body.push(character),
            }
        }
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_text_becomes_markup() {
        let mut body = String::new();
        super::text(&mut body, "Key", "a<b>&\"'\r\n\x01é");
        assert_eq!(body, "<Key>a&lt;b&gt;&amp;\"'&#xd;\n&#x1;é</Key>");
    }
}
