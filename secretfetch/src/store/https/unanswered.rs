//! No answer, or a broken one, in the words of this store: what there is to set is in its own configuration.

use std::error::Error as StdError;

use rustls::{AlertDescription, CertificateError};

use super::answer;
use super::client_certificate::ClientCertificate;
use super::origin::Origin;
use super::own_secret::named;
use crate::error::{ErrorKind, Failure};
use crate::store::transport::{TransportError, broken_answer, find, no_answer};
use crate::text::quoted;

/// What the store was told of TLS.
pub(super) struct Tls<'a> {
    pub(super) has_ca_bundle: bool,
    pub(super) client_certificate: Option<&'a ClientCertificate>,
    /// Whether the client's certificate may have been renewed since it was fetched.
    pub(super) may_be_rotated: bool,
}

/// Diagnoses an error of the HTTP client. `error` is only searched, never shown.
pub(super) fn failure(error: &(dyn StdError + 'static), origin: &Origin, tls: &Tls<'_>, max_bytes: u64) -> Failure {
    if let Some(TransportError::TooLarge { .. }) = find(error) {
        return answer::too_large(max_bytes, origin);
    }
    if let Some(alert) = of_client_certificate(error) {
        return refused(alert, origin, tls);
    }
    let failure = match find(error) {
        Some(TransportError::Broken { .. }) => broken_answer(error),
        _ => no_answer(error),
    };
    match failure.kind() {
        ErrorKind::Dns => {
            failure.with_hint("check the host in the store's `url`, and the DNS of this machine or cluster")
        }
        ErrorKind::Timeout => {
            failure.with_hint("check the store's `url`, that server, and firewalls and network policies")
        }
        ErrorKind::Connect if is_plain_refusal(error) => {
            failure.with_hint("check the store's `url`, that server, firewalls and network policies")
        }
        ErrorKind::UntrustedCertificate => match untrusted(error, tls) {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        },
        _ => failure,
    }
}

/// Whether there is no connection, and neither a proxy nor TLS to say more of it.
fn is_plain_refusal(error: &(dyn StdError + 'static)) -> bool {
    matches!(find(error), Some(TransportError::Connection { proxy: None, .. }))
        && find::<rustls::Error>(error).is_none()
}

fn untrusted(error: &(dyn StdError + 'static), tls: &Tls<'_>) -> Option<&'static str> {
    match find(error)? {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            Some(match tls.has_ca_bundle {
                true => {
                    "the store trusts the authorities in its `caBundle` alone: add the one that signs for that server"
                }
                false => "name a PEM file that holds that authority in the store's `caBundle`",
            })
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Some("check the host in the store's `url`, and what DNS answers for it"),
        rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. }
            | CertificateError::Revoked,
        ) => None,
        _ => Some("check that server's certificate, and the store's `caBundle`"),
    }
}

/// What a server says of a client's certificate, or of none
/// ([RFC 8446, section 6.2](https://www.rfc-editor.org/rfc/rfc8446#section-6.2)).
fn of_client_certificate(error: &(dyn StdError + 'static)) -> Option<AlertDescription> {
    match find(error)? {
        rustls::Error::AlertReceived(
            alert @ (AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied),
        ) => Some(*alert),
        _ => None,
    }
}

fn refused(alert: AlertDescription, origin: &Origin, tls: &Tls<'_>) -> Failure {
    let host = quoted(&origin.to_string());
    let Some(ClientCertificate { certificate, .. }) = tls.client_certificate else {
        return Failure::new(ErrorKind::NoCredentials, format!("{host} wants a certificate of the client"))
            .with_hint("name the secrets that have one, and its key, in the store's `clientCertificate`");
    };
    let why = match alert {
        AlertDescription::CertificateExpired => "it has expired",
        AlertDescription::CertificateRevoked => "it is revoked",
        AlertDescription::UnknownCA => "it is signed by an authority that the server does not know",
        _ => "the server does not accept it",
    };
    let what = format!("{host} refuses the certificate of `clientCertificate` ({}): {why}", named(certificate));
    Failure::new(ErrorKind::CredentialsRejected, what)
        .with_hint("check that it is for this server, still valid, and has the chain to its authority behind it")
        .with_retryable(tls.may_be_rotated)
}
