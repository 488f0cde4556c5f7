//! Percent-encoding, as S3 has it.

/// Encodes all but the unreserved characters (RFC 3986, section 2.3) and those in `also`.
pub(super) fn encoded(text: &str, also: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let digits = [byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)]));
            encoded.push('%');
            encoded.extend(digits);
        }
    }
    encoded
}

/// What a listing with `encoding-type=url` stands for: a plus is a space there.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?].map(|digit| char::from(digit).to_digit(16));
                u8::try_from(digits[0]? * 16 + digits[1]?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_its_encoding() {
        for key in ["a/b", "a b+c%20", "/x//../y", "ключ ~._-", "a&b=c?d#e"] {
            assert_eq!(decoded(&encoded(key, b"")).as_deref(), Some(key));
            assert_eq!(decoded(&encoded(key, b"/")).as_deref(), Some(key));
        }
        assert_eq!(encoded("a/b c+é", b"/"), "a/b%20c%2B%C3%A9");
        assert_eq!(decoded("a+b%2Bc").as_deref(), Some("a b+c"));
        for text in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decoded(text), None, "{text}");
        }
    }
}
