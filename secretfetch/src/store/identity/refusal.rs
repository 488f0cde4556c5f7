//! What a service of AWS (or something in its place) answers instead of what was asked for.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ServiceError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// The parts of an error answer that are looked at. No part of it is shown as it is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Answer<'a> {
    pub(crate) code: Option<&'a str>,
    pub(crate) message: Option<&'a str>,
    /// The HTTP status; `None` for a secret's own error inside a batch.
    pub(crate) status: Option<u16>,
}

impl<'a> Answer<'a> {
    pub(crate) fn of<E: ProvideErrorMetadata + StdError>(context: &'a ServiceError<E, HttpResponse>) -> Self {
        let error = context.err();
        Answer { code: error.code(), message: error.message(), status: Some(context.raw().status().as_u16()) }
    }

    pub(crate) fn message(&self) -> &'a str {
        self.message.unwrap_or_default()
    }

    /// Whether its code is not one of AWS.
    pub(super) fn is_foreign(&self) -> bool {
        self.code.is_none_or(|code| !is_code(code))
    }

    /// `code (HTTP status)`, if the code is one; a text of unknown content is not repeated.
    pub(crate) fn label(&self) -> String {
        let code = self.code.filter(|code| is_code(code));
        match (code, self.status) {
            (Some(code), _) => code.to_owned(),
            (None, Some(status)) => format!("HTTP status {status}"),
            (None, None) => "an unknown error".to_owned(),
        }
    }
}

fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
}

/// What kind of refusal a code stands for, whatever the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NotFound,
    InvalidRequest,
    InvalidParameter,
    Decryption,
    Denied,
    Expired,
    UnknownKey,
    Signature,
    Throttled,
    Server,
    UnknownOperation,
    Other,
}

impl Refusal {
    /// The codes are those of the API's "Errors" sections, of "Common error types", and, for throttling,
    /// the list that the AWS SDKs share.
    pub(crate) fn of(answer: &Answer<'_>) -> Self {
        match answer.code.unwrap_or_default() {
            "ResourceNotFoundException" => Refusal::NotFound,
            "InvalidRequestException" => Refusal::InvalidRequest,
            "InvalidParameterException" | "ValidationException" | "ValidationError" | "InvalidNextTokenException" => {
                Refusal::InvalidParameter
            }
            "DecryptionFailure" | "DecryptionFailureException" => Refusal::Decryption,
            "AccessDeniedException" | "AccessDenied" | "NotAuthorized" | "UnauthorizedOperation" => Refusal::Denied,
            "ExpiredTokenException" | "ExpiredToken" => Refusal::Expired,
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidAccessKeyId"
            | "InvalidToken"
            | "AuthFailure"
            // Of S3, where it is not about the region: the access key's id is none.
            | "AuthorizationHeaderMalformed"
            | "OptInRequired"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException" => Refusal::UnknownKey,
            "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "RequestExpired"
            | "RequestTimeTooSkewed" => Refusal::Signature,
            "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottledException"
            | "TooManyRequestsException"
            | "ProvisionedThroughputExceededException"
            | "TransactionInProgressException"
            | "RequestLimitExceeded"
            | "BandwidthLimitExceeded"
            | "LimitExceededException"
            | "RequestThrottled"
            | "SlowDown"
            | "PriorRequestNotComplete"
            | "EC2ThrottledException" => Refusal::Throttled,
            "InternalServiceError"
            | "InternalServiceErrorException"
            | "InternalFailure"
            | "InternalError"
            | "InternalServerError"
            | "ServiceUnavailable"
            | "ServiceUnavailableException"
            | "RequestTimeout"
            | "RequestTimeoutException" => Refusal::Server,
            "UnknownOperationException" | "UnknownOperation" | "InvalidAction" | "NotImplemented" => {
                Refusal::UnknownOperation
            }
            _ => match answer.status {
                Some(429) => Refusal::Throttled,
                Some(501) => Refusal::UnknownOperation,
                Some(500..) => Refusal::Server,
                _ => Refusal::Other,
            },
        }
    }
}
