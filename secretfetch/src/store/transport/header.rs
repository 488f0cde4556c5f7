//! What cannot stand in a header.

use std::fmt;

/// Why a text cannot be a header's value: [RFC 9110, section 5.5](https://www.rfc-editor.org/rfc/rfc9110#section-5.5)
/// without the bytes above 127, which the SDK does not send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    LastLineEnds,
    LineBreak,
    ControlCharacter,
    NotAscii,
}

impl Unfit {
    pub(crate) fn find(text: &str) -> Option<Self> {
        let line = text.trim_end_matches(['\r', '\n']);
        if line.contains(['\r', '\n']) {
            Some(Unfit::LineBreak)
        } else if line.chars().any(|c| c.is_ascii_control()) {
            Some(Unfit::ControlCharacter)
        } else if !line.is_ascii() {
            Some(Unfit::NotAscii)
        } else {
            (line.len() < text.len()).then_some(Unfit::LastLineEnds)
        }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unfit::LastLineEnds => "ends with a line break",
            Unfit::LineBreak => "has a line break in it",
            Unfit::ControlCharacter => "has a control character in it",
            Unfit::NotAscii => "has a character outside ASCII in it",
        })
    }
}
