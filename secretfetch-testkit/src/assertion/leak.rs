//! Whether a secret is in a text, in any of the forms in which secrets leak.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Encoded forms shorter than this would be found by chance.
const SHORTEST_ENCODED: usize = 6;

/// Panics if `text` (a log, an error, a `Debug`, a whole file) has the secret in it.
///
/// Looked for are the bytes as they are, escaped as in JSON, Rust's `Debug` and URLs, in hex (of either
/// case), as a list of decimal bytes, and in base64 of either alphabet: also where the secret starts in
/// the middle of an encoded text, and where the encoding is broken into lines. The panic names the form
/// and the place, not the secret.
///
/// ```
/// use secretfetch_testkit::assert_no_secret_in;
/// assert_no_secret_in("user app logged in", "hunter2-canary");
/// ```
///
/// ```should_panic
/// # use secretfetch_testkit::assert_no_secret_in;
/// // "hunter2-canary", somewhere in base64:
/// assert_no_secret_in("Authorization: Basic YXBwOmh1bnRlcjItY2FuYXJ5", "hunter2-canary");
/// ```
///
/// # Panics
/// If the secret is found, or has fewer than four bytes: it would be found by chance.
#[track_caller]
pub fn assert_no_secret_in(text: impl AsRef<[u8]>, secret: impl AsRef<[u8]>) {
    let (text, secret) = (text.as_ref(), secret.as_ref());
    assert!(secret.len() >= 4, "a secret of {} bytes cannot be told from chance; take a longer one", secret.len());
    if let Some((form, offset)) = find(text, secret) {
        panic!("a secret of {} bytes is in the text, {form}, at byte {offset} of {}", secret.len(), text.len());
    }
}

/// The form in which the secret is in the text, and where.
pub(crate) fn find(text: &[u8], secret: &[u8]) -> Option<(&'static str, usize)> {
    // Encoders break lines; in what is left, offsets no longer count, so the text as it is goes first.
    let joined: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let forms = forms(secret);
    forms.iter().find_map(|(form, needle)| position(text, needle).map(|offset| (*form, offset))).or_else(|| {
        let encoded = forms.iter().filter(|(form, _)| matches!(*form, HEX | BASE64));
        encoded.clone().find_map(|(form, needle)| position(&joined, needle).map(|_| (*form, 0)))
    })
}

const HEX: &str = "in hex";
const BASE64: &str = "in base64";

fn forms(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![("as it is", secret.to_vec())];
    if let Ok(text) = str::from_utf8(secret) {
        let json = serde_json::Value::from(text).to_string();
        forms.push(("escaped as in JSON", json.as_bytes()[1..json.len() - 1].to_vec()));
        forms.push(("escaped as in Debug", text.escape_debug().to_string().into_bytes()));
        forms.push(("escaped as in Rust source", text.escape_default().to_string().into_bytes()));
    }
    forms.push(("escaped as bytes", secret.escape_ascii().to_string().into_bytes()));
    let join = |separator: &str, byte: fn(&u8) -> String| {
        secret.iter().map(byte).collect::<Vec<_>>().join(separator).into_bytes()
    };
    forms.push((HEX, join("", |byte| format!("{byte:02x}"))));
    forms.push((HEX, join("", |byte| format!("{byte:02X}"))));
    forms.push((HEX, join(":", |byte| format!("{byte:02x}"))));
    forms.push(("as decimal bytes", join(", ", u8::to_string)));
    forms.push(("as decimal bytes", join(",", u8::to_string)));
    for unreserved in [&b"-_.~"[..], &b"-_.~/"[..]] {
        forms.push(("URL-encoded", percent(secret, unreserved, false)));
        forms.push(("URL-encoded", percent(secret, unreserved, true)));
    }
    for offset in 0..3 {
        let mut padded = vec![0; offset];
        padded.extend_from_slice(secret);
        // Of the first and last character only a part of the bits is the secret's.
        let (first, end) = ((offset * 8).div_ceil(6), padded.len() * 8 / 6);
        for encoded in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            forms.push((BASE64, encoded.as_bytes()[first..end].to_vec()));
        }
    }
    forms.push((BASE64, STANDARD.encode(secret).into_bytes()));
    forms.retain(|(form, needle)| needle.len() >= SHORTEST_ENCODED || *form == "as it is");
    forms
}

fn percent(bytes: &[u8], unreserved: &[u8], form: bool) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(bytes.len() * 3);
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || unreserved.contains(&byte) {
            encoded.push(byte);
        } else if form && byte == b' ' {
            encoded.push(b'+');
        } else {
            encoded.extend(format!("%{byte:02X}").bytes());
        }
    }
    encoded
}

fn position(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "hunter2 / \"ca\nary\"";

    #[track_caller]
    fn found(text: &str) -> &'static str {
        find(text.as_bytes(), SECRET.as_bytes()).unwrap_or_else(|| panic!("not found in {text:?}")).0
    }

    #[test]
    fn a_secret_is_found_in_every_form() {
        assert_eq!(found(&format!("x{SECRET}y")), "as it is");
        assert_eq!(found(&serde_json::json!({ "a": SECRET }).to_string()), "escaped as in JSON");
        assert_eq!(found(&format!("{SECRET:?}")), "escaped as in JSON");
        assert_eq!(found(&format!("{:?}", SECRET.as_bytes())), "as decimal bytes");
        assert_eq!(found("68756e74657232202f202263610a61727922"), HEX);
        assert_eq!(found("68756E74657232202F202263610A61727922"), HEX);
        assert_eq!(found("?q=hunter2%20%2F%20%22ca%0Aary%22&"), "URL-encoded");
        assert_eq!(found("?q=hunter2+%2F+%22ca%0Aary%22&"), "URL-encoded");
    }

    #[test]
    fn base64_is_found_at_every_alignment_and_across_lines() {
        for before in ["", "a", "ab", "abc", "abcd"] {
            for after in ["", "z", "zy", "zyx"] {
                let text = format!("{before}{SECRET}{after}");
                for encoded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                    assert_eq!(found(&encoded), BASE64, "{text}");
                    let (head, tail) = encoded.split_at(9);
                    assert_eq!(found(&format!("{head}\n  {tail}")), BASE64, "{text}");
                }
            }
        }
    }

    #[test]
    fn binary_is_found_and_other_text_is_not() {
        let secret = [0, 159, 146, 150, 255, 7];
        assert!(find(&secret, &secret).is_some());
        assert!(find(format!("{secret:?}").as_bytes(), &secret).is_some());
        assert!(find(br"x\x00\x9f\x92\x96\xff\x07", &secret).is_some());
        assert!(find(b"hunter3 is not it, aHVudGVyMw==", SECRET.as_bytes()).is_none());
    }

    #[test]
    fn the_panic_does_not_repeat_the_secret() {
        let panic = std::panic::catch_unwind(|| assert_no_secret_in("it is hunter2!", "hunter2")).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains("at byte 6") && !message.contains("hunter2"), "{message}");
    }
}
