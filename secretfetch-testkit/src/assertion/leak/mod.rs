//! Whether a secret is in a text, in any of the forms in which secrets leak.

mod reading;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use reading::Reading;

/// Encoded forms shorter than this would be found by chance.
const SHORTEST_ENCODED: usize = 6;

/// Panics if `text` (a log, an error, a `Debug`, a whole file) has the secret in it.
///
/// Looked for are the bytes as they are, and in every form that their way into a log or a file gives them:
///
/// - escaped with backslashes, as in JSON of any writer, in `Debug` and in source text, once or twice over;
/// - escaped as in a URL, a form, XML or HTML;
/// - in hex of either case, with or without separators, and as a list of decimal bytes;
/// - in base64 of either alphabet, also where the secret starts in the middle of an encoded text, where the encoding is
///   broken into lines, and where it is escaped in its turn.
///
/// The panic names the form and the place, not the secret.
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

const BACKSLASHES: &str = "escaped with backslashes";
const URL: &str = "URL-encoded";
const MARKUP: &str = "escaped as in XML";
const HEX: &str = "in hex";
const DECIMAL: &str = "as decimal bytes";
const BASE64: &str = "in base64";

/// The form in which the secret is in the text, and where.
///
/// Where encoders differ in what they escape, the text is decoded, which is one way for all of them; where they do not,
/// the secret is encoded, which finds it inside of other text too.
pub(crate) fn find(text: &[u8], secret: &[u8]) -> Option<(&'static str, usize)> {
    let whole = Reading::of(text);
    let unescaped = whole.unescaped();
    let percent = whole.percent_decoded();

    let encoded_in = |form, reading: &Reading, needles: &[Vec<u8>]| {
        let long_enough = needles.iter().filter(|needle| needle.len() >= SHORTEST_ENCODED);
        long_enough.filter_map(|needle| reading.position(needle)).min().map(|offset| (form, offset))
    };
    let secret_in = |form, reading: &Reading| reading.position(secret).map(|offset| (form, offset));

    let base64 = base64(secret);
    secret_in("as it is", &whole)
        .or_else(|| secret_in(BACKSLASHES, &unescaped))
        .or_else(|| secret_in(BACKSLASHES, &unescaped.unescaped()))
        .or_else(|| secret_in(URL, &percent))
        .or_else(|| secret_in(URL, &whole.form_decoded()))
        .or_else(|| secret_in(MARKUP, &whole.without_entities()))
        .or_else(|| encoded_in(HEX, &whole.hex_digits(), &[hex(secret)]))
        .or_else(|| encoded_in(DECIMAL, &whole.without_whitespace(), &[decimal(secret)]))
        .or_else(|| encoded_in(BASE64, &unescaped.without_whitespace(), &base64))
        .or_else(|| encoded_in(BASE64, &percent.without_whitespace(), &base64))
}

