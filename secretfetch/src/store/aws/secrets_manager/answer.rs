//! From an answer of the SDK to a [`Secret`]: the value is moved, never copied.

use std::time::SystemTime;

use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
use aws_sdk_secretsmanager::primitives::{Blob, DateTime};
use aws_sdk_secretsmanager::types::SecretValueEntry;

use super::asked::Asked;
use crate::error::{ErrorKind, Failure, Result};
use crate::secret::{Secret, SecretId, SecretRequest, SecretValue};

/// The fields that both operations answer with.
pub(super) struct Fields {
    arn: Option<String>,
    name: Option<String>,
    version_id: Option<String>,
    version_stages: Option<Vec<String>>,
    created_date: Option<DateTime>,
    secret_string: Option<String>,
    secret_binary: Option<Blob>,
}

impl From<GetSecretValueOutput> for Fields {
    fn from(output: GetSecretValueOutput) -> Self {
        Fields {
            arn: output.arn,
            name: output.name,
            version_id: output.version_id,
            version_stages: output.version_stages,
            created_date: output.created_date,
            secret_string: output.secret_string,
            secret_binary: output.secret_binary,
        }
    }
}

impl From<SecretValueEntry> for Fields {
    fn from(entry: SecretValueEntry) -> Self {
        Fields {
            arn: entry.arn,
            name: entry.name,
            version_id: entry.version_id,
            version_stages: entry.version_stages,
            created_date: entry.created_date,
            secret_string: entry.secret_string,
            secret_binary: entry.secret_binary,
        }
    }
}

/// The secret in an answer, or [`ErrorKind::InvalidResponse`] if the answer has no value, has two, or is another secret's.
pub(super) fn secret(fields: impl Into<Fields>, asked: Asked<'_>) -> Result<Secret> {
    let fields = fields.into();
    let refuse = |what: &str| {
        let failure = Failure::new(ErrorKind::InvalidResponse, what)
            .with_hint("check the endpoint URL, and what proxy is in between");
        Err(failure.with_secret_id(asked.request.secret_id()).with_region(Some(asked.region)).into())
    };
    if !is_of(asked.request.secret_id(), fields.name.as_deref(), fields.arn.as_deref()) {
        return refuse("the answer is that of another secret");
    }
    if !is_version(asked.request, &fields) {
        return refuse("the answer is that of another version");
    }
    let value = match (fields.secret_string, fields.secret_binary) {
        (Some(text), None) => SecretValue::from_text(text),
        (None, Some(bytes)) => SecretValue::from_binary(bytes.into_inner()),
        (None, None) => return refuse("the answer has neither a text nor a binary value"),
        (Some(_), Some(_)) => return refuse("the answer has both a text and a binary value"),
    };
    let name = fields.name.unwrap_or_else(|| asked.request.secret_id().as_str().to_owned());
    let mut secret = Secret::new(name, value);
    // What is not an ARN says nothing of the secret.
    secret.arn = fields.arn.and_then(|arn| arn.try_into().ok());
    secret.region = Some(asked.region.clone());
    // What cannot be a version id or a label is left out: it informs, and nothing depends on it.
    secret.version_id = fields.version_id.and_then(|id| id.parse().ok());
    secret.version_stages =
        fields.version_stages.unwrap_or_default().into_iter().filter_map(|stage| stage.parse().ok()).collect();
    secret.created = fields.created_date.and_then(|date| SystemTime::try_from(date).ok());
    Ok(secret)
}

/// Whether a secret of this name and ARN is the one that an id names.
pub(super) fn is_of(id: &SecretId, name: Option<&str>, arn: Option<&str>) -> bool {
    if id.is_arn() {
        return arn.is_some_and(|arn| arn == id.as_str() || is_partial_arn(id.as_str(), arn));
    }
    name == Some(id.as_str())
}

/// Whether `id` is `arn` without its `-` and six random characters.
pub(super) fn is_partial_arn(id: &str, arn: &str) -> bool {
    arn.strip_prefix(id)
        .and_then(|suffix| suffix.strip_prefix('-'))
        .is_some_and(|suffix| suffix.len() == 6 && suffix.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Whether the version is the one that was asked for, as far as the answer says which it is.
fn is_version(request: &SecretRequest, fields: &Fields) -> bool {
    let is_id = match (request.version_id(), &fields.version_id) {
        (Some(asked), Some(found)) => asked.as_str() == found,
        _ => true,
    };
    let is_stage = match (request.version_stage(), &fields.version_stages) {
        (Some(asked), Some(found)) if !found.is_empty() => found.iter().any(|stage| stage == asked.as_str()),
        _ => true,
    };
    is_id && is_stage
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-aaaaa1";

    fn output() -> aws_sdk_secretsmanager::operation::get_secret_value::builders::GetSecretValueOutputBuilder {
        GetSecretValueOutput::builder().arn(ARN).name("db").secret_string("hunter2")
    }

    fn refusal(request: &SecretRequest, output: GetSecretValueOutput) -> Option<String> {
        let region = "eu-west-1".parse().unwrap();
        let error = secret(output, Asked { request, region: &region, endpoint: None }).err()?;
        assert_eq!(error.kind(), ErrorKind::InvalidResponse);
        assert!(!error.to_string().contains("hunter2"));
        Some(error.to_string())
    }

    fn asked(id: &str) -> SecretRequest {
        SecretRequest::new(id.parse().unwrap())
    }

    #[test]
    fn an_answer_of_another_secret_is_refused() {
        for id in ["db", ARN, "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db"] {
            assert_eq!(refusal(&asked(id), output().build()), None, "{id}");
            let other = output().name("web").arn(ARN.replace("db", "web")).build();
            assert!(refusal(&asked(id), other).unwrap().contains("another secret"), "{id}");
        }
        // One that only begins alike, and one that does not say whose it is.
        let other = output().name("db-replica").arn(ARN.replace("db-", "db-replica-")).build();
        assert!(refusal(&asked("arn:aws:secretsmanager:eu-west-1:111111111111:secret:db"), other).is_some());
        assert!(refusal(&asked("db"), GetSecretValueOutput::builder().secret_string("hunter2").build()).is_some());
    }

    #[test]
    fn an_answer_of_another_version_is_refused() {
        let id = "01234567-89ab-cdef-0123-456789abcdef";
        let of_id = asked("db").with_version_id(id.parse().unwrap());
        assert_eq!(refusal(&of_id, output().version_id(id).build()), None);
        let other = output().version_id(id.replace('0', "1")).build();
        assert!(refusal(&of_id, other).unwrap().contains("another version"));
        let of_stage = asked("db").with_version_stage("AWSPREVIOUS".parse().unwrap());
        assert_eq!(refusal(&of_stage, output().version_stages("AWSPREVIOUS").build()), None);
        assert!(refusal(&of_stage, output().version_stages("AWSCURRENT").build()).is_some());
    }

    #[test]
    fn an_answer_has_one_value() {
        let two = output().secret_binary(Blob::new("hunter2")).build();
        assert!(refusal(&asked("db"), two).unwrap().contains("both a text and a binary"));
        let none = GetSecretValueOutput::builder().arn(ARN).name("db").build();
        assert!(refusal(&asked("db"), none).unwrap().contains("neither a text nor a binary"));
    }
}
