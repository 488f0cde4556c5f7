//! Headers of the user's own.

use std::fmt;

use crate::text::quoted;

/// Headers that go with every request, each once, and none that the store itself writes.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Headers(Vec<(String, String)>);

/// The text cannot be a header's name or value, or the header is not the user's to set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseHttpsHeaderError {
    /// Not a name.
    #[error("{0} is not the name of a header")]
    Name(String),
    /// A value with a line break, or with a character that is not ASCII.
    #[error("the value of {0} has a line break, a control character or one outside ASCII, which no header can hold")]
    Value(String),
    /// What makes known who asks.
    #[error("{0} holds a secret; name the secret in `bearer` or `basic`")]
    Secret(String),
    /// What says how a message is sent, or which answer is wanted: that is the store's own.
    #[error("{0} is written by the store itself")]
    Own(String),
    /// The same name again, perhaps in other letters.
    #[error("{0} is there twice")]
    Twice(String),
}

crate::error::is_config_error!(ParseHttpsHeaderError);

/// Of the connection ([RFC 9110, section 7.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1)), of the message, and
/// those that ask for something else than the whole value as it is.
const OWN: [&str; 20] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
    "content-type",
    "content-encoding",
    "expect",
    "accept-encoding",
    "range",
    "if-range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "http2-settings",
];

const SECRET: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];

impl Headers {
    pub(super) fn add(&mut self, name: &str, value: &str) -> Result<(), ParseHttpsHeaderError> {
        // RFC 9110, section 5.6.2.
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(ParseHttpsHeaderError::Name(quoted(name)));
        }
        let is = |known: &&str| known.eq_ignore_ascii_case(name);
        if SECRET.iter().any(is) {
            return Err(ParseHttpsHeaderError::Secret(quoted(name)));
        }
        if OWN.iter().any(is) {
            return Err(ParseHttpsHeaderError::Own(quoted(name)));
        }
        if !value.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)) {
            return Err(ParseHttpsHeaderError::Value(quoted(name)));
        }
        if self.has(name) {
            return Err(ParseHttpsHeaderError::Twice(quoted(name)));
        }
        self.0.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    #[cfg_attr(
        not(any(feature = "aws", test)),
        expect(dead_code, reason = "only a store that can be opened sends them")
    )]
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The names: a value may be a secret whose name says nothing of it.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_taken_as_it_is_written() {
        let mut headers = Headers::default();
        let all =
            [("Accept", "application/vnd.github.raw+json"), ("X-GitHub-Api-Version", "2022-11-28"), ("X-Empty", "")];
        for (name, value) in all {
            headers.add(name, value).unwrap();
        }
        assert_eq!(headers.iter().collect::<Vec<_>>(), all);
        assert_eq!(format!("{headers:?}"), r#"["Accept", "X-GitHub-Api-Version", "X-Empty"]"#);
        assert!(headers.has("ACCEPT") && !headers.has("user-agent"));
    }

    #[test]
    fn what_is_no_header_of_the_users_is_refused_and_its_value_not_shown() {
        let mut headers = Headers::default();
        headers.add("Accept", "*/*").unwrap();
        for (name, value) in [
            ("", "hunter2"),
            ("a b", "hunter2"),
            ("a:", "hunter2"),
            ("ä", "hunter2"),
            ("X-A\r\nX-B", "hunter2"),
            ("X-A", "hunter2\r\nX-B: 1"),
            ("X-A", "hunter2\n"),
            ("X-A", "hunter2\0"),
            ("X-A", "hünter2"),
            ("Authorization", "Bearer hunter2"),
            ("cookie", "hunter2"),
            ("Host", "hunter2"),
            ("content-LENGTH", "1"),
            ("Connection", "hunter2"),
            ("Transfer-Encoding", "chunked"),
            ("Accept-Encoding", "gzip"),
            ("Range", "bytes=0-1"),
            ("accept", "hunter2"),
        ] {
            let error = headers.add(name, value).unwrap_err();
            assert!(!error.to_string().contains("nter2"), "{error}");
            assert!(!error.to_string().contains('\n'), "{error}");
        }
        assert_eq!(headers.iter().count(), 1);
    }
}
