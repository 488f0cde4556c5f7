//! Percent-encoding of paths, RFC 3986.

/// The bytes that a path stands for; `None` if a `%` is not followed by two hexadecimal digits.
pub(super) fn decode(path: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            other => other,
        });
    }
    Some(decoded)
}

/// The one way in which a path is written in a signature: all is encoded but the unreserved characters and slashes.
pub(super) fn encode(path: &[u8]) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(*byte))
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_once_and_written_in_one_way() {
        for (path, bytes, written) in [
            ("/a//b/../c", "/a//b/../c", "/a//b/../c"),
            ("/a+b%20c", "/a+b c", "/a%2Bb%20c"),
            ("/%252F%2f", "/%2F/", "/%252F/"),
            ("/%c3%A9~", "/é~", "/%C3%A9~"),
        ] {
            let decoded = decode(path).unwrap();
            assert_eq!((decoded.as_slice(), encode(&decoded).as_str()), (bytes.as_bytes(), written));
        }
        for path in ["/%", "/%2", "/%zz", "/%+1"] {
            assert_eq!(decode(path), None, "{path}");
        }
    }
}
