//! A URL: what is a valid one, and what of it may be shown.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::error::{ErrorKind, Failure, Result};

pub(crate) fn check_endpoint_url(url: &str, what: &str) -> Result<()> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let plausible = rest.is_some_and(|rest| {
        !authority(url).is_empty() && !rest.contains('@') && rest.chars().all(|c| c.is_ascii_graphic())
    });
    if plausible {
        return Ok(());
    }
    // The URL may hold a password, so only the scheme and host of a plain one are worth showing.
    Err(Failure::new(ErrorKind::Config, format!("{what} is not a valid URL"))
        .with_hint("write it as `https://HOST` or `http://HOST:PORT`, without user name and password")
        .into())
}

/// Host and port of a URL, without user name and password: also if these have a `/`, `?` or `#` in them, which belongs
/// percent-encoded there.
pub(crate) fn authority(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit('@').next().unwrap_or_default();
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
}

/// Says once of each host that what is sent there is not encrypted, unless it is this machine or link-local.
pub(crate) fn tell_if_plain(url: &str) {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let authority = authority(url);
    if !url.starts_with("http://") || is_near(host(&authority)) {
        return;
    }
    if TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert(authority.clone()) {
        tracing::warn!(
            target: "secretfetch::aws",
            "what is sent to {} is not encrypted: its URL is http, and it is not this machine",
            crate::text::quoted(&authority)
        );
    }
}

/// Whether a host is this machine, or what link-local addresses are given to.
fn is_near(host: &str) -> bool {
    let name = host.trim_matches(['[', ']']);
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            // The last: Pod Identity's agent and instance metadata over IPv6.
            address.is_loopback()
                || address.is_unicast_link_local()
                || [0x23, 0x254].contains(&address.segments()[7])
                    && address.segments()[..7] == [0xfd00, 0xec2, 0, 0, 0, 0, 0]
        }
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

/// The host of `host:port`; of an IPv6 address, with its brackets.
pub(super) fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_urls_are_checked_and_a_password_in_one_is_not_shown() {
        assert!(check_endpoint_url("http://127.0.0.1:4566", "x").is_ok());
        assert!(check_endpoint_url("https://vpce-1.secretsmanager.eu-west-1.vpce.amazonaws.com/", "x").is_ok());
        for url in ["", "localhost:4566", "ftp://x", "https://", "http://user:hunter2@x", "http://a b"] {
            let failure = check_endpoint_url(url, "x").unwrap_err();
            assert_eq!(failure.kind(), ErrorKind::Config);
            assert!(!failure.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn the_authority_has_no_user_name_and_no_path() {
        assert_eq!(
            authority("https://secretsmanager.eu-west-1.amazonaws.com/"),
            "secretsmanager.eu-west-1.amazonaws.com"
        );
        assert_eq!(authority("http://user:pass@proxy:3128/x?y"), "proxy:3128");
        assert_eq!(authority("http://[::1]:4566"), "[::1]:4566");
        for password in ["a/b", "a?b", "a#b", "a@b", "/?#@"] {
            assert_eq!(authority(&format!("http://user:{password}@proxy:3128/x")), "proxy:3128", "{password}");
        }
    }

    #[test]
    fn this_machine_and_link_local_addresses_are_near() {
        for host in [
            "localhost",
            "moto.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
            "169.254.170.23",
            "[fd00:ec2::23]",
            "[fe80::1]",
        ] {
            assert!(is_near(host), "{host}");
        }
        for host in ["moto", "10.0.0.1", "localhost.example", "[fd00:ec2::25]", "[2001:db8::1]", "169.255.0.1"] {
            assert!(!is_near(host), "{host}");
        }
    }

    #[test]
    fn the_host_is_what_is_looked_up() {
        assert_eq!(["a.b:443", "a.b", "[::1]:80"].map(host), ["a.b", "a.b", "[::1]"]);
    }
}