fn hex(secret: &[u8]) -> Vec<u8> {
    secret.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

fn decimal(secret: &[u8]) -> Vec<u8> {
    secret.iter().map(u8::to_string).collect::<Vec<_>>().join(",").into_bytes()
}

/// What is sure to be in the base64 of any text with the secret in it, at each of three alignments.
fn base64(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut needles = Vec::new();
    for offset in 0..3 {
        let mut padded = vec![0; offset];
        padded.extend_from_slice(secret);
        // Of the first and last character only a part of the bits is the secret's.
        let (first, end) = ((offset * 8).div_ceil(6), padded.len() * 8 / 6);
        for encoded in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            needles.push(encoded.as_bytes()[first..end].to_vec());
        }
    }
    needles
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;

    const SECRET: &str = "hunter2 / \"ça\nary\" <&'😀>";

    #[track_caller]
    fn found(text: impl AsRef<[u8]>) -> &'static str {
        let text = text.as_ref();
        let found = find(text, SECRET.as_bytes());
        found.unwrap_or_else(|| panic!("not found in {:?}", String::from_utf8_lossy(text))).0
    }

    #[test]
    fn a_secret_is_found_as_it_is() {
        assert_eq!(found(format!("x{SECRET}y")), "as it is");
        assert_eq!(find(b"it is hunter2", b"hunter2"), Some(("as it is", 6)));
    }

    #[test]
    fn a_secret_is_found_in_json_of_any_writer() {
        let json = serde_json::json!({ "a": SECRET }).to_string();
        // Python's ensure_ascii, Go's HTML-safe writer, PHP's slashes.
        let python = r#"{"a": "hunter2 / \"\u00e7a\nary\" <&'\ud83d\ude00>"}"#;
        let go = r#"{"a":"hunter2 / \"ça\nary\" \u003c\u0026'😀\u003e"}"#;
        let php = r#"{"a":"hunter2 \/ \"\u00E7a\nary\" <&'\uD83D\uDE00>"}"#;
        for json in [json.as_str(), python, go, php] {
            assert_eq!(found(json), BACKSLASHES);
            // A line of a log in JSON with a body of JSON in it.
            assert_eq!(found(serde_json::Value::from(json).to_string()), BACKSLASHES);
        }
    }

    #[test]
    fn a_secret_is_found_in_source_text() {
        assert_eq!(found(format!("{SECRET:?}")), BACKSLASHES);
        assert_eq!(found(SECRET.escape_default().to_string()), BACKSLASHES);
        assert_eq!(found(SECRET.as_bytes().escape_ascii().to_string()), BACKSLASHES);
        // git and bash.
        assert_eq!(found(r#""hunter2 / \"\303\247a\nary\" <&'\360\237\230\200>""#), BACKSLASHES);
    }

    #[test]
    fn a_secret_is_found_in_urls_forms_and_markup() {
        let url = "hunter2%20%2F%20%22%C3%A7a%0Aary%22%20%3C%26%27%F0%9F%98%80%3E";
        assert_eq!(found(format!("?q={url}&")), URL);
        assert_eq!(found(url.to_lowercase()), URL);
        assert_eq!(found(url.replace("%2F", "/").replace("%27", "'")), URL);
        assert_eq!(found(url.replace("%20", "+")), URL);
        assert_eq!(found("<a>hunter2 / &quot;ça\nary&quot; &lt;&amp;&apos;😀&gt;</a>"), MARKUP);
        assert_eq!(found("hunter2 / &#34;&#xe7;a&#10;ary&#34; &lt;&amp;&#x27;&#128512;&gt;"), MARKUP);
    }

    #[test]
    fn a_secret_is_found_byte_by_byte() {
        let bytes = SECRET.as_bytes();
        let join =
            |separator: &str, byte: fn(&u8) -> String| bytes.iter().map(byte).collect::<Vec<_>>().join(separator);
        for separator in ["", " ", ":", "-", "\n"] {
            assert_eq!(found(join(separator, |byte| format!("{byte:02x}"))), HEX, "{separator:?}");
            assert_eq!(found(join(separator, |byte| format!("{byte:02X}"))), HEX, "{separator:?}");
        }
        assert_eq!(found(join(", ", |byte| format!("0x{byte:02x}"))), HEX);
        assert_eq!(found(format!("{bytes:?}")), DECIMAL);
        assert_eq!(found(format!("{bytes:#?}")), DECIMAL);
    }

    #[test]
    fn base64_is_found_at_every_alignment_across_lines_and_escaped() {
        for before in ["", "a", "ab", "abc", "abcd"] {
            for after in ["", "z", "zy", "zyx"] {
                let text = format!("{before}{SECRET}{after}");
                for encoded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text), URL_SAFE.encode(&text)] {
                    assert_eq!(found(&encoded), BASE64, "{text}");
                    let (head, tail) = encoded.split_at(9);
                    assert_eq!(found(format!("{head}\n  {tail}")), BASE64, "{text}");
                    assert_eq!(found(format!(r"{head}\n{tail}")), BASE64, "{text}");
                    let escaped = encoded.replace('+', "%2B").replace('/', "%2f").replace('=', "%3D");
                    assert_eq!(found(escaped), BASE64, "{text}");
                    assert_eq!(found(encoded.replace('/', r"\/")), BASE64, "{text}");
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
        assert!(find(br"%00%9f%92%96%ff%07", &secret).is_some());
        assert!(find(b"gunter2 is not it, Z3VudGVyMg==, 67756e74657232", b"hunter2").is_none());
    }

    #[test]
    fn a_place_is_told_in_the_text_as_it_was_given() {
        assert_eq!(find(br"\n\n\u0068unter2", b"hunter2"), Some((BACKSLASHES, 4)));
        assert_eq!(find(b"%20 %68unter2", b"hunter2"), Some((URL, 4)));
        assert_eq!(find(b"x: 68 75 6e 74 65 72 32", b"hunter2"), Some((HEX, 3)));
        assert_eq!(find(b"a \n aHVu\ndGVyMg==", b"hunter2"), Some((BASE64, 4)));
    }

    #[test]
    fn broken_escapes_are_text() {
        for text in [
            r"\",
            r"\u",
            r"\u12",
            r"\ud83d",
            r"\ud83d\u0041",
            r"\x4",
            r"\u{110000}",
            r"\u{",
            "%",
            "%4",
            "&#;",
            "&x;",
            "&#xffffffff;",
        ] {
            assert_eq!(find(format!("{text}hunter2").as_bytes(), b"hunter2").unwrap().1, text.len(), "{text}");
            assert_eq!(find(text.as_bytes(), b"hunter2"), None, "{text}");
        }
    }

    #[test]
    fn the_panic_does_not_repeat_the_secret() {
        let panic = std::panic::catch_unwind(|| assert_no_secret_in("it is hunter2!", "hunter2")).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains("at byte 6") && !message.contains("hunter2"), "{message}");
    }
}
