//! Where `watch` listens, and where `probe` finds it.

use std::fmt::{self, Display};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// An address to listen on: `:8080` is every interface, which the kubelet's `httpGet` needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListenAddress {
    /// Every interface, by IPv6 and IPv4 as far as the host has them.
    Everywhere(u16),
    At(SocketAddr),
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `u16::from_str` takes a plus sign as well.
        let port = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        if let Some(port) = text.strip_prefix(':').and_then(port) {
            return Ok(ListenAddress::Everywhere(port));
        }
        // A name is not looked up: it may stand for several addresses, or for another one tomorrow.
        text.parse()
            .map(ListenAddress::At)
            .map_err(|_| format!("`{text}` is not an address such as `:8080`, `127.0.0.1:8080` or `[::1]:8080`"))
    }
}

impl Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListenAddress::Everywhere(port) => write!(f, ":{port}"),
            ListenAddress::At(address) => address.fmt(f),
        }
    }
}

impl ListenAddress {
    pub(crate) fn port(self) -> u16 {
        match self {
            ListenAddress::Everywhere(port) => port,
            ListenAddress::At(address) => address.port(),
        }
    }

    /// The addresses at which a process on the same host, or in the same pod, finds what listens here.
    pub(crate) fn on_the_same_host(self) -> Vec<SocketAddr> {
        let loopback = |address: IpAddr| SocketAddr::new(address, self.port());
        let (v4, v6) = (loopback(Ipv4Addr::LOCALHOST.into()), loopback(Ipv6Addr::LOCALHOST.into()));
        match self {
            ListenAddress::Everywhere(_) => vec![v4, v6],
            ListenAddress::At(address) if !address.ip().is_unspecified() => vec![address],
            ListenAddress::At(SocketAddr::V4(_)) => vec![v4],
            ListenAddress::At(SocketAddr::V6(_)) => vec![v6],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written_alike() {
        for text in [":8080", ":0", "127.0.0.1:8080", "0.0.0.0:65535", "[::1]:8080", "[::]:0", "[fe80::1%2]:80"] {
            let address: ListenAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_some_that_are() {
        for text in [
            "",
            ":",
            "8080",
            "127.0.0.1",
            "::1",
            "::1:8080x",
            "[::1]",
            "localhost:8080",
            ":65536",
            ":-1",
            ":+80",
            ": 80",
            ":8080 ",
            "*:8080",
            "127.0.0.1:",
            "127.1:80",
            "http://127.0.0.1:8080",
            ":８０",
        ] {
            let error = text.parse::<ListenAddress>().unwrap_err();
            assert_eq!(error, format!("`{text}` is not an address such as `:8080`, `127.0.0.1:8080` or `[::1]:8080`"));
        }
    }

    #[test]
    fn a_probe_goes_to_the_loopback_interface_where_every_interface_is_listened_on() {
        let found = |text: &str| -> Vec<String> {
            let address: ListenAddress = text.parse().unwrap();
            address.on_the_same_host().iter().map(SocketAddr::to_string).collect()
        };
        assert_eq!(found(":80"), ["127.0.0.1:80", "[::1]:80"]);
        assert_eq!(found("0.0.0.0:80"), ["127.0.0.1:80"]);
        assert_eq!(found("[::]:80"), ["[::1]:80"]);
        assert_eq!(found("10.0.0.7:80"), ["10.0.0.7:80"]);
        assert_eq!(found("[::1]:80"), ["[::1]:80"]);
    }
}
