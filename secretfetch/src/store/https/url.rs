//! The URL under which a store's secrets are.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::origin::{BadOrigin, Origin};
use super::path::{Encoded, has_dots};
use crate::text::quoted;

/// The longest URL of a store: with an id at its end, servers must still take it.
const LONGEST: usize = 4096;

/// The URL under which the secrets of a store are: `https`, or `http` to this machine, and without user name, password,
/// query and fragment. A slash at its end makes no difference.
///
/// ```
/// use secretfetch::HttpsUrl;
///
/// let url: HttpsUrl = "https://api.github.com/repos/acme/app/contents/".parse()?;
/// assert_eq!(url.to_string(), "https://api.github.com/repos/acme/app/contents");
/// assert!("http://127.0.0.1:8080".parse::<HttpsUrl>().is_ok());
/// assert!("http://config.example".parse::<HttpsUrl>().is_err());
/// # Ok::<(), secretfetch::ParseHttpsUrlError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpsUrl {
    /// Without a slash at its end.
    text: String,
    origin: Origin,
}

impl HttpsUrl {
    /// Scheme, host and port.
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What an id stands for: one slash is between the two, whichever of them has it.
    #[cfg_attr(
        not(any(feature = "aws", test)),
        expect(dead_code, reason = "only a store that can be opened asks for it")
    )]
    pub(super) fn join(&self, path: &Encoded) -> String {
        format!("{}/{}", self.text, path.as_str())
    }
}

impl FromStr for HttpsUrl {
    type Err = ParseHttpsUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (origin, path) = Origin::split(text)?;
        if !origin.is_secure() && !is_this_machine(origin.host()) {
            return Err(ParseHttpsUrlError::NotEncrypted(quoted(origin.host())));
        }
        if text.len() > LONGEST {
            return Err(ParseHttpsUrlError::TooLong);
        }
        if path.contains('?') {
            return Err(ParseHttpsUrlError::Query);
        }
        if path.contains('#') {
            return Err(ParseHttpsUrlError::Fragment);
        }
        if !Encoded::is_whole(path) || has_dots(path) {
            return Err(ParseHttpsUrlError::Path);
        }
        let text = text.trim_end_matches('/').to_owned();
        Ok(HttpsUrl { text, origin })
    }
}

/// Whether nothing that is sent there leaves this machine: the addresses are of RFC 1122 (3.2.1.3) and RFC 4291 (2.5.3), the
/// name is of RFC 6761 (6.3).
fn is_this_machine(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost",
    }
}

impl fmt::Display for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The text cannot be the URL of a store. It is not shown: there may be a password in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseHttpsUrlError {
    /// Another scheme, or none.
    #[error("a URL begins with `https://`")]
    Scheme,
    /// A user name or password.
    #[error("there is a user name or password in the URL; that is what `basic` and `bearer` are for")]
    UserInfo,
    /// No host, or one that cannot be.
    #[error("there is no valid host in the URL")]
    Host,
    /// A port that cannot be.
    #[error("the port in the URL is not a number from 1 to 65535")]
    Port,
    /// `http` to another machine.
    #[error("{0} is not this machine, and `http` is not encrypted; write `https`")]
    NotEncrypted(String),
    /// More than 4096 characters.
    #[error("the URL has more than 4096 characters")]
    TooLong,
    /// A query.
    #[error("there is a `?` in the URL; a query stands behind the path in `secretId`")]
    Query,
    /// A fragment.
    #[error("there is a `#` in the URL, and what stands behind it is not sent; write `%23` if it is a part of a name")]
    Fragment,
    /// What is not a path.
    #[error("the URL's path has a part that is `.` or `..`, or a character that must be percent-encoded")]
    Path,
}

impl From<BadOrigin> for ParseHttpsUrlError {
    fn from(bad: BadOrigin) -> Self {
        match bad {
            BadOrigin::Scheme => ParseHttpsUrlError::Scheme,
            BadOrigin::UserInfo => ParseHttpsUrlError::UserInfo,
            BadOrigin::Host => ParseHttpsUrlError::Host,
            BadOrigin::Port => ParseHttpsUrlError::Port,
        }
    }
}

crate::error::is_config_error!(ParseHttpsUrlError);

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(url: &str, id: &str) -> String {
        url.parse::<HttpsUrl>().unwrap().join(&id.parse().unwrap())
    }

    #[test]
    fn one_slash_is_between_the_url_and_the_path() {
        for (url, id, joined_url) in [
            ("https://a.example", "x", "https://a.example/x"),
            ("https://a.example/", "/x", "https://a.example/x"),
            ("https://a.example/b", "/x", "https://a.example/b/x"),
            ("https://a.example/b/", "x/y?ref=main", "https://a.example/b/x/y?ref=main"),
            ("https://a.example:8443/b%20c//", "x", "https://a.example:8443/b%20c/x"),
            ("https://[::1]:8443", "x/", "https://[::1]:8443/x/"),
        ] {
            assert_eq!(joined(url, id), joined_url);
        }
    }

    #[test]
    fn http_is_for_this_machine_alone() {
        for host in ["localhost", "127.0.0.1", "127.9.9.9:80", "[::1]", "[::1]:8080", "LOCALHOST"] {
            assert!(format!("http://{host}/x").parse::<HttpsUrl>().is_ok(), "{host}");
        }
        for host in ["10.0.0.1", "localhost.example", "[::2]", "169.254.169.254", "127.0.0.1.example", "a.localhost"] {
            let error = format!("http://{host}/x").parse::<HttpsUrl>().unwrap_err();
            assert!(matches!(error, ParseHttpsUrlError::NotEncrypted(_)), "{host}: {error}");
        }
    }

    #[test]
    fn what_is_no_url_of_a_store_is_refused_and_not_shown() {
        use ParseHttpsUrlError::{Fragment, Host, Path, Port, Query, Scheme, TooLong, UserInfo};
        for (url, expected) in [
            ("", Scheme),
            ("a.example", Scheme),
            ("ftp://a.example", Scheme),
            ("HTTPS:/a.example", Scheme),
            ("https://", Host),
            ("https:///x", Host),
            ("https://a b", Host),
            ("https://a\nb", Host),
            ("https://ä.example", Host),
            ("https://[::1", Host),
            ("https://[hunter2]", Host),
            ("https://a.example:", Port),
            ("https://a.example:0", Port),
            ("https://a.example:65536", Port),
            ("https://a.example:x", Port),
            ("https://app:hunter2@a.example", UserInfo),
            ("https://hunter2@a.example/x", UserInfo),
            ("https://app:hunt/er2@a.example/x", Port),
            ("https://a.example/x?hunter2", Query),
            ("https://a.example?hunter2", Query),
            ("https://a.example/#hunter2", Fragment),
            ("https://a.example/a b", Path),
            ("https://a.example/ä", Path),
            (&format!("https://a.example/{}", "x".repeat(4096)), TooLong),
            ("https://a.example/%2", Path),
            ("https://a.example/a/../b", Path),
            ("https://a.example/%2e%2E/b", Path),
        ] {
            let error = url.parse::<HttpsUrl>().unwrap_err();
            assert_eq!(error, expected, "{url:?}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
