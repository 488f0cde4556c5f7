//! How the service says no.

use std::fmt;

use secretfetch::{ErrorKind, Failure};

use super::parameter::refusal::ParameterRefusal;

/// One refusal of Secrets Manager, or of another service in front of the same account. `Display` is the service's own wording, which clients match on.
///
/// The texts are those that the service answers with, as its documentation and public bug reports quote
/// them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    SecretNotFound,
    StageNotFound(String),
    VersionNotFound(String),
    StageNotOnVersion,
    ScheduledForDeletion,
    NameTaken(String),
    NameScheduledForDeletion,
    TokenInUse {
        token: String,
        arn: String,
    },
    InvalidParameter(String),
    InvalidRequest(String),
    InvalidNextToken,
    LimitExceeded(String),
    MalformedPolicy(String),
    PublicPolicy,
    Validation(String),
    /// `why` is the end of AWS's message.
    AccessDenied {
        caller: String,
        /// `secretsmanager:GetSecretValue`.
        action: String,
        resource: String,
        why: String,
    },
    KmsAccessDenied,
    Parameter(ParameterRefusal),
    Throttled,
    ExpiredToken,
    InvalidToken,
    NoCredentials,
    InternalError,
    Unavailable,
}

impl Refusal {
    /// The status and `__type`, which is also the `ErrorCode` inside a batch.
    pub(crate) fn code(&self) -> (u16, &'static str) {
        match self {
            Refusal::SecretNotFound | Refusal::StageNotFound(_) | Refusal::VersionNotFound(_) => {
                (400, "ResourceNotFoundException")
            }
            Refusal::StageNotOnVersion
            | Refusal::ScheduledForDeletion
            | Refusal::NameScheduledForDeletion
            | Refusal::InvalidRequest(_) => (400, "InvalidRequestException"),
            Refusal::NameTaken(_) | Refusal::TokenInUse { .. } => (400, "ResourceExistsException"),
            Refusal::InvalidParameter(_) => (400, "InvalidParameterException"),
            Refusal::InvalidNextToken => (400, "InvalidNextTokenException"),
            Refusal::LimitExceeded(_) => (400, "LimitExceededException"),
            Refusal::MalformedPolicy(_) => (400, "MalformedPolicyDocumentException"),
            Refusal::PublicPolicy => (400, "PublicPolicyException"),
            Refusal::Validation(_) => (400, "ValidationException"),
            Refusal::AccessDenied { .. } | Refusal::KmsAccessDenied => (400, "AccessDeniedException"),
            Refusal::Parameter(refusal) => refusal.code(),
            Refusal::Throttled => (400, "ThrottlingException"),
            Refusal::ExpiredToken => (400, "ExpiredTokenException"),
            Refusal::InvalidToken => (400, "UnrecognizedClientException"),
            Refusal::NoCredentials => (400, "MissingAuthenticationTokenException"),
            Refusal::InternalError => (500, "InternalServiceError"),
            Refusal::Unavailable => (503, "ServiceUnavailable"),
        }
    }

