use crate::document::Fields;
use crate::entries;
use crate::error::{ErrorKind, Failure, Result};
use crate::json::Value;
use crate::secret::{Region, SecretId, SecretRequest, SecretValue, StoreName, VersionId, VersionStage};

/// A secret, or one key of it, that is needed by something else than a file: a store's own token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretKeyRef {
    /// The secret, and the store that has it.
    pub request: SecretRequest,
    /// The key whose value is meant; the whole secret without one.
    pub key: Option<String>,
}

impl SecretKeyRef {
    /// The fields of such a reference in a configuration.
    const FIELDS: &'static [&'static str] = &["secretId", "store", "region", "versionStage", "versionId", "key"];

    /// The whole secret.
    pub fn new(request: SecretRequest) -> Self {
        SecretKeyRef { request, key: None }
    }

    /// The value of one of its keys.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        fields.only(&[Self::FIELDS]);
        fields.required("secretId");
        let secret_id = fields.parse::<SecretId>("secretId");
        let (store, region) = (fields.parse::<StoreName>("store"), fields.parse::<Region>("region"));
        let (stage, id) = (fields.parse::<VersionStage>("versionStage"), fields.parse::<VersionId>("versionId"));
        let key = fields.text("key").map(str::to_owned);
        let request = SecretRequest::new(secret_id?)
            .with(store, SecretRequest::with_store)
            .with(region, SecretRequest::with_region)
            .with(stage, SecretRequest::with_version_stage)
            .with(id, SecretRequest::with_version_id);
        Some(SecretKeyRef { request, key })
    }

    /// What it stands for in the secret's value.
    pub(crate) fn of(&self, value: SecretValue) -> Result<SecretValue> {
        let Some(key) = &self.key else { return Ok(value) };
        let members = entries::object(&value)?;
        match entries::find(&members, key)? {
            Value::String(text) => Ok(SecretValue::from_text(text.to_string())),
            Value::Number(token) => Ok(SecretValue::from_text(token.to_string())),
            other => {
                let what = format!("the value is {}, where a text is needed", other.describe());
                Err(Failure::new(ErrorKind::WrongShape, what).with_key(key).into())
            }
        }
    }
}
