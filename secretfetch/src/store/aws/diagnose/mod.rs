//! From what the SDK says went wrong to a [`Failure`] that a person can act on.
//!
//! Kinds come from typed errors and error codes. Where AWS tells causes apart only in a documented
//! message, the text refines kind and hint, with a safe fallback. Nothing of an answer is repeated
//! unless its characters prove what it is: a code, an ARN, an action. The SDK's errors are never kept:
//! their `Debug` prints raw answers.

mod service;

pub(super) use service::service;

use std::error::Error as StdError;

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::identity::{Answer, Scope, unanswered};
use crate::error::Failure;
use crate::secret::{Region, SecretRequest};

/// What was asked of Secrets Manager when it failed.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) request: &'a SecretRequest,
    pub(super) region: &'a Region,
    /// Host and port, if they were configured: else the region tells them.
    pub(super) endpoint: Option<&'a str>,
}

impl Asked<'_> {
    /// Adds which secret and which region it was.
    fn about(&self, failure: Failure) -> Failure {
        failure.with_secret_id(self.request.secret_id()).with_region(Some(self.region))
    }
}

/// Any failure of a call to Secrets Manager.
pub(super) fn sdk_error<E>(error: &SdkError<E, HttpResponse>, asked: Asked<'_>) -> Failure
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error {
        SdkError::ServiceError(context) => service::service(&Answer::of(context), asked),
        _ => match unanswered(error) {
            // Credentials are no matter of one secret.
            (failure, Scope::Credentials) => failure,
            (failure, Scope::Request) => asked.about(failure),
        },
    }
}
