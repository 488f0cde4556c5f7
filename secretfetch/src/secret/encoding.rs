//! Texts that stand for bytes.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, DecodeSliceError, alphabet};
use zeroize::Zeroizing;

use super::value::SecretValue;
use crate::error::{ErrorKind, Failure, Result, is_config_error};

/// How a secret's text stands for bytes, which are meant instead of it.
///
/// What is not exactly such a text is refused, with the place of the first byte that does not fit. One newline at the end
/// is no part of it; there is no other white space in it.
///
/// ```
/// use secretfetch::{Encoding, SecretValue};
///
/// let stored = SecretValue::from_text("AAH/\n".to_owned());
/// assert_eq!(Encoding::Base64.decode(&stored)?.expose_bytes(), [0, 1, 255]);
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// The alphabet with `+` and `/` ([RFC 4648, section 4](https://www.rfc-editor.org/rfc/rfc4648#section-4)), with or
    /// without `=` at the end.
    Base64,
    /// The alphabet with `-` and `_` ([section 5](https://www.rfc-editor.org/rfc/rfc4648#section-5)), with or without `=`
    /// at the end.
    Base64Url,
    /// Two digits for each byte, in either case.
    Hex,
}

/// Bits that the last character has too many must be zero, or two texts would stand for the same bytes.
const EXACT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(false);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, EXACT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, EXACT);

impl Encoding {
    /// The name that a configuration has for it.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Base64 => "base64",
            Encoding::Base64Url => "base64url",
            Encoding::Hex => "hex",
        }
    }

    /// What the text stands for: a text again if it is UTF-8, and otherwise binary.
    ///
    /// # Errors
    /// [`ErrorKind::WrongShape`] for a binary value, and for a text of another kind.
    pub fn decode(self, value: &SecretValue) -> Result<SecretValue> {
        let Some(text) = value.expose_text() else {
            let what = format!("the content is binary, where `decode: {}` needs a text", self.name());
            return Err(Failure::new(ErrorKind::WrongShape, what)
                .with_hint("binary content is there as it is: remove `decode`")
                .into());
        };
        let mut bytes = self.decode_text(text)?;
        Ok(match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => SecretValue::from_text(text),
            Err(error) => SecretValue::from_binary(error.into_bytes()),
        })
    }

    /// The bytes that a text stands for.
    pub(crate) fn decode_text(self, text: &str) -> Result<Zeroizing<Vec<u8>>> {
        let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
        let decoded = match self {
            Encoding::Base64 => of_base64(&BASE64, text.as_bytes()),
            Encoding::Base64Url => of_base64(&BASE64_URL, text.as_bytes()),
            Encoding::Hex => of_hex(text.as_bytes()),
        };
        decoded.map_err(|wrong| {
            let name = self.name();
            let what = match wrong {
                Wrong::Byte(place) => format!("the text is not {name}: byte {} does not fit", place + 1),
                Wrong::Length => format!("the text is not {name}: its length, {} bytes, does not fit", text.len()),
                Wrong::Padding => {
                    format!("the text is not {name}: the `=` at its end are not as many as there must be")
                }
            };
            let hint = match (self, text.bytes().any(|byte| b"\n\r\t ".contains(&byte)), name) {
                (_, true, _) => "white space in it is refused: store it on one line (`base64 -w0`)".to_owned(),
                (Encoding::Base64, ..) => "with `-` and `_` in it, it may be `base64url`".to_owned(),
                (Encoding::Base64Url, ..) => "with `+` and `/` in it, it may be `base64`".to_owned(),
                (Encoding::Hex, ..) => "hex has two digits for each byte, and nothing between them".to_owned(),
            };
            Failure::new(ErrorKind::WrongShape, what).with_hint(hint).into()
        })
    }
}

/// What does not fit, and nothing of the content.
enum Wrong {
    /// At this place, counted from 0.
    Byte(usize),
    Length,
    Padding,
}

