//! No answer, or a broken one: name look-up, connection, TLS, proxy, time, size.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use aws_smithy_runtime_api::client::dns::ResolveDnsError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use http_body_util::LengthLimitError;
use rustls::{AlertDescription, CertificateError};

use super::cause::{chain, find};
use super::error::{ToProxy, TransportError, WaitingFor};
use crate::bounds::{ANSWER, Bytes};
use crate::error::{ErrorKind, Failure};

/// Diagnoses an error of the HTTP client. `error` is only searched, never shown.
pub(crate) fn no_answer(error: &(dyn StdError + 'static)) -> Failure {
    let (endpoint, proxy) = match find::<TransportError>(error) {
        Some(TransportError::Unusable(error)) => return error.primary().clone(),
        Some(TransportError::TooLarge { longest }) => return too_large(*longest),
        Some(TransportError::Late { endpoint, proxy, waiting_for, limit }) => {
            return late(endpoint, proxy.as_deref(), *waiting_for, *limit);
        }
        Some(TransportError::Broken { endpoint, proxy, source }) => {
            return broken_off(endpoint, proxy.as_deref(), source.as_ref());
        }
        Some(TransportError::Connection { endpoint, proxy, .. }) => (Some(endpoint.as_str()), proxy.as_deref()),
        None => (None, None),
    };
    let endpoint = endpoint.map_or_else(|| "the endpoint".to_owned(), crate::text::quoted);
    let via = via(proxy);
    let to_proxy = proxy.filter(|_| find::<ToProxy>(error).is_some());

    // The innermost class decides: hyper wraps all of them alike.
    if let Some(tls) = find::<rustls::Error>(error) {
        return match to_proxy {
            Some(proxy) => tls_failure(tls, &format!("the proxy {proxy}"), ""),
            None => tls_failure(tls, &endpoint, &via),
        };
    }
    if find::<ResolveDnsError>(error).is_some() {
        let name = if to_proxy.is_some() { "the proxy's host name" } else { "the host name" };
        return Failure::new(ErrorKind::Dns, format!("cannot resolve {name}, on the way to {endpoint}{via}"))
            .with_hint(CHECK_NAME);
    }
    match tunnel_refusal(error).filter(|_| proxy.is_some()) {
        Some(Tunnel::WantsPassword) => {
            let what = format!("no connection to {endpoint}{via}: the proxy wants a user name and password");
            return wants_password(&what);
        }
        Some(Tunnel::Failed(what)) => {
            return Failure::new(ErrorKind::Connect, format!("no connection to {endpoint}{via}: {what}"))
                .with_hint(CHECK_PROXY);
        }
        None => {}
    }
    if chain(error).filter_map(|cause| cause.downcast_ref()).any(ConnectorError::is_timeout) {
        return Failure::new(ErrorKind::Timeout, format!("no connection to {endpoint}{via} in time"))
            .with_hint(CHECK_WAY);
    }
    // Nothing was sent, and the next attempt would send nothing either.
    if chain(error).filter_map(|cause| cause.downcast_ref()).any(ConnectorError::is_user) {
        return Failure::new(ErrorKind::Config, format!("the request to {endpoint} cannot be written as HTTP"))
            .with_hint("check the variables AWS_… for line breaks and control characters");
    }
    Failure::new(ErrorKind::Connect, format!("no answer from {endpoint}{via}{}", reason(error)))
        .with_hint(CHECK_ENDPOINT)
}

const CHECK_NAME: &str = "check the region's spelling, the endpoint URL, and the cluster's DNS or VPC endpoint";
const CHECK_PROXY: &str =
    "check the proxy's URL, its user name and password, and what it allows; NO_PROXY makes exceptions";
const CHECK_WAY: &str = "check security groups, network policies, routes and VPC endpoints";
const CHECK_ENDPOINT: &str = "check the endpoint URL, network policies, proxy and VPC endpoint";

fn via(proxy: Option<&str>) -> String {
    proxy.map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default()
}

/// A step took longer than it may.
fn late(endpoint: &str, proxy: Option<&str>, waiting_for: WaitingFor, limit: Duration) -> Failure {
    let (endpoint, via) = (crate::text::quoted(endpoint), via(proxy));
    // So short is only what the end of a run leaves.
    let within = match limit.as_secs_f64() {
        seconds if seconds < 0.5 => "in the time that was left".to_owned(),
        seconds => format!("within {seconds:.1} s"),
    };
    match waiting_for {
        WaitingFor::Lookup => {
            let name = if proxy.is_some() { "the proxy's host name" } else { "the host name" };
            let what = format!("the look-up of {name} did not end {within}, on the way to {endpoint}{via}");
            Failure::new(ErrorKind::Dns, what).with_hint("check the cluster's DNS, and network policies that block it")
        }
        WaitingFor::Connection => {
            let hint = if proxy.is_some() { CHECK_PROXY } else { CHECK_WAY };
            Failure::new(ErrorKind::Timeout, format!("no connection to {endpoint}{via} {within}")).with_hint(hint)
        }
        WaitingFor::Answer => Failure::new(ErrorKind::Timeout, format!("no answer from {endpoint}{via} {within}"))
            .with_hint(CHECK_ENDPOINT),
        WaitingFor::Rest => {
            Failure::new(ErrorKind::Timeout, format!("the answer of {endpoint}{via} was not complete {within}"))
                .with_hint(CHECK_ENDPOINT)
        }
    }
}

/// The time for one request is over.
pub(crate) fn attempt_timeout(error: &(dyn StdError + 'static)) -> Failure {
    if find::<TransportError>(error).is_some() {
        return no_answer(error);
    }
    Failure::new(ErrorKind::Timeout, "the endpoint did not answer in time").with_hint(CHECK_ENDPOINT)
}

/// An answer began and could not be read to its end.
pub(crate) fn broken_answer(error: &(dyn StdError + 'static)) -> Failure {
    if find::<TransportError>(error).is_some() {
        return no_answer(error);
    }
    if find::<LengthLimitError>(error).is_some() {
        return too_large(ANSWER);
    }
    Failure::new(ErrorKind::Connect, format!("the connection broke while the answer was read{}", reason(error)))
        .with_hint(CHECK_ENDPOINT)
}

fn broken_off(endpoint: &str, proxy: Option<&str>, error: &(dyn StdError + 'static)) -> Failure {
    let (endpoint, via, reason) = (crate::text::quoted(endpoint), via(proxy), reason(error));
    let what = format!("the connection to {endpoint}{via} broke while the answer was read{reason}");
    Failure::new(ErrorKind::Connect, what).with_hint("check what is in between: a proxy, a service mesh, a firewall")
}

/// What the system said.
fn reason(error: &(dyn StdError + 'static)) -> String {
    find::<io::Error>(error).map(|io| format!(": {}", io.kind())).unwrap_or_default()
}

fn too_large(longest: u64) -> Failure {
    // It would be read again, and be as large again.
    Failure::new(ErrorKind::InvalidResponse, format!("the answer is larger than {}", Bytes(longest)))
        .with_hint("this is not an answer of AWS: check the endpoint URL and the proxy")
        .with_retryable(false)
}

fn tls_failure(error: &rustls::Error, endpoint: &str, via: &str) -> Failure {
    let rustls::Error::InvalidCertificate(certificate) = error else {
        // What the other side cannot or will not do it will refuse the next time as well.
        let (reason, is_final) = match error {
            rustls::Error::InvalidMessage(_) => ("the other side does not speak TLS", false),
            rustls::Error::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::ProtocolVersion)
            | rustls::Error::PeerIncompatible(_) => ("no common TLS version, cipher or key exchange", true),
            rustls::Error::AlertReceived(
                AlertDescription::CertificateRequired
                | AlertDescription::AccessDenied
                | AlertDescription::UnrecognisedName
                | AlertDescription::InsufficientSecurity,
            ) => ("the other side refused", true),
            rustls::Error::AlertReceived(_) => ("the other side refused", false),
            _ => ("the TLS handshake failed", false),
        };
        let failure = Failure::new(ErrorKind::Connect, format!("no TLS connection to {endpoint}{via}: {reason}"))
            .with_hint("check the endpoint URL's scheme and port, and what is in between");
        return if is_final { failure.with_retryable(false) } else { failure };
    };
    let (reason, hint) = match certificate {
        // The second: an authority of the same name with another key, as a proxy's is after it was renewed.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => (
            "it is signed by an unknown authority",
            "set AWS_CA_BUNDLE to a PEM file that holds the authority of your proxy or endpoint",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ("it has expired", "check this machine's clock, and renew the certificate")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("it is not valid yet", "check this machine's clock")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ("it is for another host name", "check the endpoint URL, and what DNS answers for it")
        }
        CertificateError::Revoked => ("it is revoked", "renew the certificate"),
        _ => ("it is not valid", "check the endpoint's certificate, and AWS_CA_BUNDLE"),
    };
    Failure::new(
        ErrorKind::UntrustedCertificate,
        format!("the TLS certificate of {endpoint}{via} is not trusted: {reason}"),
    )
    .with_hint(hint)
}

/// What became of CONNECT.
enum Tunnel {
    /// Status 407.
    WantsPassword,
    Failed(&'static str),
}

/// What the proxy said to CONNECT. hyper-util does not export the type of this error: its text is all.
fn tunnel_refusal(error: &(dyn StdError + 'static)) -> Option<Tunnel> {
    chain(error).find_map(|cause| match cause.to_string().strip_prefix("tunnel error: ")? {
        "proxy authorization required" => Some(Tunnel::WantsPassword),
        "unsuccessful" => Some(Tunnel::Failed("the proxy refuses it")),
        "failed to create underlying connection" => Some(Tunnel::Failed("the proxy cannot be reached")),
        _ => Some(Tunnel::Failed("the proxy does not answer as one")),
    })
}

/// The same question gets the same answer: it is a matter of the configuration, and not asked again.
pub(crate) fn wants_password(what: &str) -> Failure {
    Failure::new(ErrorKind::Config, format!("{what} (HTTP status 407)")).with_hint(
        "put them into the URL of HTTPS_PROXY, percent-encoded, or correct those that are there; NO_PROXY makes exceptions",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(source: ConnectorError, proxy: Option<&str>) -> ConnectorError {
        let endpoint = "sm.example:443".to_owned();
        ConnectorError::io(TransportError::Connection { endpoint, proxy: proxy.map(str::to_owned), source }.into())
    }

    fn io_error(inner: impl Into<Box<dyn StdError + Send + Sync>>) -> ConnectorError {
        connection(ConnectorError::io(io::Error::other(inner).into()), None)
    }

    #[test]
    fn an_untrusted_certificate_is_told_apart_and_not_retried() {
        for (certificate, words) in [
            (CertificateError::UnknownIssuer, "unknown authority"),
            (CertificateError::BadSignature, "unknown authority"),
            (CertificateError::Expired, "expired"),
            (CertificateError::NotValidForName, "another host name"),
        ] {
            let failure = no_answer(&io_error(rustls::Error::InvalidCertificate(certificate)));
            assert_eq!(failure.kind(), ErrorKind::UntrustedCertificate);
            assert!(!failure.is_retryable());
            assert!(failure.message().contains(words) && failure.message().contains("sm.example:443"), "{failure}");
        }
    }

    #[test]
    fn dns_connect_time_and_proxy_are_told_apart() {
        let dns = connection(ConnectorError::io(ResolveDnsError::new("no such host").into()), None);
        assert_eq!(no_answer(&dns).kind(), ErrorKind::Dns);
        let refused = connection(ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionRefused).into()), None);
        let failure = no_answer(&refused);
        assert_eq!(failure.kind(), ErrorKind::Connect);
        assert!(failure.message().contains("connection refused"), "{failure}");
        let late = connection(ConnectorError::timeout("3.1s".into()), None);
        assert_eq!(no_answer(&late).kind(), ErrorKind::Timeout);
        let refused = ConnectorError::io("tunnel error: proxy authorization required".into());
        let failure = no_answer(&connection(refused, Some("proxy:3128 (HTTPS_PROXY)")));
        assert!(failure.kind() == ErrorKind::Config && !failure.is_retryable(), "{failure}");
        assert!(failure.message().contains("proxy:3128") && failure.message().contains("password"), "{failure}");
        for error in [&dns, &late] {
            assert!(no_answer(error).is_retryable());
        }
    }

    #[test]
    fn what_was_never_sent_is_not_the_networks_fault() {
        let failure = no_answer(&connection(ConnectorError::user("invalid header".into()), None));
        assert_eq!(failure.kind(), ErrorKind::Config);
        assert!(!failure.is_retryable());
    }

    #[test]
    fn the_text_of_a_cause_is_not_repeated() {
        let failure = no_answer(&io_error("hunter2"));
        assert!(!failure.to_string().contains("hunter2"), "{failure}");
    }

    #[test]
    fn an_unusable_trust_store_keeps_its_own_failure() {
        let inner = Failure::new(ErrorKind::Config, "AWS_CA_BUNDLE names ...");
        let error = ConnectorError::user(TransportError::Unusable(inner.into()).into());
        assert_eq!(no_answer(&error).kind(), ErrorKind::Config);
    }
}
