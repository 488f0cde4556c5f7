//! Base64 with the standard alphabet and padding, on one line: [RFC 4648](https://www.rfc-editor.org/rfc/rfc4648),
//! section 4.

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(in crate::format) fn write(bytes: &[u8], out: &mut dyn FnMut(&str)) {
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let at = (bits >> (18 - 6 * place) & 0x3f) as usize;
            out(if place <= group.len() { &ALPHABET[at..=at] } else { "=" });
        }
    }
}

#[cfg(test)]
mod tests {
    use ::base64::prelude::{BASE64_STANDARD, Engine as _};

    use super::super::written;

    #[test]
    fn every_length_is_padded_as_another_encoder_does() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..=bytes.len() {
            let part = &bytes[bytes.len() - length..];
            assert_eq!(written(|out| super::write(part, out)), BASE64_STANDARD.encode(part));
        }
    }
}