/// Into memory that is there before: what a buffer leaves behind as it grows would not be wiped.
fn of_base64(engine: &GeneralPurpose, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Wrong> {
    let mut bytes = Zeroizing::new(vec![0; base64::decoded_len_estimate(text.len())]);
    let length = engine.decode_slice(text, &mut bytes).map_err(|error| match error {
        DecodeSliceError::DecodeError(
            DecodeError::InvalidByte(place, _) | DecodeError::InvalidLastSymbol(place, _),
        ) => Wrong::Byte(place),
        DecodeSliceError::DecodeError(DecodeError::InvalidPadding) => Wrong::Padding,
        DecodeSliceError::DecodeError(DecodeError::InvalidLength(_)) | DecodeSliceError::OutputSliceTooSmall => {
            Wrong::Length
        }
    })?;
    if text.ends_with(b"=") && !text.len().is_multiple_of(4) {
        return Err(Wrong::Padding);
    }
    bytes.truncate(length);
    Ok(bytes)
}

fn of_hex(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Wrong> {
    let digit = |place: usize| {
        let digit = char::from(text[place]).to_digit(16).ok_or(Wrong::Byte(place))?;
        Ok(digit as u8)
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    for place in (0..text.len() / 2 * 2).step_by(2) {
        bytes.push(digit(place)? << 4 | digit(place + 1)?);
    }
    if text.len().is_multiple_of(2) { Ok(bytes) } else { Err(Wrong::Length) }
}

impl FromStr for Encoding {
    type Err = ParseEncodingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = [Encoding::Base64, Encoding::Base64Url, Encoding::Hex];
        let found = known.into_iter().find(|encoding| encoding.name() == text);
        found.ok_or_else(|| ParseEncodingError(crate::text::quoted(text)))
    }
}

/// The text is not the name of an encoding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not an encoding (`base64`, `base64url`, `hex`)")]
pub struct ParseEncodingError(String);

is_config_error!(ParseEncodingError);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Encoding; 3] = [Encoding::Base64, Encoding::Base64Url, Encoding::Hex];

    fn decode(encoding: Encoding, text: &str) -> Result<SecretValue> {
        encoding.decode(&SecretValue::from_text(text.to_owned()))
    }

    #[test]
    fn padding_and_a_newline_at_the_end_are_there_or_not() {
        for (encoding, text) in [
            (Encoding::Base64, "+/8="),
            (Encoding::Base64, "+/8"),
            (Encoding::Base64, "+/8=\n"),
            (Encoding::Base64, "+/8\r\n"),
            (Encoding::Base64Url, "-_8="),
            (Encoding::Base64Url, "-_8"),
            (Encoding::Hex, "FbfF"),
            (Encoding::Hex, "fbff\n"),
        ] {
            assert_eq!(decode(encoding, text).unwrap().expose_bytes(), [0xfb, 0xff], "{encoding:?} {text:?}");
        }
        for encoding in ALL {
            assert_eq!(decode(encoding, "").unwrap().expose_text(), Some(""));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_by_its_place_and_never_shown() {
        for (encoding, text, place) in [
            (Encoding::Base64, "QU-D", "byte 3 "),
            (Encoding::Base64, "QUJD\nQUJD", "byte 5 "),
            (Encoding::Base64, " QUJD", "byte 1 "),
            (Encoding::Base64, "QUJD\n\n", "byte 5 "),
            // One bit too many, two `=` too many, one too few, half a byte.
            (Encoding::Base64, "+/9=", "byte 3 "),
            (Encoding::Base64, "QUJD==", "byte 5 "),
            (Encoding::Base64, "QQ=", "`=`"),
            (Encoding::Base64, "QUJDQ", "length, 5 bytes"),
            (Encoding::Base64Url, "QU+D", "byte 3 "),
            (Encoding::Hex, "0x00", "byte 2 "),
            (Encoding::Hex, "00 11 ", "byte 3 "),
            (Encoding::Hex, "001", "length, 3 bytes"),
        ] {
            let error = decode(encoding, text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WrongShape);
            assert!(error.to_string().contains(place), "{text:?}: {error}");
            assert!(!error.to_string().contains(text.trim()), "{error}");
        }
    }

    #[test]
    fn binary_content_is_refused() {
        let error = Encoding::Hex.decode(&SecretValue::from_binary(b"00".to_vec())).unwrap_err();
        assert!(error.to_string().contains("is binary"), "{error}");
    }

    #[test]
    fn what_is_text_again_is_text() {
        assert_eq!(decode(Encoding::Base64, "w6Q=").unwrap().expose_text(), Some("ä"));
        assert!(decode(Encoding::Base64, "w6QA/w==").unwrap().is_binary());
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes: Vec<u8>) {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let texts = [BASE64.encode(&bytes), BASE64_URL.encode(&bytes), hex];
            for (encoding, text) in ALL.into_iter().zip(texts) {
                let decoded = decode(encoding, &text).unwrap();
                prop_assert_eq!(decoded.expose_bytes(), bytes.as_slice());
            }
        }

        #[test]
        fn no_two_texts_of_one_spelling_stand_for_the_same_bytes(text in "[A-D+/]{0,12}") {
            if let Ok(decoded) = decode(Encoding::Base64, &text) {
                let again = BASE64.encode(decoded.expose_bytes());
                prop_assert_eq!(again.trim_end_matches('='), text);
            }
        }
    }
}
