//! From what the SDK says went wrong with a secret to a [`Failure`] that a person can act on.
//!
//! The rules for what is read and repeated of an answer are those of the identity's diagnosis.

mod absent;
mod search;

use std::error::Error as StdError;

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use self::absent::{marked_for_deletion, not_found};
pub(super) use self::search::{is_list_denied, search_error};
use super::asked::Asked;
use super::endpoint::SECRETS_MANAGER;
use crate::error::{ErrorKind, Failure};
use crate::store::identity::{
    Answer, Refusal, Scope, Thing, credentials_refused, denied, key_denied, service_refused, unanswered,
};

/// Any failure of a call to Secrets Manager.
pub(super) fn sdk_error<E>(error: &SdkError<E, HttpResponse>, asked: Asked<'_>) -> Failure
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error {
        SdkError::ServiceError(context) => service(&Answer::of(context), asked),
        _ => match unanswered(error) {
            // Credentials are no matter of one secret.
            (failure, Scope::Credentials) => failure,
            (failure, Scope::Request) => asked.about(failure),
        },
    }
}

/// Diagnoses an error answer about one secret, of GetSecretValue or inside a batch.
pub(super) fn service(answer: &Answer<'_>, asked: Asked<'_>) -> Failure {
    let message = answer.message();
    let failure = match Refusal::of(answer) {
        Refusal::NotFound => not_found(message, asked),
        Refusal::InvalidRequest if marked_for_deletion(message) => {
            Failure::new(ErrorKind::ScheduledForDeletion, "the secret is scheduled for deletion")
                .with_hint("restore it with `aws secretsmanager restore-secret`, or ask for another one")
        }
        Refusal::InvalidRequest if message.contains("VersionStage") && message.contains("VersionId") => {
            Failure::new(ErrorKind::VersionNotFound, "the version stage and the version id do not belong together")
                .with_hint("give only one of the two")
        }
        Refusal::InvalidRequest if default_key_of_another_account(message) => Failure::new(
            ErrorKind::KmsAccessDenied,
            "the secret is encrypted with its account's default key, which no other account can use",
        )
        .with_hint(
            "encrypt it with a customer managed key, and allow kms:Decrypt on that key to this caller, in the key's \
             policy and in the caller's own",
        ),
        Refusal::InvalidRequest | Refusal::InvalidParameter => {
            Failure::new(ErrorKind::Config, format!("AWS does not accept the request ({})", answer.label()))
                .with_hint("check the secret's name or ARN, version id and version stage")
        }
        Refusal::Decryption => key_denied(message, asked.thing()),
        Refusal::Denied if message.contains("KMS") || message.contains("kms:") => key_denied(message, asked.thing()),
        Refusal::Denied => denied(message, asked.thing()),
        other => match credentials_refused(other, answer) {
            // Credentials are no matter of one secret.
            Some(failure) => return failure,
            None => service_refused(other, answer, SECRETS_MANAGER, asked.endpoint),
        },
    };
    asked.about(failure)
}

impl<'a> Asked<'a> {
    fn thing(self) -> Thing<'a> {
        let id = self.request.secret_id();
        Thing {
            noun: "secret",
            action: "secretsmanager:GetSecretValue",
            default_key: "aws/secretsmanager",
            arn: id.is_arn().then_some(id.as_str()),
            region: self.region,
        }
    }
}

