//! The HTTP proxy that the environment asks for.

use std::fmt;

use hyper::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::url::authority;
use crate::error::{Error, ErrorKind, Failure, Result};

/// The proxy for https requests. Requests over http never use it: those go to credential endpoints,
/// which answer with credentials, and to local test endpoints.
///
/// `Debug` shows no user name or password of the proxy's URL.
pub(super) struct Proxy {
    variable: &'static str,
    /// Host and port, for messages.
    authority: String,
    matcher: Matcher,
    /// The exceptions of one port alone.
    by_port: Vec<(u16, Matcher)>,
}

impl Proxy {
    /// `HTTPS_PROXY`, else `ALL_PROXY`, except for the hosts in `NO_PROXY`; each in either case.
    pub(super) fn from_environment(variable: impl Fn(&'static str) -> Option<String>) -> Result<Option<Self>> {
        let first = |names: &[&'static str]| {
            names.iter().find_map(|&name| variable(name).filter(|value| !value.trim().is_empty()).map(|v| (name, v)))
        };
        let own = first(&["HTTPS_PROXY", "https_proxy"]);
        let Some((name, url)) = own.or_else(|| first(&["ALL_PROXY", "all_proxy"])) else {
            return Ok(None);
        };
        let is_own = matches!(name, "HTTPS_PROXY" | "https_proxy");
        let url = url.trim();
        // curl takes a proxy without a scheme as an http one.
        let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let invalid = || {
            // The URL may hold a password: it is not shown.
            Error::from(
                Failure::new(ErrorKind::Config, format!("{name} is not the URL of an http or https proxy"))
                    .with_hint("write it as `http://USER:PASSWORD@HOST:PORT`, with `/`, `?`, `#`, `@` of a password percent-encoded"),
            )
        };
        let scheme = url.parse::<Uri>().ok().and_then(|uri| {
            // Past the authority an `@` is the end of a password with a `/` or `?` in it: its begin would be the host.
            let is_whole = !uri.path_and_query().is_some_and(|rest| rest.as_str().contains('@'));
            let host = is_whole && uri.host().is_some_and(|host| !host.is_empty()) && !url.contains('#');
            uri.scheme_str().filter(|_| host).map(str::to_ascii_lowercase)
        });
        if !matches!(scheme.as_deref(), Some("http" | "https")) {
            if is_own || scheme.is_none() {
                return Err(invalid());
            }
            // Set for all programs of this machine, of which others can speak it.
            tracing::warn!(
                target: "secretfetch::aws",
                "{name} is not used: it names a proxy that is neither http nor https; HTTPS_PROXY can name one that is"
            );
            return Ok(None);
        }
        let exceptions = first(&["NO_PROXY", "no_proxy"]).map(|(_, value)| value).unwrap_or_default();
        let (by_port, everywhere): (Vec<Exception>, Vec<Exception>) = exceptions
            .split([',', ' ', '\t'])
            .filter(|entry| !entry.is_empty())
            .map(Exception::read)
            .partition(|exception| exception.port.is_some());
        let without = |hosts: &[&str]| Matcher::builder().https(url.clone()).no(hosts.join(",")).build();
        let hosts: Vec<&str> = everywhere.iter().map(|exception| exception.host.as_str()).collect();
        let by_port =
            by_port.iter().filter_map(|exception| Some((exception.port?, without(&[&exception.host])))).collect();
        let matcher = without(&hosts);
        Ok(Some(Proxy { variable: name, authority: authority(&url), matcher, by_port }))
    }

    /// The proxy's URL and credentials, if a request to `uri` goes through it.
    pub(super) fn intercept(&self, uri: &Uri) -> Option<Intercept> {
        // Only https goes through the proxy.
        let port = uri.port_u16().unwrap_or(443);
        let is_exception = |(of, matcher): &(u16, Matcher)| *of == port && matcher.intercept(uri).is_none();
        if self.by_port.iter().any(is_exception) { None } else { self.matcher.intercept(uri) }
    }

    /// Whether a request to `uri` goes through it.
    pub(super) fn is_for(&self, uri: &str) -> bool {
        uri.parse().is_ok_and(|uri| self.intercept(&uri).is_some())
    }

    /// Host and port.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// For messages: what it is, and what names it.
    pub(super) fn describe(&self) -> String {
        format!("{} ({})", self.authority, self.variable)
    }
}

/// An entry of `NO_PROXY`, of which there is no standard: a name with its subdomains, `.name` or `*.name`, an address, a
/// network, `*`; with a port, only there (Go's `httpproxy`, curl and Python have the same forms).
struct Exception {
    /// As the matcher understands it.
    host: String,
    port: Option<u16>,
}

impl Exception {
    fn read(entry: &str) -> Self {
        let (host, port) = match entry.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']').unwrap_or((rest, ""));
                (host, rest.strip_prefix(':').and_then(|port| port.parse().ok()))
            }
            // With more than one colon it is an IPv6 address.
            None => match entry.split_once(':').map(|(host, port)| (host, port.parse())) {
                Some((host, Ok(port))) => (host, Some(port)),
                _ => (entry, None),
            },
        };
        let host = match host {
            // To the matcher a star stands for names alone.
            "*" => "*,0.0.0.0/0,::/0",
            host if host.starts_with("*.") => &host[1..],
            host => host,
        };
        Exception { host: host.to_owned(), port }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("variable", &self.variable).field("authority", &self.authority).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(variables: &[(&'static str, &str)]) -> Result<Option<Proxy>> {
        Proxy::from_environment(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn only_https_requests_outside_no_proxy_go_through_the_proxy() {
        let proxy =
            proxy(&[("HTTPS_PROXY", "proxy.corp:3128"), ("no_proxy", "internal.corp, 10.0.0.0/8")]).unwrap().unwrap();
        assert!(proxy.is_for("https://secretsmanager.eu-west-1.amazonaws.com/"));
        assert_eq!(proxy.describe(), "proxy.corp:3128 (HTTPS_PROXY)");
        assert!(!proxy.is_for("https://vpce.internal.corp/"));
        assert!(!proxy.is_for("https://10.1.2.3/"));
        assert!(!proxy.is_for("http://169.254.170.23/v1/credentials"));
    }

    #[test]
    fn the_lower_case_and_the_all_variables_count_and_http_proxy_does_not() {
        assert!(proxy(&[]).unwrap().is_none());
        assert!(proxy(&[("HTTP_PROXY", "http://p:1"), ("HTTPS_PROXY", " ")]).unwrap().is_none());
        assert_eq!(proxy(&[("https_proxy", "http://p:1")]).unwrap().unwrap().variable, "https_proxy");
        assert_eq!(proxy(&[("ALL_PROXY", "http://p:1")]).unwrap().unwrap().variable, "ALL_PROXY");
    }

    #[test]
    fn a_socks_proxy_for_all_programs_is_passed_over_and_one_for_https_is_a_mistake() {
        for url in ["socks5://p:1080", "socks5h://user:hunter2@p:1080", "SOCKS4://p:1"] {
            for name in ["ALL_PROXY", "all_proxy"] {
                assert!(proxy(&[(name, url)]).unwrap().is_none(), "{name}={url}");
            }
            assert_eq!(proxy(&[("HTTPS_PROXY", url)]).unwrap_err().kind(), ErrorKind::Config);
            let both = proxy(&[("ALL_PROXY", url), ("HTTPS_PROXY", "http://q:1")]).unwrap().unwrap();
            assert_eq!(both.variable, "HTTPS_PROXY");
        }
    }

    #[test]
    fn exceptions_are_names_with_and_without_stars_and_dots_ports_addresses_and_networks() {
        let is_for = |exceptions: &str, host: &str| {
            let variables = [("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", exceptions)];
            proxy(&variables).unwrap().unwrap().is_for(&format!("https://{host}/"))
        };
        for (exceptions, host, through) in [
            ("corp", "a.corp", false),
            ("corp", "corp", false),
            ("corp", "acorp", true),
            (".corp", "a.corp", false),
            ("*.corp", "a.b.corp", false),
            ("*.corp", "acorp", true),
            ("*.amazonaws.com", "secretsmanager.eu-west-1.amazonaws.com", false),
            ("Corp", "A.CORP", false),
            ("a.corp:443", "a.corp", false),
            ("a.corp:443", "a.corp:8443", true),
            ("a.corp:8443", "a.corp:8443", false),
            ("*.corp:8443", "a.corp:8443", false),
            ("*", "a.corp", false),
            ("x, *", "a.corp", false),
            ("*", "10.1.2.3", false),
            ("*", "[::1]:8443", false),
            ("*:8443", "a.corp:8443", false),
            ("*:8443", "a.corp", true),
            ("10.0.0.0/8", "10.1.2.3", false),
            ("10.0.0.0/8", "11.1.2.3", true),
            ("10.1.2.3", "10.1.2.3", false),
            ("10.1.2.3:443", "10.1.2.3", false),
            ("10.1.2.3:8443", "10.1.2.3", true),
            ("fd00::/8", "[fd00::1]", false),
            ("::1", "[::1]", false),
            ("[::1]", "[::1]", false),
            ("[::1]:443", "[::1]", false),
            ("[::1]:8443", "[::1]", true),
            ("a.corp b.corp", "b.corp", false),
            ("a.corp ,  b.corp", "b.corp", false),
            ("", "a.corp", true),
            (",,", "a.corp", true),
        ] {
            assert_eq!(is_for(exceptions, host), through, "NO_PROXY={exceptions:?} {host}");
        }
    }

    #[test]
    fn a_password_in_the_url_is_never_shown() {
        let failure = proxy(&[("HTTPS_PROXY", "socks5://user:hunter2@p:1")]).unwrap_err();
        assert_eq!(failure.kind(), ErrorKind::Config);
        assert!(!failure.to_string().contains("hunter2"), "{failure}");
        // Its begin would be taken for the host.
        for password in ["hunter2/x", "hunter2?x", "hunter2#x"] {
            let failure = proxy(&[("HTTPS_PROXY", &format!("http://user:{password}@p:1"))]).unwrap_err();
            assert!(!failure.to_string().contains("hunter2"), "{failure}");
            assert!(failure.to_string().contains("percent-encoded"), "{failure}");
        }
        let proxy = proxy(&[("HTTPS_PROXY", "http://user:hunter2@p:1")]).unwrap().unwrap();
        let shown = format!("{proxy:?} {}", proxy.describe());
        assert!(!shown.contains("hunter2") && !shown.contains("user"), "{shown}");
    }
}
