//! `UpdateSecret`.

use serde::{Deserialize, Serialize};

use super::action::{Action, Context};
use super::answer::Identity;
use super::authorization::{Conditions, KeyUse};
use super::checks::{self, Checks};
use super::create_secret::LONGEST_DESCRIPTION;
use super::value::Value;
use crate::fake::account::{Account, add_version};
use crate::fake::log::Operation;
use crate::fake::refusal::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateSecret {
    secret_id: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    #[serde(flatten)]
    value: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(flatten)]
    identity: Identity,
    /// Only if there is a new version.
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
}

impl Action for UpdateSecret {
    const OPERATION: Operation = Operation::UpdateSecret;
    type Output = Output;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn check(&self) -> Result<(), Refusal> {
        self.value.check_token()?;
        Checks::default()
            .secret_id(self.secret_id.as_ref())
            .length("description", self.description.as_ref(), 0..=LONGEST_DESCRIPTION)
            .finish()?;
        self.value.check()?;
        checks::secret_id(self.secret_id.as_ref())
    }

    fn conditions(&self) -> Conditions {
        [("secretsmanager:Description", &self.description), ("secretsmanager:KmsKeyId", &self.kms_key_id)]
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), vec![value.clone()?])))
            .collect()
    }

    fn key_use(&self) -> KeyUse {
        if self.value.is_there() { KeyUse::Encrypt } else { KeyUse::None }
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Output, Refusal> {
        let version = self.value.into_version(Vec::new())?;
        account.change(context.region, &checks::checked(self.secret_id), |record| {
            if let Some(description) = self.description {
                record.description = description;
            }
            // An empty key stands for the one that the service has by default.
            if let Some(key) = self.kms_key_id {
                record.kms_key_id = Some(key).filter(|key| !key.is_empty());
            }
            record.changed = context.now;
            let version = version.map(|version| add_version(record, version, context.now)).transpose()?;
            Ok(Output {
                identity: (&*record).into(),
                version_id: version.map(|version| version.version_id.to_string()),
            })
        })
    }
}