/// The default key belongs to the account, and its policy cannot be changed ("Permissions for users in a different
/// account" in the Secrets Manager guide); AWS answers InvalidRequest.
fn default_key_of_another_account(message: &str) -> bool {
    message.contains("different AWS account") && message.contains("KMS")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{Region, SecretRequest};

    fn diagnose(code: &str, message: &str, request: &SecretRequest) -> Failure {
        let region: Region = "ca-central-1".parse().unwrap();
        let answer = Answer { code: Some(code), message: Some(message), status: Some(400) };
        service(&answer, Asked { request, region: &region, endpoint: None })
    }

    fn current() -> SecretRequest {
        SecretRequest::new("vinsguru/prod".parse().unwrap())
    }

    /// The messages of AWS, as documented or recorded, and what is made of them. moto's differ in one.
    #[test]
    fn the_known_messages_are_told_apart() {
        use ErrorKind::*;
        let previous = current().with_version_stage("AWSPREVIOUS".parse().unwrap());
        let by_id = current().with_version_id("01234567-89ab-cdef-0123-456789abcdef".parse().unwrap());
        for (code, message, request, kind) in [
            (
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret.",
                current(),
                SecretNotFound,
            ),
            (
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret.",
                previous.clone(),
                SecretNotFound,
            ),
            (
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS",
                previous.clone(),
                VersionNotFound,
            ),
            (
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
                current(),
                VersionNotFound,
            ),
            (
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret value for VersionId: 0123",
                by_id.clone(),
                VersionNotFound,
            ),
            // A text that is not known: what was asked for decides.
            ("ResourceNotFoundException", "", current(), SecretNotFound),
            ("ResourceNotFoundException", "Introuvable", previous.clone(), VersionNotFound),
            (
                "InvalidRequestException",
                "You can't perform this operation on the secret because it was marked for deletion.",
                current(),
                ScheduledForDeletion,
            ),
            (
                "InvalidRequestException",
                "You can't perform this operation on the secret because it was deleted.",
                current(),
                ScheduledForDeletion,
            ),
            (
                "InvalidRequestException",
                "An error occurred (InvalidRequestException) when calling the GetSecretValue operation: You tried to perform the operation on a secret that's currently marked deleted.",
                current(),
                ScheduledForDeletion,
            ),
            (
                "InvalidRequestException",
                "You provided a VersionStage that is not associated to the provided VersionId.",
                by_id,
                VersionNotFound,
            ),
            (
                "InvalidRequestException",
                "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
                current(),
                KmsAccessDenied,
            ),
            ("InvalidRequestException", "Something new", current(), Config),
            ("InvalidParameterException", "Invalid name.", current(), Config),
            (
                "DecryptionFailure",
                "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
                current(),
                KmsAccessDenied,
            ),
            ("AccessDeniedException", "Access to KMS is not allowed", current(), KmsAccessDenied),
            (
                "AccessDeniedException",
                "User: arn:aws:sts::123456789012:assumed-role/app/s is not authorized to perform: kms:Decrypt on this resource because the resource does not exist in this Region",
                current(),
                KmsAccessDenied,
            ),
            (
                "AccessDeniedException",
                "User: arn:aws:sts::123456789012:assumed-role/app/s is not authorized to perform: secretsmanager:GetSecretValue on resource: vinsguru/prod because no identity-based policy allows the secretsmanager:GetSecretValue action",
                current(),
                AccessDenied,
            ),
            (
                "ExpiredTokenException",
                "The security token included in the request is expired",
                current(),
                CredentialsRejected,
            ),
            (
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
                current(),
                CredentialsRejected,
            ),
            (
                "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided.",
                current(),
                CredentialsRejected,
            ),
            (
                "InvalidSignatureException",
                "Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z",
                current(),
                CredentialsRejected,
            ),
            ("RequestExpired", "", current(), CredentialsRejected),
            ("ThrottlingException", "Rate exceeded", current(), Throttled),
            ("TooManyRequestsException", "", current(), Throttled),
            ("InternalServiceError", "An error occurred on the server side.", current(), ServiceUnavailable),
            ("UnknownOperationException", "", current(), InvalidResponse),
        ] {
            let failure = diagnose(code, message, &request);
            assert_eq!(failure.kind(), kind, "{code}: {message}");
        }
    }

    #[test]
    fn a_missing_secret_names_the_secret_and_the_region_that_was_asked() {
        let failure =
            diagnose("ResourceNotFoundException", "Secrets Manager can't find the specified secret.", &current());
        assert_eq!(failure.secret_id().unwrap().as_str(), "vinsguru/prod");
        assert!(failure.hint().unwrap().contains("ca-central-1"), "{failure}");
        assert!(!failure.is_retryable());
    }

    #[test]
    fn a_denial_names_who_and_what() {
        let message = "User: arn:aws:sts::123456789012:assumed-role/app-role/session@x is not authorized to perform: \
                       secretsmanager:GetSecretValue on resource: vinsguru/prod with an explicit deny in an identity-based policy";
        let failure = diagnose("AccessDeniedException", message, &current());
        assert_eq!(
            failure.message(),
            "arn:aws:sts::123456789012:assumed-role/app-role/session@x may not call secretsmanager:GetSecretValue"
        );
        assert!(failure.hint().unwrap().contains("explicitly"), "{failure}");
        let failure = diagnose("AccessDeniedException", "", &current());
        assert!(failure.message().contains("secretsmanager:GetSecretValue"), "{failure}");
    }

    #[test]
    fn a_denial_across_accounts_says_whose_policy_is_missing() {
        let arn = "arn:aws:secretsmanager:ca-central-1:444455556666:secret:db-AbCdEf";
        let request = SecretRequest::new(arn.parse().unwrap());
        let message = |end: &str| {
            format!(
                "User: arn:aws:sts::111122223333:assumed-role/app/s is not authorized to perform: \
                 secretsmanager:GetSecretValue on resource: {arn} {end}"
            )
        };
        let because =
            |kind: &str| message(&format!("because no {kind} allows the secretsmanager:GetSecretValue action"));
        for (message, words) in [
            (because("identity-based policy"), "the caller's own policy, in account 111122223333"),
            (because("resource-based policy"), "the secret's resource policy, in account 444455556666"),
            (
                message(""),
                "needs two policies: the caller's own, in 111122223333, and the secret's resource policy, in 444455556666",
            ),
            (because("service control policy"), "a service control policy (SCP) of the organization does not allow it"),
            (because("VPC endpoint policy"), "the policy of the VPC endpoint does not allow it"),
            (
                message("with an explicit deny in a resource control policy: arn:aws:organizations::1:policy/o/p"),
                "(RCP) of the organization (arn:aws:organizations::1:policy/o/p) denies it explicitly",
            ),
            (
                message("with an explicit deny in a permissions boundary"),
                "the permissions boundary of the role or user denies it explicitly",
            ),
            (
                message("with an explicit deny in a session policy"),
                "the session policy that the role was assumed with denies it",
            ),
        ] {
            let failure = diagnose("AccessDeniedException", &message, &request);
            assert_eq!(failure.kind(), ErrorKind::AccessDenied);
            assert!(failure.hint().unwrap().contains(words), "{words}: {failure}");
        }
        let kms = message("").replace("secretsmanager:GetSecretValue", "kms:Decrypt");
        let failure = diagnose("AccessDeniedException", &kms, &request);
        assert_eq!(failure.kind(), ErrorKind::KmsAccessDenied);
        let hint = failure.hint().unwrap();
        assert!(
            hint.contains("the key's policy, which is in 444455556666") && hint.contains("in 111122223333"),
            "{hint}"
        );
    }

    #[test]
    fn one_account_is_not_told_of_two() {
        let message = "User: arn:aws:sts::123456789012:assumed-role/app/s is not authorized to perform: \
                       secretsmanager:GetSecretValue on resource: \
                       arn:aws:secretsmanager:ca-central-1:123456789012:secret:db-AbCdEf because no identity-based policy \
                       allows the secretsmanager:GetSecretValue action";
        let failure = diagnose("AccessDeniedException", message, &current());
        let hint = failure.hint().unwrap();
        assert!(hint.starts_with("allow it in the role's policy") && !hint.contains("account"), "{hint}");
    }

    #[test]
    fn wrong_clocks_are_told_from_wrong_keys() {
        let message = "Signature not yet current: 20260101T010000Z is still later than 20260101T000500Z";
        assert!(diagnose("InvalidSignatureException", message, &current()).hint().unwrap().contains("clock"));
        assert!(!diagnose("InvalidSignatureException", "no match", &current()).hint().unwrap().contains("clock"));
    }

    #[test]
    fn no_text_of_an_answer_is_repeated_unless_its_form_is_proven() {
        for (code, message) in [
            ("hunter2 in a code", "hunter2"),
            (
                "AccessDeniedException",
                "User: hunter2 is not authorized to perform: secretsmanager:GetSecretValue on resource: hunter2",
            ),
            (
                "AccessDeniedException",
                "User: arn:aws:x\nhunter2 is not authorized to perform: secretsmanager:GetSecretValue",
            ),
            ("AccessDeniedException", "User: arn:aws:iam::1:user/x is not authorized to perform: hunter2 on resource"),
            ("ResourceNotFoundException", "secret value for hunter2"),
            ("InvalidRequestException", "hunter2 was deleted"),
            ("ThrottlingException", "hunter2"),
            ("InternalFailure", "hunter2"),
        ] {
            let failure = diagnose(code, message, &current());
            assert!(!failure.to_string().contains("hunter2"), "{failure}");
        }
    }

    #[test]
    fn an_answer_of_something_else_is_worth_another_try_and_a_refusal_of_aws_is_not() {
        let region: Region = "eu-west-1".parse().unwrap();
        let request = current();
        let asked = Asked { request: &request, region: &region, endpoint: None };
        for (status, kind) in [
            (200, ErrorKind::InvalidResponse),
            (302, ErrorKind::InvalidResponse),
            (403, ErrorKind::InvalidResponse),
            (429, ErrorKind::Throttled),
            (502, ErrorKind::ServiceUnavailable),
        ] {
            let failure = service(&Answer { status: Some(status), ..Answer::default() }, asked);
            assert_eq!(failure.kind(), kind, "{status}");
            assert!(failure.is_retryable(), "{status}");
        }
        let failure = service(&Answer { status: Some(407), ..Answer::default() }, asked);
        assert!(failure.kind() == ErrorKind::Config && !failure.is_retryable(), "{failure}");
        let answer = Answer { code: Some("PublicPolicyException"), message: None, status: Some(400) };
        let failure = service(&answer, asked);
        assert!(failure.message().contains("PublicPolicyException") && !failure.is_retryable(), "{failure}");
    }
}
