//! Why a parameter was not answered, for a person to act on.

use super::answer::Refused;
use super::api::SSM;
use crate::error::{Error, ErrorKind, Failure};
use crate::secret::{Region, SecretId, SecretRequest};
use crate::store::identity::{Answer, Refusal, Thing, credentials_refused, denied, key_denied, service_refused};
use crate::store::signed::Unanswered;
use crate::store::transport::Response;

/// What was asked for when it failed.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The parameter; `None` where a path is looked through.
    pub(super) id: Option<&'a SecretId>,
    pub(super) action: &'static str,
    pub(super) region: &'a Region,
    /// Host and port, if they are configured.
    pub(super) endpoint: Option<&'a str>,
}

impl Asked<'_> {
    fn about(self, failure: Failure) -> Failure {
        let failure = failure.with_region(Some(self.region));
        match self.id {
            Some(id) => failure.with_secret_id(id),
            None => failure,
        }
    }

    fn thing(&self) -> Thing<'_> {
        Thing {
            noun: "parameter",
            action: self.action,
            default_key: "aws/ssm",
            arn: self.id.filter(|id| id.is_arn()).map(SecretId::as_str),
            region: self.region,
        }
    }
}

/// What a refusal stands for.
pub(super) fn refusal(refused: &Refused, response: &Response) -> Refusal {
    match refused.code.as_deref() {
        // A key that is disabled, deleted, or not to be used by the caller.
        Some("InvalidKeyId") => Refusal::Decryption,
        Some("ParameterNotFound" | "ParameterVersionNotFound") => Refusal::NotFound,
        _ => Refusal::of(&answer(refused, response)),
    }
}

fn answer<'a>(refused: &'a Refused, response: &Response) -> Answer<'a> {
    Answer { code: refused.code.as_deref(), message: refused.message.as_deref(), status: Some(response.status) }
}

/// Diagnoses a refusal.
pub(super) fn refused(refused: &Refused, response: &Response, asked: Asked<'_>) -> Error {
    let answer = answer(refused, response);
    let message = answer.message();
    let failure = match refusal(refused, response) {
        Refusal::NotFound => Failure::new(ErrorKind::SecretNotFound, "the parameter does not exist")
            .with_hint(wrong_place(asked.region, asked.id.is_some_and(SecretId::is_arn))),
        Refusal::Decryption => key_denied(message, asked.thing()),
        // What KMS says is passed on with the name of its own service.
        Refusal::Denied if message.contains("KMS") || message.contains("kms:") || message.contains("ciphertext") => {
            key_denied(message, asked.thing())
        }
        Refusal::Denied => denied(message, asked.thing()),
        Refusal::InvalidRequest | Refusal::InvalidParameter => {
            Failure::new(ErrorKind::Config, format!("AWS does not accept the request ({})", answer.label()))
                .with_hint("check the parameter's name or ARN, version and label")
        }
        other => match credentials_refused(other, &answer) {
            // Credentials are no matter of one parameter.
            Some(failure) => return failure.into(),
            None => service_refused(other, &answer, SSM.service, asked.endpoint),
        },
    };
    asked.about(failure).into()
}

/// Diagnoses a request without an answer.
pub(super) fn unanswered(unanswered: &Unanswered, asked: Asked<'_>) -> Error {
    match unanswered {
        Unanswered::Credentials(error) => error.clone(),
        Unanswered::NoAnswer(error) => error.clone().map_failures(|failure| asked.about(failure)),
        Unanswered::TooLarge => {
            let error = not_parameters("the answer is larger than any of Parameter Store", asked);
            error.map_failures(|failure| failure.with_retryable(false))
        }
    }
}

/// An answer that is not one of Parameter Store.
pub(super) fn not_parameters(what: &str, asked: Asked<'_>) -> Error {
    let failure = Failure::new(ErrorKind::InvalidResponse, what);
    asked.about(failure.with_hint("check the endpoint URL, and what proxy is in between")).into()
}

/// A parameter that is not among those that there are.
pub(super) fn missing(request: &SecretRequest, asked: Asked<'_>) -> Error {
    let is_arn = request.secret_id().is_arn();
    let failure = match (request.version_id(), request.version_stage()) {
        (Some(id), _) => version_missing(&format!("no version {}", crate::text::quoted(id.as_str()))),
        (None, Some(stage)) if !stage.is_current() => {
            version_missing(&format!("no version with the label {}", crate::text::quoted(stage.as_str())))
        }
        _ => Failure::new(ErrorKind::SecretNotFound, "the parameter does not exist")
            .with_hint(wrong_place(asked.region, is_arn)),
    };
    asked.about(failure).into()
}

/// `GetParameters` does not tell which of the two is missing.
fn version_missing(what: &str) -> Failure {
    Failure::new(ErrorKind::VersionNotFound, format!("the parameter has {what}, or does not exist"))
        .with_hint("`aws ssm get-parameter-history` shows the versions and labels that it has")
}

/// Where it was looked for, and how to look elsewhere.
fn wrong_place(region: &Region, is_arn: bool) -> String {
    match is_arn {
        true => format!("{region} was asked, as the ARN says: check the ARN and its account"),
        false => format!(
            "{region} was asked: check the name with its leading slash, the region and the account; `region`, AWS_REGION or \
             the parameter's whole ARN names another region"
        ),
    }
}