    /// What the in-memory store reports. What a caller cannot provoke by a fetch is a defect of the test.
    pub(crate) fn failure(&self) -> Failure {
        let fail = |kind, message: &str| Failure::new(kind, message);
        match self {
            Refusal::SecretNotFound => fail(ErrorKind::SecretNotFound, "the fake has no such secret in this region"),
            Refusal::StageNotFound(stage) => {
                Failure::new(ErrorKind::VersionNotFound, format!("no version has the stage `{stage}`"))
            }
            Refusal::VersionNotFound(id) => {
                Failure::new(ErrorKind::VersionNotFound, format!("there is no version `{id}`"))
            }
            Refusal::StageNotOnVersion => {
                fail(ErrorKind::VersionNotFound, "the version stage is not attached to the version id")
            }
            Refusal::ScheduledForDeletion => {
                fail(ErrorKind::ScheduledForDeletion, "the secret is scheduled for deletion")
            }
            Refusal::AccessDenied { action, .. } => {
                Failure::new(ErrorKind::AccessDenied, format!("the fake denies {action}"))
            }
            Refusal::KmsAccessDenied => fail(ErrorKind::KmsAccessDenied, "the fake denies kms:Decrypt"),
            Refusal::Throttled => fail(ErrorKind::Throttled, "the fake asks to slow down"),
            Refusal::ExpiredToken => fail(ErrorKind::CredentialsRejected, "the credentials are expired"),
            Refusal::InvalidToken => fail(ErrorKind::CredentialsRejected, "the credentials are unknown"),
            Refusal::NoCredentials => fail(ErrorKind::NoCredentials, "the fake has no credentials for its caller"),
            Refusal::InternalError => fail(ErrorKind::ServiceUnavailable, "the fake answers with status 500"),
            Refusal::Unavailable => fail(ErrorKind::ServiceUnavailable, "the fake answers with status 503"),
            Refusal::NameTaken(_)
            | Refusal::NameScheduledForDeletion
            | Refusal::TokenInUse { .. }
            | Refusal::InvalidParameter(_)
            | Refusal::InvalidRequest(_)
            | Refusal::InvalidNextToken
            | Refusal::LimitExceeded(_)
            | Refusal::MalformedPolicy(_)
            | Refusal::PublicPolicy
            | Refusal::Parameter(_)
            | Refusal::Validation(_) => Failure::new(ErrorKind::Config, self.to_string()),
        }
    }
}

impl From<ParameterRefusal> for Refusal {
    fn from(refusal: ParameterRefusal) -> Self {
        Refusal::Parameter(refusal)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::SecretNotFound => f.write_str("Secrets Manager can't find the specified secret."),
            Refusal::StageNotFound(stage) => {
                write!(f, "Secrets Manager can't find the specified secret value for staging label: {stage}")
            }
            Refusal::VersionNotFound(id) => {
                write!(f, "Secrets Manager can't find the specified secret value for VersionId: {id}")
            }
            Refusal::StageNotOnVersion => {
                f.write_str("You provided a VersionStage that is not associated to the provided VersionId.")
            }
            Refusal::ScheduledForDeletion => {
                f.write_str("You can't perform this operation on the secret because it was marked for deletion.")
            }
            Refusal::NameTaken(name) => {
                write!(f, "The operation failed because the secret {name} already exists.")
            }
            Refusal::NameScheduledForDeletion => f.write_str(
                "You can't create this secret because a secret with this name is already scheduled for deletion.",
            ),
            Refusal::TokenInUse { token, arn } => write!(
                f,
                "You can't use ClientRequestToken {token} because that value is already in use for a version of \
                 secret {arn}."
            ),
            Refusal::InvalidParameter(message)
            | Refusal::InvalidRequest(message)
            | Refusal::LimitExceeded(message)
            | Refusal::MalformedPolicy(message)
            | Refusal::Validation(message) => f.write_str(message),
            Refusal::InvalidNextToken => f.write_str("The NextToken value is invalid."),
            Refusal::PublicPolicy => f.write_str("This resource policy grants broad access to your secret."),
            Refusal::AccessDenied { caller, action, resource, why } => {
                write!(f, "User: {caller} is not authorized to perform: {action} on resource: {resource} {why}")
            }
            Refusal::Parameter(refusal) => refusal.fmt(f),
            Refusal::KmsAccessDenied => f.write_str("Access to KMS is not allowed"),
            Refusal::Throttled => f.write_str("Rate exceeded"),
            Refusal::ExpiredToken => f.write_str("The security token included in the request is expired"),
            Refusal::InvalidToken => f.write_str("The security token included in the request is invalid."),
            Refusal::NoCredentials => f.write_str("Missing Authentication Token"),
            Refusal::InternalError => f.write_str("An error occurred on the server side."),
            Refusal::Unavailable => f.write_str("The request has failed due to a temporary failure of the server."),
        }
    }
}
