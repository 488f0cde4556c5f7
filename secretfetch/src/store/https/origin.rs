//! Whom a URL asks: scheme, host and port.

use std::fmt;
use std::net::Ipv6Addr;

/// Scheme, host and port of a URL, by which [RFC 6454](https://www.rfc-editor.org/rfc/rfc6454#section-5) tells whether two
/// are asked of the same server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    is_secure: bool,
    /// In lower case; of an IPv6 address, with its brackets.
    host: String,
    port: u16,
}

/// Why a URL has no origin. The URL may hold a password, so nothing of it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadOrigin {
    Scheme,
    UserInfo,
    Host,
    Port,
}

impl Origin {
    /// Splits a URL into its origin, and what stands behind it.
    pub(super) fn split(url: &str) -> Result<(Self, &str), BadOrigin> {
        let (scheme, rest) = url.split_once("://").ok_or(BadOrigin::Scheme)?;
        let is_secure = match scheme {
            _ if scheme.eq_ignore_ascii_case("https") => true,
            _ if scheme.eq_ignore_ascii_case("http") => false,
            _ => return Err(BadOrigin::Scheme),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(BadOrigin::UserInfo);
        }
        let (host, port) = match authority.rfind(':').filter(|&colon| !authority[colon..].contains(']')) {
            Some(colon) => (&authority[..colon], Some(&authority[colon + 1..])),
            None => (authority, None),
        };
        if !is_host(host) {
            return Err(BadOrigin::Host);
        }
        let port = match port {
            None if is_secure => 443,
            None => 80,
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                port.parse().ok().filter(|port| *port > 0).ok_or(BadOrigin::Port)?
            }
            Some(_) => return Err(BadOrigin::Port),
        };
        Ok((Origin { is_secure, host: host.to_ascii_lowercase(), port }, path))
    }

    pub(super) fn is_secure(&self) -> bool {
        self.is_secure
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }
}

/// A name as DNS and its kin have them, an IPv4 address, or an IPv6 address between brackets.
fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(address) => address.strip_suffix(']').is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => {
            let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            (1..=253).contains(&host.len()) && host.bytes().all(is_fit)
        }
    }
}

/// As a URL has it: with the port, unless it is the scheme's own.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.is_secure { ("https", 443) } else { ("http", 80) };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port == usual { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Origin {
        Origin::split(url).unwrap().0
    }

    #[test]
    fn the_same_server_is_the_same_however_it_is_written() {
        assert_eq!(origin("https://a.example/x"), origin("HTTPS://A.example:443"));
        assert_eq!(origin("http://[::1]/"), origin("http://[::1]:80?x"));
        for other in ["http://a.example/x", "https://a.example:444/x", "https://b.example/x", "https://a.example./x"] {
            assert_ne!(origin("https://a.example/x"), origin(other), "{other}");
        }
    }

    #[test]
    fn an_origin_is_shown_without_the_usual_port() {
        assert_eq!(origin("https://A.example:443/x?y").to_string(), "https://a.example");
        assert_eq!(origin("http://[::1]:8080/x").to_string(), "http://[::1]:8080");
    }

    #[test]
    fn what_stands_behind_the_origin_is_left_as_it_is() {
        for (url, rest) in
            [("https://a", ""), ("https://a/b//c?d", "/b//c?d"), ("https://a?b", "?b"), ("https://a#b", "#b")]
        {
            assert_eq!(Origin::split(url).unwrap().1, rest);
        }
    }
}
