//! What any service may refuse: credentials, load, servers, and answers of something else.

use crate::error::{ErrorKind, Failure};
use crate::store::identity::refusal::{Answer, Refusal};
use crate::store::identity::service::Service;
use crate::store::transport::wants_password;

/// The refusals of who asks. They are about nothing that was asked for.
pub(crate) fn credentials_refused(refusal: Refusal, answer: &Answer<'_>) -> Option<Failure> {
    Some(match refusal {
        Refusal::Expired => Failure::new(ErrorKind::CredentialsRejected, "the credentials have expired")
            .with_hint("renew them; in a pod, check that the service account token is mounted and refreshed"),
        Refusal::UnknownKey => Failure::new(ErrorKind::CredentialsRejected, "AWS does not know the credentials")
            .with_hint("check the access key and session token, and that the account uses this region"),
        Refusal::Signature => {
            // Documented: "Signature expired: ... is now earlier than ..." and "Signature not yet current".
            let message = answer.message();
            let clock = matches!(answer.code, Some("RequestExpired" | "RequestTimeTooSkewed"))
                || message.contains("Signature expired")
                || message.contains("Signature not yet current");
            if clock {
                Failure::new(ErrorKind::CredentialsRejected, "AWS rejects the time of the request's signature")
                    .with_hint("set this machine's clock")
            } else {
                Failure::new(ErrorKind::CredentialsRejected, "AWS rejects the request's signature")
                    .with_hint("check the secret access key, and that no proxy changes the request")
            }
        }
        _ => return None,
    })
}

/// All others, as far as they are alike whatever was asked for; `endpoint` is the host and port of a service that is
/// configured to be elsewhere.
pub(crate) fn service_refused(
    refusal: Refusal,
    answer: &Answer<'_>,
    service: &Service,
    endpoint: Option<&str>,
) -> Failure {
    let Service { name, prefix, .. } = service;
    let endpoint = endpoint.map(crate::text::quoted);
    match refusal {
        Refusal::Throttled => {
            Failure::new(ErrorKind::Throttled, format!("{prefix}AWS asks to slow down")).with_hint(service.throttled)
        }
        Refusal::Server => {
            // Without an endpoint of its own, the region tells who was asked.
            let at = endpoint.map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
            let what = format!("{prefix}{}{at} failed ({})", service.server, answer.label());
            Failure::new(ErrorKind::ServiceUnavailable, what).with_hint(format!(
                "run it again later; if it stays so, check the status of {name} in this region, and what proxy is in between"
            ))
        }
        _ if answer.status == Some(407) => wants_password(&format!("{prefix}a proxy wants a user name and password")),
        _ => {
            let foreign = answer.is_foreign();
            let what = match foreign {
                true => {
                    let of = endpoint.map(|endpoint| format!(" of {endpoint}")).unwrap_or_default();
                    format!("{prefix}the answer{of} is not one of {name}'s ({})", answer.label())
                }
                false => format!("{prefix}AWS refuses the request ({})", answer.label()),
            };
            let failure = Failure::new(ErrorKind::InvalidResponse, what)
                .with_hint("check the endpoint URL, and what proxy is in between");
            // Something in between may be gone the next time; a refusal of AWS's own stays.
            failure.with_retryable(foreign)
        }
    }
}
