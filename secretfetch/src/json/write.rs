//! Compact JSON text: no blanks, nothing escaped that need not be.

use super::value::Value;

/// Appends `value` as compact JSON text.
pub(crate) fn compact(value: &Value, out: &mut String) {
    write(value, &mut |text| out.push_str(text));
}

/// The bytes that [`compact`] appends, so that a buffer can be sized before it is filled.
pub(crate) fn compact_len(value: &Value) -> usize {
    let mut length = 0;
    write(value, &mut |text| length += text.len());
    length
}

/// Gives `value` as compact JSON text to `out`, piece by piece.
pub(crate) fn write(value: &Value, out: &mut dyn FnMut(&str)) {
    match value {
        Value::Null => out("null"),
        Value::Bool(true) => out("true"),
        Value::Bool(false) => out("false"),
        Value::Number(token) => out(token),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out("[");
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out(",");
                }
                write(item, out);
            }
            out("]");
        }
        Value::Object(members) => {
            out("{");
            for (index, (key, item)) in members.iter().enumerate() {
                if index > 0 {
                    out(",");
                }
                write_string(key, out);
                out(":");
                write(item, out);
            }
            out("}");
        }
    }
}

/// RFC 8259, section 7: quotation mark, backslash and control characters must be escaped.
pub(crate) fn write_string(text: &str, out: &mut dyn FnMut(&str)) {
    out("\"");
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..=0x1f => "",
            _ => continue,
        };
        out(&text[plain..at]);
        if escaped.is_empty() {
            out(&format!("\\u{byte:04x}"));
        } else {
            out(escaped);
        }
        plain = at + 1;
    }
    out(&text[plain..]);
    out("\"");
}

#[cfg(test)]
mod tests {
    use crate::json::{compact, compact_len, parse};

    proptest::proptest! {
        #[test]
        fn text_reads_back_in_serde_json(text in "\\PC*|[\u{0}-\u{ff}]*") {
            let source = serde_json::to_string(&vec![&text]).unwrap();
            let value = parse(&source).unwrap();
            let mut written = String::new();
            compact(&value, &mut written);
            proptest::prop_assert_eq!(written.len(), compact_len(&value));
            let back: Vec<String> = serde_json::from_str(&written).unwrap();
            proptest::prop_assert_eq!(&back[0], &text);
        }
    }
}
