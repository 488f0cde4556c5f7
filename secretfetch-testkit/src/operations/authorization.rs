//! Whether the account's policies allow a request.
//!
//! Source of the keys: "Actions, resources, and condition keys for AWS Secrets Manager" in the Service Authorization
//! Reference.

use std::time::SystemTime;

use secretfetch::Region;

use crate::calendar;
use crate::fake::account::{ACCOUNT, Account};
use crate::fake::log::Operation;
use crate::fake::record::SecretRecord;
use crate::fake::refusal::Refusal;
use crate::iam::access::Iam;
use crate::iam::policy::IamPolicy;
use crate::iam::request::{Caller, Circumstances, Request};

/// Condition keys of a request, as it says them itself.
pub(crate) type Conditions = Vec<(String, Vec<String>)>;

/// What a request does with the key of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyUse {
    None,
    Decrypt,
    Encrypt,
}

/// A request for permission.
pub(super) struct Permission<'a> {
    pub(super) iam: &'a Iam,
    pub(super) region: &'a Region,
    pub(super) now: SystemTime,
    pub(super) caller: Caller,
    pub(super) operation: Operation,
    /// As it was given; `None` for a request about no secret.
    pub(super) secret_id: Option<&'a str>,
    pub(super) conditions: Conditions,
    pub(super) key_use: KeyUse,
    /// Of a secret that is being created.
    pub(super) new_key: Option<String>,
}

impl Permission<'_> {
    pub(super) fn check(self, account: &Account) -> Result<(), Refusal> {
        let caller = &self.caller;
        let record = self.secret_id.and_then(|id| account.find(self.region, id).ok());
        let resource = match (record, self.secret_id) {
            (Some(record), _) => record.arn.clone(),
            (None, Some(id)) => self.resource_of_missing(id),
            (None, None) => "*".to_owned(),
        };
        let circumstances = self.circumstances(record, &resource);
        let action = self.operation.iam_action();
        let request = Request { caller, action, resource, circumstances: &circumstances };
        // A policy that is attached was parsed as JSON; one that is not IAM's grants nothing.
        let policy: Option<IamPolicy> = record.and_then(|record| record.policy.as_deref()?.parse().ok());
        self.iam.decide(&request, policy.as_ref()).map_err(|denial| Refusal::AccessDenied {
            caller: caller.arn.clone(),
            action: request.action.clone(),
            resource: request.resource.clone(),
            why: denial.to_string(),
        })?;
        self.check_key(record, &request.resource)
    }

    /// A secret that is not there has no suffix: its name, or for one that is being created, its ARN up to there.
    fn resource_of_missing(&self, id: &str) -> String {
        if self.operation == Operation::CreateSecret {
            let region = self.region;
            format!("arn:{}:secretsmanager:{region}:{ACCOUNT}:secret:{id}", region.partition())
        } else {
            id.to_owned()
        }
    }

    fn circumstances(&self, record: Option<&SecretRecord>, resource: &str) -> Circumstances {
        let mut circumstances = circumstances(&self.caller, self.region, self.now);
        if self.secret_id.is_some() {
            circumstances.set("secretsmanager:SecretId", vec![resource.to_owned()]);
        }
        for (key, value) in record.iter().flat_map(|record| record.tags()) {
            for prefix in ["aws", "secretsmanager"] {
                circumstances.set(&format!("{prefix}:ResourceTag/{key}"), vec![value.clone()]);
            }
        }
        if let Some(primary) = record.and_then(|record| record.replication.as_ref()) {
            circumstances.set("secretsmanager:SecretPrimaryRegion", vec![primary.primary.to_string()]);
        }
        for (key, values) in &self.conditions {
            circumstances.set(key, values.clone());
        }
        circumstances
    }

    /// A customer's key has to be allowed too; the service's own is for everyone in the account.
    fn check_key(&self, record: Option<&SecretRecord>, secret: &str) -> Result<(), Refusal> {
        let caller = &self.caller;
        let key = record.and_then(|record| record.kms_key_id.as_ref()).or(self.new_key.as_ref());
        let Some(key) = key.filter(|key| !key.ends_with("alias/aws/secretsmanager")) else { return Ok(()) };
        let region = self.region;
        let resource = key_arn(region, key);
        let mut circumstances = self.circumstances(record, secret);
        circumstances.set("kms:ViaService", vec![format!("secretsmanager.{region}.amazonaws.com")]);
        circumstances.set("kms:EncryptionContext:SecretARN", vec![secret.to_owned()]);
        circumstances.set("kms:CallerAccount", vec![caller.account().to_owned()]);
        let operations: &[&str] = match self.key_use {
            KeyUse::None => &[],
            KeyUse::Decrypt => &["Decrypt"],
            KeyUse::Encrypt => &["GenerateDataKey", "Decrypt"],
        };
        let allowed = operations.iter().all(|operation| {
            let action = format!("kms:{operation}");
            let resource = resource.clone();
            self.iam.may_use_key(&Request { caller, action, resource, circumstances: &circumstances })
        });
        if allowed { Ok(()) } else { Err(Refusal::KmsAccessDenied) }
    }
}

/// The circumstances of a request to any service.
pub(crate) fn circumstances(caller: &Caller, region: &Region, now: SystemTime) -> Circumstances {
    let mut circumstances = Circumstances::default();
    for (key, value) in [
        ("aws:PrincipalArn", caller.identity_arn()),
        ("aws:PrincipalAccount", caller.account().to_owned()),
        ("aws:PrincipalType", "AssumedRole".to_owned()),
        ("aws:RequestedRegion", region.to_string()),
        ("aws:CurrentTime", calendar::iso8601(now)),
        ("aws:SecureTransport", "true".to_owned()),
        ("aws:ResourceAccount", ACCOUNT.to_owned()),
        ("aws:SourceIp", "127.0.0.1".to_owned()),
    ] {
        circumstances.set(key, vec![value]);
    }
    for (key, value) in &caller.tags {
        circumstances.set(&format!("aws:PrincipalTag/{key}"), vec![value.clone()]);
    }
    circumstances
}

/// The ARN of a key that is given by its id, its alias or its ARN.
pub(crate) fn key_arn(region: &Region, key: &str) -> String {
    match key.strip_prefix("arn:") {
        Some(_) => key.to_owned(),
        None if key.starts_with("alias/") => format!("arn:{}:kms:{region}:{ACCOUNT}:{key}", region.partition()),
        None => format!("arn:{}:kms:{region}:{ACCOUNT}:key/{key}", region.partition()),
    }
}
