//! `CreateSecret`.

use std::collections::BTreeMap;

use secretfetch::SecretValue;
use serde::{Deserialize, Serialize};

use super::action::{Action, Context};
use super::answer::Identity;
use super::authorization::{Conditions, KeyUse};
use super::checks::{self, Checks};
use super::describe_secret::ReplicationStatus;
use super::replication::ReplicaRegion;
use super::tags::Tag;
use super::value::Value;
use crate::fake::account::{Account, NewSecret};
use crate::fake::log::Operation;
use crate::fake::refusal::Refusal;

/// The longest description of a secret.
pub(super) const LONGEST_DESCRIPTION: usize = 2048;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateSecret {
    name: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    tags: Option<Vec<Tag>>,
    add_replica_regions: Option<Vec<ReplicaRegion>>,
    #[serde(default)]
    force_overwrite_replica_secret: bool,
    #[serde(flatten)]
    value: Value,
}

impl CreateSecret {
    /// A secret as a test prepares it, with its first version.
    pub(crate) fn with_value(name: &str, value: &SecretValue) -> Self {
        CreateSecret { name: Some(name.to_owned()), value: Value::of(value, None), ..CreateSecret::default() }
    }

    /// A secret that gets its versions later.
    pub(crate) fn without_value(
        name: &str,
        description: Option<String>,
        kms_key_id: Option<String>,
        tags: BTreeMap<String, String>,
    ) -> Self {
        let tags = Some(tags.into_iter().map(|(key, value)| Tag { key, value }).collect());
        let (name, value) = (Some(name.to_owned()), Value::none());
        CreateSecret { name, description, kms_key_id, tags, value, ..CreateSecret::default() }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    #[serde(flatten)]
    identity: Identity,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    replication_status: Vec<ReplicationStatus>,
}

impl Action for CreateSecret {
    const OPERATION: Operation = Operation::CreateSecret;
    type Output = Output;

    fn secret_id(&self) -> Option<&String> {
        self.name.as_ref()
    }

    fn check(&self) -> Result<(), Refusal> {
        self.value.check_token()?;
        Checks::default()
            .required("name", self.name.as_ref())
            .length("name", self.name.as_ref(), 1..=512)
            .length("description", self.description.as_ref(), 0..=LONGEST_DESCRIPTION)
            .finish()?;
        self.value.check()?;
        checks::name(self.name.as_deref().unwrap_or_default())?;
        super::tags::check(self.tags.as_deref().unwrap_or_default())?;
        super::replication::check(self.add_replica_regions.as_deref().unwrap_or_default())
    }

    fn conditions(&self) -> Conditions {
        [
            ("secretsmanager:Name", &self.name),
            ("secretsmanager:Description", &self.description),
            ("secretsmanager:KmsKeyId", &self.kms_key_id),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), vec![value.clone()?])))
        .chain(super::tags::conditions(self.tags.as_deref().unwrap_or_default()))
        .collect()
    }

    fn key_use(&self) -> KeyUse {
        if self.value.is_there() { KeyUse::Encrypt } else { KeyUse::None }
    }

    fn new_key(&self) -> Option<String> {
        self.kms_key_id.clone()
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Output, Refusal> {
        let name = checks::checked(self.name);
        let token = self.value.token().cloned();
        let new = NewSecret {
            description: self.description.unwrap_or_default(),
            kms_key_id: self.kms_key_id,
            tags: self.tags.into_iter().flatten().map(Tag::into_pair).collect(),
            version: self.value.into_version(Vec::new())?,
            replicas: super::replication::replicas(self.add_replica_regions.unwrap_or_default())?,
            overwrite_replicas: self.force_overwrite_replica_secret,
        };
        let record = account.create(context.region, &name, new, context.now)?;
        // Of a secret that was created before by the same request too.
        let version = token.and_then(|token| record.version(&token));
        Ok(Output {
            identity: record.into(),
            version_id: version.map(|version| version.id.to_string()),
            replication_status: ReplicationStatus::of(record),
        })
    }
}
