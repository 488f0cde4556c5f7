//! What the permissions of all stores of AWS have in common: where something is, and the key that it is encrypted with.

use super::aws_settings::AwsSettings;
use super::named::{Condition, Permission, PolicyScope};
use crate::secret::Region;

/// The regions in which something may be asked for: its own (or the store's, or the run's; `None` for one that is not
/// known), and the other one for when that is away.
pub(super) fn regions<'a>(
    aws: &'a AwsSettings,
    own: Option<&'a Region>,
    scope: &'a PolicyScope,
) -> impl Iterator<Item = Option<&'a Region>> {
    let first = own.or(aws.region.as_ref()).or(scope.region.as_ref());
    let second = aws.failover.as_ref().map(|failover| &failover.region).filter(move |other| Some(*other) != first);
    std::iter::once(first).chain(second.map(Some))
}

/// The ARN of something in a region and an account, each of which may not be known.
pub(super) fn arn(service: &str, region: Option<&Region>, scope: &PolicyScope, resource: &str) -> String {
    let partition = region.map_or("aws", Region::partition);
    let region = region.map_or(PolicyScope::UNKNOWN_REGION, Region::as_str);
    let account = scope.account.as_deref().unwrap_or(PolicyScope::UNKNOWN_ACCOUNT);
    format!("arn:{partition}:{service}:{region}:{account}:{resource}")
}

/// `kms:Decrypt` on the keys that the policy was told of, for nothing but what these patterns describe, and only through the
/// service that has it
/// ([conditions](https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service)).
pub(super) fn decrypt<'a>(
    sid: &'static str,
    service: &str,
    context: &'static str,
    patterns: Vec<String>,
    regions: impl Iterator<Item = Option<&'a Region>>,
    scope: &PolicyScope,
) -> Option<Permission> {
    if scope.kms_keys.is_empty() || patterns.is_empty() {
        return None;
    }
    let mut services: Vec<String> = Vec::new();
    for region in regions {
        let domain = region.map_or("amazonaws.com", |region| region.domains()[0]);
        let region = region.map_or(PolicyScope::UNKNOWN_REGION, Region::as_str);
        let name = format!("{service}.{region}.{domain}");
        if !services.contains(&name) {
            services.push(name);
        }
    }
    let conditions = vec![
        Condition { operator: "StringEquals", key: "kms:ViaService", values: services },
        Condition { operator: "StringLike", key: context, values: patterns },
    ];
    Some(Permission { conditions, ..Permission::new(sid, "kms:Decrypt", scope.kms_keys.clone()) })
}

/// The same for the role of the store.
pub(super) fn of_role(aws: &AwsSettings, permissions: Vec<Permission>) -> Vec<Permission> {
    permissions.into_iter().map(|permission| Permission { role: aws.role_arn.clone(), ..permission }).collect()
}

/// Adds a text to those that are there, once.
pub(super) fn add(all: &mut Vec<String>, text: String) {
    if !all.contains(&text) {
        all.push(text);
    }
}
