//! Character data of XML that stands in an element, or between either quotes of an attribute.
//!
//! Source: [XML 1.0](https://www.w3.org/TR/xml/), sections 2.2 (Char), 2.11 (line ends) and 3.3.3 (attribute values: a
//! reference to white space is that character, and white space as it stands a space). All but printable ASCII is a
//! reference, so that the document's encoding, and XML 1.1's other line ends, do not matter.

use super::{LOWER, hex_digit};
use crate::format::write::escaped;

pub(in crate::format) fn refuse(text: &str) -> Option<&'static str> {
    text.contains(|c| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'))
        .then_some("the value has a control character or another that no document of XML 1.0 can hold")
}

pub(in crate::format) fn write(text: &str, out: &mut dyn FnMut(&str)) {
    escaped(text, out, |_, c, out| {
        match c {
            '&' => out("&amp;"),
            '<' => out("&lt;"),
            '>' => out("&gt;"),
            '"' => out("&quot;"),
            '\'' => out("&#39;"),
            ' '..='~' => return false,
            _ => {
                out("&#x");
                let code = u32::from(c);
                let digits = (32 - code.leading_zeros()).div_ceil(4).max(1);
                (0..digits).rev().for_each(|place| out(hex_digit(code >> (4 * place), LOWER)));
                out(";");
            }
        }
        true
    });
}

#[cfg(test)]
mod tests {
    use super::super::written;
    use super::*;

    #[test]
    fn text_survives_attributes_and_encodings() {
        let text = "<a b='c'>&\"\t\n\r\u{85}é😀 ]]>";
        let escaped = "&lt;a b=&#39;c&#39;&gt;&amp;&quot;&#x9;&#xa;&#xd;&#x85;&#xe9;&#x1f600; ]]&gt;";
        assert_eq!(refuse(text), None);
        assert_eq!(written(|out| write(text, out)), escaped);
    }

    #[test]
    fn what_is_no_character_of_xml_is_refused() {
        for c in ["\0", "\u{b}", "\u{1b}", "\u{fffe}", "\u{ffff}"] {
            assert!(refuse(c).is_some(), "{c:?}");
        }
        assert_eq!(refuse("\u{7f}\u{fffd}\u{10ffff}\u{fdd0}"), None);
    }
}
