//! The HTTP proxy that the environment asks for.

use std::fmt;

use hyper::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

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
}

impl Proxy {
    /// `HTTPS_PROXY`, else `ALL_PROXY`, except for the hosts in `NO_PROXY`; each in either case.
    pub(super) fn from_environment(variable: impl Fn(&'static str) -> Option<String>) -> Result<Option<Self>> {
        let first = |names: &[&'static str]| {
            names.iter().find_map(|&name| variable(name).filter(|value| !value.trim().is_empty()).map(|v| (name, v)))
        };
        let Some((name, url)) = first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]) else {
            return Ok(None);
        };
        let url = url.trim();
        // curl takes a proxy without a scheme as an http one.
        let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let invalid = || {
            // The URL may hold a password: it is not shown.
            Error::from(
                Failure::new(ErrorKind::Config, format!("{name} is not the URL of an http or https proxy"))
                    .with_hint("write it as `http://HOST:PORT`"),
            )
        };
        let scheme = url.parse::<Uri>().ok().and_then(|uri| {
            let host = uri.host().is_some_and(|host| !host.is_empty());
            uri.scheme_str().filter(|_| host).map(str::to_ascii_lowercase)
        });
        if !matches!(scheme.as_deref(), Some("http" | "https")) {
            return Err(invalid());
        }
        let mut matcher = Matcher::builder().https(url.clone());
        if let Some((_, exceptions)) = first(&["NO_PROXY", "no_proxy"]) {
            matcher = matcher.no(exceptions);
        }
        Ok(Some(Proxy { variable: name, authority: super::endpoint::authority(&url), matcher: matcher.build() }))
    }

    /// The proxy's URL and credentials, if a request to `uri` goes through it.
    pub(super) fn intercept(&self, uri: &Uri) -> Option<Intercept> {
        self.matcher.intercept(uri)
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
    fn a_password_in_the_url_is_never_shown() {
        let failure = proxy(&[("HTTPS_PROXY", "socks5://user:hunter2@p:1")]).unwrap_err();
        assert_eq!(failure.kind(), ErrorKind::Config);
        assert!(!failure.to_string().contains("hunter2"), "{failure}");
        let proxy = proxy(&[("HTTPS_PROXY", "http://user:hunter2@p:1")]).unwrap().unwrap();
        let shown = format!("{proxy:?} {}", proxy.describe());
        assert!(!shown.contains("hunter2") && !shown.contains("user"), "{shown}");
    }
}
