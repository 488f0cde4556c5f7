//! `GetSecretValue`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secretfetch::Secret;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};

use super::action::{Action, Context, Subject};
use super::answer::seconds;
use super::authorization::{Conditions, KeyUse};
use super::checks::{self, Checks};
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::refusal::Refusal;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetSecretValue {
    pub(crate) secret_id: Option<String>,
    pub(crate) version_id: Option<String>,
    pub(crate) version_stage: Option<String>,
}

/// A secret as `GetSecretValue` and `BatchGetSecretValue` answer it.
pub(crate) struct Entry(pub(crate) Secret);

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Entry(secret) = self;
        let stages: Vec<&str> = secret.version_stages.iter().map(|stage| stage.as_str()).collect();
        let mut entry = serializer.serialize_map(None)?;
        entry.serialize_entry("ARN", &secret.arn.as_ref().map(|arn| arn.as_str()))?;
        entry.serialize_entry("Name", &secret.name)?;
        entry.serialize_entry("VersionId", &secret.version_id.as_ref().map(|id| id.as_str()))?;
        match secret.value.expose_text() {
            Some(text) => entry.serialize_entry("SecretString", text)?,
            None => entry.serialize_entry("SecretBinary", &BASE64.encode(secret.value.expose_bytes()))?,
        }
        entry.serialize_entry("VersionStages", &stages)?;
        entry.serialize_entry("CreatedDate", &secret.created.map(seconds))?;
        entry.end()
    }
}

impl Action for GetSecretValue {
    const OPERATION: Operation = Operation::GetSecretValue;
    type Output = Entry;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn subject(&self) -> Subject {
        Subject {
            version_id: self.version_id.clone(),
            version_stage: self.version_stage.clone(),
            ..Subject::of(self.secret_id())
        }
    }

    fn check(&self) -> Result<(), Refusal> {
        Checks::default()
            .secret_id(self.secret_id.as_ref())
            .length("versionId", self.version_id.as_ref(), 32..=64)
            .length("versionStage", self.version_stage.as_ref(), 1..=256)
            .finish()?;
        checks::secret_id(self.secret_id.as_ref())
    }

    fn conditions(&self) -> Conditions {
        // A request for the current version says no stage, and so has no value for the key.
        [("secretsmanager:VersionStage", &self.version_stage), ("secretsmanager:VersionId", &self.version_id)]
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), vec![value.clone()?])))
            .collect()
    }

    fn key_use(&self) -> KeyUse {
        KeyUse::Decrypt
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Entry, Refusal> {
        let id = checks::checked(self.secret_id);
        let (version_id, stage) = (self.version_id.as_deref(), self.version_stage.as_deref());
        let (record, version) = account.read(context.region, &id, version_id, stage, context.now)?;
        record.secret(version).map(Entry)
    }
}
