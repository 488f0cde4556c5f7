//! A call that fails without an answer of its service.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use super::credentials::credentials;
use crate::error::{Error, ErrorKind, Failure};
use crate::store::transport::{attempt_timeout, broken_answer, chain, no_answer};

/// What a failure is about.
pub(crate) enum Scope {
    Credentials,
    Request,
}

/// Why a request that no SDK makes cannot be signed.
pub(crate) fn not_signed(error: &CredentialsError) -> Error {
    let own = chain(error).find_map(|cause| cause.downcast_ref::<Error>());
    own.cloned().unwrap_or_else(|| credentials(error, None).into())
}

/// A failure without an answer of the service: construction, dispatch, time, a broken answer.
pub(crate) fn unanswered<E>(error: &SdkError<E, HttpResponse>) -> (Failure, Scope)
where
    E: StdError + 'static,
{
    for cause in chain(error) {
        // Our own, from `SharedCredentials`.
        if let Some(failure) = cause.downcast_ref::<Error>().and_then(|error| error.failures().first()) {
            return (failure.clone(), Scope::Credentials);
        }
        if let Some(error) = cause.downcast_ref::<CredentialsError>() {
            return (credentials(error, None), Scope::Credentials);
        }
    }
    let failure = match error {
        SdkError::TimeoutError(_) => attempt_timeout(error),
        SdkError::DispatchFailure(_) => no_answer(error),
        SdkError::ResponseError(_) => broken_answer(error),
        _ => Failure::new(ErrorKind::Config, "the request could not be built")
            .with_hint("check the region and the endpoint URL"),
    };
    (failure, Scope::Request)
}
