//! From an answer of the SDK to a [`Secret`]: the value is moved, never copied.

use std::time::SystemTime;

use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
use aws_sdk_secretsmanager::primitives::{Blob, DateTime};
use aws_sdk_secretsmanager::types::SecretValueEntry;

use super::diagnose::Asked;
use crate::error::{ErrorKind, Failure, Result};
use crate::secret::{Secret, SecretValue};

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

/// The secret in an answer, or [`ErrorKind::InvalidResponse`] if the answer has no value.
pub(super) fn secret(fields: impl Into<Fields>, asked: Asked<'_>) -> Result<Secret> {
    let fields = fields.into();
    let value = match (fields.secret_string, fields.secret_binary) {
        (Some(text), _) => SecretValue::from_text(text),
        (None, Some(bytes)) => SecretValue::from_binary(bytes.into_inner()),
        (None, None) => {
            let failure = Failure::new(ErrorKind::InvalidResponse, "the answer has neither a text nor a binary value")
                .with_hint("check the endpoint URL, and what proxy is in between");
            return Err(failure.with_secret_id(asked.request.secret_id()).with_region(Some(asked.region)).into());
        }
    };
    let name = fields.name.unwrap_or_else(|| asked.request.secret_id().as_str().to_owned());
    let mut secret = Secret::new(name, value);
    secret.arn = fields.arn;
    // What cannot be a version id or a label is left out: it informs, and nothing depends on it.
    secret.version_id = fields.version_id.and_then(|id| id.parse().ok());
    secret.version_stages =
        fields.version_stages.unwrap_or_default().into_iter().filter_map(|stage| stage.parse().ok()).collect();
    secret.created = fields.created_date.and_then(|date| SystemTime::try_from(date).ok());
    Ok(secret)
}
