//! What stands behind the host in a URL: a path, and perhaps a query.

use std::str::FromStr;

use crate::error::{ErrorKind, Failure, Result};
use crate::secret::SecretRequest;
use crate::text::quoted;

/// A path and its query, without the slash that they begin with, as they are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encoded(String);

impl Encoded {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a path can be sent as it stands.
    pub(super) fn is_whole(path: &str) -> bool {
        encoded(path).is_some_and(|encoded| encoded == path)
    }
}

/// Why an id is no path under a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadPath {
    #[error("is a whole URL, where a path under the store's `url` is wanted")]
    WholeUrl,
    #[error("begins with two slashes, behind which a URL has another host")]
    OtherHost,
    #[error("has a part that is `.` or `..`, which leads out of the store's `url`")]
    Dots,
    #[error("has a `#`, behind which nothing is sent: write `%23` if it is a part of a name")]
    Fragment,
    #[error("has a `%` that is not followed by two hexadecimal digits: write `%25` if it is a part of a name")]
    Percent,
}

impl FromStr for Encoded {
    type Err = BadPath;

    fn from_str(id: &str) -> Result<Self, Self::Err> {
        let (path, query) = id.split_at(id.find('?').unwrap_or(id.len()));
        let is_letter = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        if path.split_once("://").is_some_and(|(scheme, _)| !scheme.is_empty() && scheme.chars().all(is_letter)) {
            return Err(BadPath::WholeUrl);
        }
        // Some servers and proxies take one for the other.
        if path.replace('\\', "/").starts_with("//") {
            return Err(BadPath::OtherHost);
        }
        if id.contains('#') {
            return Err(BadPath::Fragment);
        }
        if has_dots(path) {
            return Err(BadPath::Dots);
        }
        let path = encoded(path.strip_prefix('/').unwrap_or(path)).ok_or(BadPath::Percent)?;
        // In a query a question mark stands for itself.
        let query = query.split('?').map(encoded).collect::<Option<Vec<_>>>().ok_or(BadPath::Percent)?;
        Ok(Encoded(path + &query.join("?")))
    }
}

/// What a request asks for under the store's URL.
pub(super) fn path_of(request: &SecretRequest) -> Result<Encoded> {
    let id = request.secret_id().as_str();
    id.parse::<Encoded>().map_err(|bad| {
        Failure::new(ErrorKind::Config, format!("the path {} {bad}", quoted(id)))
            .with_hint("an id is a path under the store's `url`, such as `app/config.json?ref=main`")
            .into()
    })
}

/// With `%XX` for each byte that cannot stand in a path ([RFC 3986](https://www.rfc-editor.org/rfc/rfc3986#section-3.3)).
/// What is encoded already stays so. `None` if a `%` is neither.
pub(super) fn encoded(text: &str) -> Option<String> {
    let mut encoded = String::with_capacity(text.len());
    let bytes = text.as_bytes();
    for (place, &byte) in bytes.iter().enumerate() {
        match byte {
            b'%' => {
                let digits = bytes.get(place + 1..place + 3)?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return None;
                }
                encoded.push('%');
            }
            _ if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte) => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    Some(encoded)
}

/// Whether a part of the path is `.` or `..`, to whoever reads it: encoded, with backslashes for slashes, or with a parameter
/// behind it, as servers are known to take it.
pub(super) fn has_dots(path: &str) -> bool {
    let bytes = path.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut place = 0;
    while let Some(&byte) = bytes.get(place) {
        let digits = bytes.get(place + 1..place + 3).filter(|_| byte == b'%');
        let code = digits.and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok());
        decoded.push(code.unwrap_or(byte));
        place += if code.is_some() { 3 } else { 1 };
    }
    let parts = decoded.split(|byte| b"/\\".contains(byte));
    parts.filter_map(|part| part.split(|byte| *byte == b';').next()).any(|part| part == b"." || part == b"..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_stand_in_a_url_is_encoded_and_what_is_encoded_stays() {
        for (id, sent) in [
            ("x", "x"),
            ("/x", "x"),
            ("a/b.json?ref=main", "a/b.json?ref=main"),
            ("a//b/", "a//b/"),
            ("a b/ä.json", "a%20b/%C3%A4.json"),
            ("projects/acme%2Fapp/x", "projects/acme%2Fapp/x"),
            ("a\"<>\\^`{|}[]b", "a%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5Db"),
            ("a:b@c;d=1,2", "a:b@c;d=1,2"),
            ("x?a=b c&d=/?&e=%26", "x?a=b%20c&d=/?&e=%26"),
            ("?x", "?x"),
            ("...", "..."),
            ("a..b/.c/d.", "a..b/.c/d."),
        ] {
            assert_eq!(id.parse::<Encoded>().unwrap().as_str(), sent, "{id}");
        }
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for (id, expected) in [
            ("https://b.example/x", BadPath::WholeUrl),
            ("file:///etc/passwd", BadPath::WholeUrl),
            ("//b.example/x", BadPath::OtherHost),
            ("/\\b.example/x", BadPath::OtherHost),
            ("..", BadPath::Dots),
            ("../x", BadPath::Dots),
            ("a/../../x", BadPath::Dots),
            ("a/./x", BadPath::Dots),
            ("a/%2e%2E/x", BadPath::Dots),
            ("a/.%2e", BadPath::Dots),
            ("a%2f..%2fx", BadPath::Dots),
            ("a\\..\\x", BadPath::Dots),
            ("a/..;x/y", BadPath::Dots),
            ("a#b", BadPath::Fragment),
            ("a?b#c", BadPath::Fragment),
            ("100%", BadPath::Percent),
            ("a%zz", BadPath::Percent),
            ("a?b=%4", BadPath::Percent),
            ("a%%41", BadPath::Percent),
        ] {
            assert_eq!(id.parse::<Encoded>().unwrap_err(), expected, "{id}");
        }
    }
}
