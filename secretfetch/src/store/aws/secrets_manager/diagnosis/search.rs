//! Searches that fail: they are about no secret.

use std::error::Error as StdError;

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::error::{ErrorKind, Failure};
use crate::store::aws::secrets_manager::asked::Place;
use crate::store::aws::secrets_manager::endpoint::SECRETS_MANAGER;
use crate::store::identity::{Answer, Denial, Refusal, Verdict, credentials_refused, service_refused, unanswered};

/// What a search needs, whichever way it goes.
const LIST: &str = "secretsmanager:ListSecrets";

/// Any failure of a call that looks for secrets.
pub(in crate::store::aws::secrets_manager) fn search_error<E>(
    error: &SdkError<E, HttpResponse>,
    place: Place<'_>,
) -> Failure
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let failure = match error {
        SdkError::ServiceError(context) => refused(&Answer::of(context), place),
        _ => unanswered(error).0,
    };
    failure.with_region(Some(place.region))
}

/// Whether it is ListSecrets that is denied, as far as the answer says it.
pub(in crate::store::aws::secrets_manager) fn is_list_denied<E>(error: &SdkError<E, HttpResponse>) -> bool
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let SdkError::ServiceError(context) = error else { return false };
    let answer = Answer::of(context);
    Refusal::of(&answer) == Refusal::Denied
        && Denial::read(answer.message()).is_some_and(|denial| denial.action == LIST)
}

fn refused(answer: &Answer<'_>, place: Place<'_>) -> Failure {
    let refusal = Refusal::of(answer);
    match refusal {
        Refusal::Denied => denied(answer.message()),
        // The list has changed under its pages, or the token is too old.
        Refusal::InvalidParameter if answer.code == Some("InvalidNextTokenException") => Failure::new(
            ErrorKind::ServiceUnavailable,
            "AWS does not accept its own token for the next page of secrets",
        )
        .with_hint("run it again"),
        // A batch that is throttled is no failure: what is told of is the list.
        Refusal::Throttled => Failure::new(ErrorKind::Throttled, "AWS asks to slow down").with_hint(
            "all that list secrets in this account and region share the 100 requests a second of ListSecrets: start them in smaller \
             groups, give the run more time, or name the secrets",
        ),
        Refusal::InvalidRequest | Refusal::InvalidParameter => {
            Failure::new(ErrorKind::Config, format!("AWS does not accept the search for secrets ({})", answer.label()))
                .with_hint("check the prefix and the tags")
        }
        other => credentials_refused(other, answer)
            .unwrap_or_else(|| service_refused(other, answer, SECRETS_MANAGER, place.endpoint)),
    }
}

fn denied(message: &str) -> Failure {
    let denial = Denial::read(message);
    let who = denial.as_ref().map_or("the caller", |denial| denial.principal);
    let action = denial.as_ref().map_or(LIST, |denial| denial.action);
    let verdict = Verdict::read(message);
    let remedy = verdict.explicit().or_else(|| verdict.limit()).map(|policy| format!("{policy}; ")).unwrap_or_default();
    Failure::new(ErrorKind::AccessDenied, format!("{who} may not call {action}")).with_hint(format!(
        "{remedy}finding secrets by prefix or tags needs {action} on resource `*` in the role's policy: the action knows no \
         single secrets"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuse(code: &str, message: &str) -> Failure {
        let region = "eu-west-1".parse().unwrap();
        let answer = Answer { code: Some(code), message: Some(message), status: Some(400) };
        refused(&answer, Place { region: &region, endpoint: None })
    }

    #[test]
    fn a_denied_list_says_what_to_allow_and_on_what() {
        let who = "arn:aws:sts::123456789012:assumed-role/app/s";
        let start = format!("User: {who} is not authorized to perform: secretsmanager:ListSecrets on resource: *");
        let failure = refuse(
            "AccessDeniedException",
            &format!("{start} because no identity-based policy allows the secretsmanager:ListSecrets action"),
        );
        assert_eq!(failure.kind(), ErrorKind::AccessDenied);
        assert_eq!(failure.message(), format!("{who} may not call secretsmanager:ListSecrets"));
        assert!(failure.hint().unwrap().contains("secretsmanager:ListSecrets on resource `*`"), "{failure}");
        let explicit =
            refuse("AccessDeniedException", &format!("{start} with an explicit deny in a permissions boundary"));
        assert!(explicit.hint().unwrap().starts_with("the permissions boundary"), "{explicit}");
        for text in ["", "hunter2", "User: hunter2 is not authorized to perform: hunter2"] {
            let failure = refuse("AccessDeniedException", text);
            assert!(failure.message().ends_with(LIST) && !failure.to_string().contains("hunter2"), "{failure}");
        }
    }

    #[test]
    fn the_other_refusals_are_told_apart() {
        for (code, kind, is_retryable) in [
            ("InvalidParameterException", ErrorKind::Config, false),
            ("InvalidNextTokenException", ErrorKind::ServiceUnavailable, true),
            ("ThrottlingException", ErrorKind::Throttled, true),
            ("ExpiredTokenException", ErrorKind::CredentialsRejected, false),
            ("InternalServiceError", ErrorKind::ServiceUnavailable, true),
        ] {
            let failure = refuse(code, "hunter2");
            assert_eq!((failure.kind(), failure.is_retryable()), (kind, is_retryable), "{code}");
            assert!(!failure.to_string().contains("hunter2"), "{failure}");
        }
    }
}
