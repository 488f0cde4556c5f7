//! `DescribeSecret`, and a secret's description as `ListSecrets` has it too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::action::{Action, Context};
use super::answer::seconds;
use super::checks;
use super::tags::Tag;
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::record::{Replica, RotationRules, SecretRecord};
use crate::fake::refusal::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeSecret {
    secret_id: Option<String>,
}

type Stages = BTreeMap<String, Vec<String>>;

/// Everything about a secret but its value; what is empty is left out.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Description {
    #[serde(rename = "ARN")]
    arn: String,
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_enabled: Option<bool>,
    #[serde(rename = "RotationLambdaARN", skip_serializing_if = "Option::is_none")]
    rotation_lambda_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_rules: Option<RotationRules>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_rotated_date: Option<f64>,
    last_changed_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_accessed_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_rotation_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<Tag>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    version_ids_to_stages: Stages,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    secret_versions_to_stages: Stages,
    #[serde(skip_serializing_if = "Option::is_none")]
    owning_service: Option<String>,
    created_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_region: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    replication_status: Vec<ReplicationStatus>,
}

impl Description {
    /// As `ListSecrets` gives it.
    pub(super) fn listed(record: &SecretRecord) -> Self {
        let described = Description::of(record);
        Description {
            secret_versions_to_stages: described.version_ids_to_stages,
            version_ids_to_stages: Stages::new(),
            replication_status: Vec::new(),
            ..described
        }
    }

    fn of(record: &SecretRecord) -> Self {
        let labelled = record.versions.iter().filter(|version| !version.stages.is_empty());
        let rotation = &record.rotation;
        Description {
            arn: record.arn.clone(),
            name: record.name.clone(),
            description: record.description.clone(),
            kms_key_id: record.kms_key_id.clone(),
            rotation_enabled: rotation.enabled,
            rotation_lambda_arn: rotation.lambda_arn.clone(),
            rotation_rules: Some(rotation.rules.clone()).filter(|rules| *rules != RotationRules::default()),
            last_rotated_date: rotation.last.map(seconds),
            last_changed_date: seconds(record.changed),
            last_accessed_date: record.accessed.map(seconds),
            deleted_date: record.deletion.map(seconds),
            next_rotation_date: rotation.next().map(seconds),
            tags: Tag::all_of(record),
            version_ids_to_stages: labelled.map(|version| (version.id.to_string(), version.labels())).collect(),
            secret_versions_to_stages: Stages::new(),
            owning_service: record.owning_service.clone(),
            created_date: seconds(record.created),
            primary_region: record.replication.as_ref().map(|replication| replication.primary.to_string()),
            replication_status: ReplicationStatus::of(record),
        }
    }
}

/// How it stands with a copy in another region (`ReplicationStatusType`).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReplicationStatus {
    region: String,
    kms_key_id: String,
    status: &'static str,
    status_message: String,
}

impl ReplicationStatus {
    pub(super) fn of(record: &SecretRecord) -> Vec<Self> {
        let replicas = record.replication.iter().flat_map(|replication| &replication.replicas);
        let status = |replica: &Replica| ReplicationStatus {
            region: replica.region.to_string(),
            kms_key_id: replica.kms_key_id.clone().unwrap_or_else(|| "alias/aws/secretsmanager".to_owned()),
            status: if replica.failure.is_some() { "Failed" } else { "InSync" },
            status_message: replica.failure.clone().unwrap_or_else(|| "Replication succeeded".to_owned()),
        };
        replicas.map(status).collect()
    }
}

impl Action for DescribeSecret {
    const OPERATION: Operation = Operation::DescribeSecret;
    type Output = Description;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Description, Refusal> {
        account.find(context.region, &checks::checked(self.secret_id)).map(Description::of)
    }
}
