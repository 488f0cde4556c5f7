//! One component of a URL: user, password, a segment of the path, a name or value of the query.
//!
//! Source: [RFC 3986](https://www.rfc-editor.org/rfc/rfc3986), section 2.3: all but the unreserved characters is
//! percent-encoded, as UTF-8.

use super::{UPPER, hex_digit};
use crate::format::write::escaped;

pub(in crate::format) fn refuse(text: &str) -> Option<&'static str> {
    match text {
        // RFC 3986, section 5.2.4; the URL Standard takes `%2e` for a dot as well.
        "." | ".." => Some("the value is `.` or `..`, which as a segment of a path is a step, however it is written"),
        _ => text.contains('\0').then_some("the value has a NUL, which libpq and others take in no URL"),
    }
}

pub(in crate::format) fn write(text: &str, out: &mut dyn FnMut(&str)) {
    escaped(text, out, |_, c, out| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~') {
            return false;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes().map(u32::from) {
            out("%");
            out(hex_digit(byte >> 4, UPPER));
            out(hex_digit(byte, UPPER));
        }
        true
    });
}

#[cfg(test)]
mod tests {
    use super::super::written;
    use super::*;

    #[test]
    fn all_but_the_unreserved_is_percent_encoded() {
        assert_eq!(written(|out| write("p@ss/w#rd é-._~ +%", out)), "p%40ss%2Fw%23rd%20%C3%A9-._~%20%2B%25");
        assert!([".", "..", "a\0"].iter().all(|text| refuse(text).is_some()));
        assert_eq!(refuse("..."), None);
    }
}
