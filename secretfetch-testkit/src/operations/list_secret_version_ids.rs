//! `ListSecretVersionIds`.

use serde::{Deserialize, Serialize};

use super::action::{Action, Context};
use super::answer::{Identity, seconds};
use super::checks::{self, Checks};
use super::pages::Page;
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::record::{SecretRecord, Version};
use crate::fake::refusal::Refusal;

/// The most versions on a page.
const LARGEST_PAGE: i64 = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListSecretVersionIds {
    secret_id: Option<String>,
    #[serde(default)]
    include_deprecated: bool,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(flatten)]
    identity: Identity,
    versions: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    version_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    version_stages: Vec<String>,
    created_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_accessed_date: Option<f64>,
    kms_key_ids: [String; 1],
}

impl Entry {
    fn of(record: &SecretRecord, version: &Version) -> Self {
        Entry {
            version_id: version.id.to_string(),
            version_stages: version.labels(),
            created_date: seconds(version.created),
            last_accessed_date: version.accessed.map(seconds),
            kms_key_ids: [record.kms_key_id.clone().unwrap_or_else(|| "DefaultEncryptionKey".to_owned())],
        }
    }
}

impl Action for ListSecretVersionIds {
    const OPERATION: Operation = Operation::ListSecretVersionIds;
    type Output = Output;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn check(&self) -> Result<(), Refusal> {
        Checks::default()
            .secret_id(self.secret_id.as_ref())
            .number("maxResults", self.max_results, 1..=LARGEST_PAGE)
            .finish()?;
        checks::secret_id(self.secret_id.as_ref())
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Output, Refusal> {
        let record = account.find(context.region, &checks::checked(self.secret_id))?;
        // A version without a label is deprecated.
        let shown = |version: &&Version| self.include_deprecated || !version.stages.is_empty();
        let versions: Vec<&Version> = record.versions.iter().filter(shown).collect();
        let size = usize::try_from(self.max_results.unwrap_or(LARGEST_PAGE)).unwrap_or_default();
        let (versions, next_token) = Page::of(self.next_token.as_deref())?.cut(versions, size)?;
        let versions = versions.into_iter().map(|version| Entry::of(record, version)).collect();
        Ok(Output { identity: record.into(), versions, next_token })
    }
}
