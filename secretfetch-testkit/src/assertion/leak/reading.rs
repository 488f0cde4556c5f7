//! A text as who decodes it reads it.

use std::borrow::Cow;
use std::str;

/// The bytes that a decoder makes of a text, and where in the text each of them begins.
pub(super) struct Reading<'a> {
    bytes: Cow<'a, [u8]>,
    /// Empty where nothing was decoded, and each byte is at its own place.
    offsets: Vec<usize>,
}

/// What one step of a decoder reads: how many bytes it takes, and what they stand for.
type Step = (usize, Decoded);

enum Decoded {
    Nothing,
    Byte(u8),
    Char(char),
}

impl<'a> Reading<'a> {
    pub(super) fn of(text: &'a [u8]) -> Self {
        Reading { bytes: Cow::Borrowed(text), offsets: Vec::new() }
    }

    /// Where in the text these bytes begin.
    pub(super) fn position(&self, needle: &[u8]) -> Option<usize> {
        let first = needle.first()?;
        let at = self.bytes.windows(needle.len()).position(|window| window[0] == *first && window == needle)?;
        Some(self.offset(at))
    }

    /// Without the backslashes of JSON, of C and of Rust.
    pub(super) fn unescaped(&self) -> Reading<'static> {
        self.decoded(|rest| match rest {
            [b'\\', escape @ ..] => backslash(escape).map(|(length, decoded)| (length + 1, decoded)),
            _ => None,
        })
    }

    /// Without the percent signs of a URL.
    pub(super) fn percent_decoded(&self) -> Reading<'static> {
        self.decoded(percent)
    }

    /// As [`percent_decoded`](Reading::percent_decoded); in a form, a plus is a space.
    pub(super) fn form_decoded(&self) -> Reading<'static> {
        self.decoded(|rest| if rest[0] == b'+' { Some((1, Decoded::Byte(b' '))) } else { percent(rest) })
    }

    /// Without the entities of XML and HTML.
    pub(super) fn without_entities(&self) -> Reading<'static> {
        self.decoded(entity)
    }

    pub(super) fn without_whitespace(&self) -> Reading<'static> {
        self.decoded(|rest| rest[0].is_ascii_whitespace().then_some((1, Decoded::Nothing)))
    }

    /// Hex in small letters, without what may be between its bytes.
    pub(super) fn hex_digits(&self) -> Reading<'static> {
        self.decoded(|rest| match rest {
            [b'0', b'x' | b'X', ..] => Some((2, Decoded::Nothing)),
            [b':' | b'-' | b',', ..] => Some((1, Decoded::Nothing)),
            [byte, ..] if byte.is_ascii_whitespace() => Some((1, Decoded::Nothing)),
            [byte, ..] => Some((1, Decoded::Byte(byte.to_ascii_lowercase()))),
            [] => None,
        })
    }

    /// `step` is given what is left, at least one byte; where it is `None`, that byte stands for itself.
    fn decoded(&self, step: impl Fn(&[u8]) -> Option<Step>) -> Reading<'static> {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let mut offsets = Vec::with_capacity(self.bytes.len());
        let mut at = 0;
        while let Some(&byte) = self.bytes.get(at) {
            let (length, decoded) = step(&self.bytes[at..]).unwrap_or((1, Decoded::Byte(byte)));
            match decoded {
                Decoded::Nothing => {}
                Decoded::Byte(byte) => bytes.push(byte),
                Decoded::Char(character) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
            offsets.resize(bytes.len(), self.offset(at));
            at += length;
        }
        Reading { bytes: Cow::Owned(bytes), offsets }
    }

    fn offset(&self, at: usize) -> usize {
        self.offsets.get(at).copied().unwrap_or(at)
    }
}

/// What follows a backslash.
fn backslash(escape: &[u8]) -> Option<Step> {
    let byte = |byte| Some((1, Decoded::Byte(byte)));
    match escape {
        [b'n', ..] => byte(b'\n'),
        [b'r', ..] => byte(b'\r'),
        [b't', ..] => byte(b'\t'),
        [b'b', ..] => byte(0x08),
        [b'f', ..] => byte(0x0c),
        [b'"', ..] => byte(b'"'),
        [b'\'', ..] => byte(b'\''),
        [b'\\', ..] => byte(b'\\'),
        [b'/', ..] => byte(b'/'),
        [b'x', digits @ ..] => Some((3, Decoded::Byte(u8::try_from(number(digits.get(..2)?, 16)?).ok()?))),
        [b'u', b'{', digits @ ..] => {
            let length = digits.iter().position(|&digit| digit == b'}')?;
            Some((length + 3, Decoded::Char(char::from_u32(number(&digits[..length], 16)?)?)))
        }
        [b'u', digits @ ..] => utf16(digits),
        [b'0'..=b'7', b'0'..=b'7', b'0'..=b'7', ..] => {
            Some((3, Decoded::Byte(u8::try_from(number(&escape[..3], 8)?).ok()?)))
        }
        [b'0', ..] => byte(0),
        _ => None,
    }
}

/// What follows `\u`: four digits, or four of one surrogate, and as many of the other.
fn utf16(digits: &[u8]) -> Option<Step> {
    let unit = |digits: &[u8]| u16::try_from(number(digits.get(..4)?, 16)?).ok();
    let first = unit(digits)?;
    let second = digits.get(4..).and_then(|rest| unit(rest.strip_prefix(br"\u")?));
    let mut units = char::decode_utf16([Some(first), second].into_iter().flatten());
    let character = units.next()?.ok()?;
    let length = if character.len_utf16() == 2 { 11 } else { 5 };
    Some((length, Decoded::Char(character)))
}

fn percent(rest: &[u8]) -> Option<Step> {
    let digits = rest.strip_prefix(b"%")?.get(..2)?;
    Some((3, Decoded::Byte(u8::try_from(number(digits, 16)?).ok()?)))
}

fn entity(rest: &[u8]) -> Option<Step> {
    /// `&#x10ffff;`
    const LONGEST: usize = 10;
    let name = rest.strip_prefix(b"&")?;
    let length = name.iter().take(LONGEST).position(|&byte| byte == b';')?;
    let character = match &name[..length] {
        b"quot" => '"',
        b"apos" => '\'',
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => return None,
    };
    Some((length + 2, Decoded::Char(character)))
}

/// A number of these digits alone, which `from_str_radix` would let a sign precede.
fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, radix).ok()
}
