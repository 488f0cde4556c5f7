//! `PutSecretValue`.

use secretfetch::SecretValue;
use serde::{Deserialize, Serialize};

use super::action::{Action, Context};
use super::authorization::KeyUse;
use super::checks;
use super::value::{self, Value};
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::refusal::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutSecretValue {
    secret_id: Option<String>,
    version_stages: Option<Vec<String>>,
    #[serde(flatten)]
    value: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    #[serde(rename = "ARN")]
    arn: String,
    name: String,
    pub(crate) version_id: String,
    version_stages: Vec<String>,
}

impl PutSecretValue {
    /// A version as a test prepares it.
    pub(crate) fn with_value(id: &str, value: &SecretValue, token: Option<&str>, stages: &[&str]) -> Self {
        let stages: Vec<String> = stages.iter().map(|stage| (*stage).to_owned()).collect();
        PutSecretValue {
            secret_id: Some(id.to_owned()),
            version_stages: Some(stages).filter(|stages| !stages.is_empty()),
            value: Value::of(value, token),
        }
    }
}

impl Action for PutSecretValue {
    const OPERATION: Operation = Operation::PutSecretValue;
    type Output = Output;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn check(&self) -> Result<(), Refusal> {
        self.value.check_token()?;
        checks::Checks::default()
            .secret_id(self.secret_id.as_ref())
            .list("versionStages", self.version_stages.as_ref(), 1..=20)
            .finish()?;
        self.value.check()?;
        if !self.value.is_there() {
            return Err(Refusal::InvalidRequest("You must provide either SecretString or SecretBinary.".to_owned()));
        }
        checks::secret_id(self.secret_id.as_ref())
    }

    fn key_use(&self) -> KeyUse {
        KeyUse::Encrypt
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Output, Refusal> {
        let stages = value::stages("versionStages", &self.version_stages.unwrap_or_default())?;
        let version = self.value.into_version(stages)?.ok_or(Refusal::InternalError)?;
        let version = account.put(context.region, &checks::checked(self.secret_id), version, context.now)?;
        Ok(Output {
            arn: version.arn,
            name: version.name,
            version_id: version.version_id.to_string(),
            version_stages: version.stages.iter().map(ToString::to_string).collect(),
        })
    }
}
