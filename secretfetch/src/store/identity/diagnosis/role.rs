//! Why STS does not give a role.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::refused::{credentials_refused, service_refused};
use crate::error::{ErrorKind, Failure};
use crate::store::identity::denial::{Denial, Verdict};
use crate::store::identity::refusal::{Answer, Refusal};
use crate::store::identity::service::STS;

/// STS did not give the role.
pub(super) fn role<E>(error: Option<&SdkError<E, HttpResponse>>) -> Option<Failure>
where
    E: ProvideErrorMetadata + StdError + 'static,
    SdkError<E, HttpResponse>: StdError,
{
    let error = error?;
    let SdkError::ServiceError(context) = error else {
        return match error {
            SdkError::TimeoutError(_) => Some(
                Failure::new(ErrorKind::Timeout, "STS did not answer in time")
                    .with_hint("check network policies, proxy and the VPC endpoint of STS"),
            ),
            _ => None,
        };
    };
    let answer = Answer::of(context);
    let message = answer.message.unwrap_or_default();
    Some(match (answer.code, Refusal::of(&answer)) {
        (Some("InvalidIdentityToken" | "InvalidIdentityTokenException"), _) => {
            Failure::new(ErrorKind::CredentialsRejected, "STS does not accept the web-identity token")
                .with_hint("check that the cluster's OIDC provider is registered in IAM, and the role's trust policy")
        }
        (Some("IDPCommunicationError" | "IDPCommunicationErrorException"), _) => {
            Failure::new(ErrorKind::ServiceUnavailable, "STS could not reach the identity provider")
                .with_hint("check that the cluster's OIDC endpoint can be reached from the internet")
        }
        (Some("RegionDisabledException"), _) => {
            Failure::new(ErrorKind::Config, "STS is not activated in this region for the account")
                .with_hint("activate it in the account's IAM settings, or use another region")
        }
        (_, Refusal::Expired) => {
            Failure::new(ErrorKind::CredentialsRejected, "the web-identity token or the credentials have expired")
                .with_hint("check that the service account token is refreshed, and this machine's clock")
        }
        (_, Refusal::Denied) => {
            let denial = Denial::read(message);
            let who = denial.as_ref().map_or("the caller", |denial| denial.principal);
            let action = denial.as_ref().map_or_else(
                || if message.contains("WithWebIdentity") { "sts:AssumeRoleWithWebIdentity" } else { "sts:AssumeRole" },
                |denial| denial.action,
            );
            let verdict = Verdict::read(message);
            let hint = verdict.explicit().or_else(|| verdict.limit()).unwrap_or_else(|| {
                "check the role's ARN and its trust policy: the service account, namespace and OIDC provider, or the \
                 calling role, and the external id if it wants one"
                    .to_owned()
            });
            Failure::new(ErrorKind::AccessDenied, format!("{who} may not call {action}")).with_hint(hint)
        }
        (_, refusal) => {
            credentials_refused(refusal, &answer).unwrap_or_else(|| service_refused(refusal, &answer, STS, None))
        }
    })
}
