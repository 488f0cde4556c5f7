//! What the permissions of all stores of AWS have in common: where something is, and the key that it is encrypted with.

use super::aws_settings::AwsSettings;
use super::named::{Condition, KmsKeyArn, Permission, PolicyScope};
use crate::secret::{Region, is_account};

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

/// The ARN of something in a region and an account, each of which may not be known. A name is looked up in the account of the
/// identity that asks.
pub(super) fn arn(
    service: &str,
    aws: &AwsSettings,
    region: Option<&Region>,
    scope: &PolicyScope,
    resource: &str,
) -> String {
    let partition = region.map_or("aws", Region::partition);
    let region = region.map_or(PolicyScope::UNKNOWN_REGION, Region::as_str);
    let of_role = aws.role_arn.as_deref().and_then(|role| role.split(':').nth(4)).filter(|account| is_account(account));
    let account = of_role.or(scope.account.as_deref()).unwrap_or(PolicyScope::UNKNOWN_ACCOUNT);
    format!("arn:{partition}:{service}:{region}:{account}:{resource}")
}

/// `kms:Decrypt` on the keys that the policy was told of, for nothing but what these patterns describe, and only through the
/// service that has it
/// ([conditions](https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service)).
/// A service decrypts with keys of its own region, so that others would be allowed in vain; `None` among the regions is any.
pub(super) fn decrypt(
    sid: &'static str,
    service: &str,
    context: &'static str,
    patterns: Vec<String>,
    regions: &[Option<&Region>],
    scope: &PolicyScope,
) -> Option<Permission> {
    let is_used = |key: &&KmsKeyArn| regions.iter().any(|region| region.is_none_or(|region| region == key.region()));
    let keys: Vec<&KmsKeyArn> = scope.kms_keys.iter().filter(is_used).collect();
    // What is in a region without a key is encrypted with none of them. The objects of S3 have no region in their ARNs.
    let may_be_encrypted = |pattern: &String| match pattern.split(':').nth(3) {
        None | Some("" | PolicyScope::UNKNOWN_REGION) => true,
        Some(region) => keys.iter().any(|key| key.region().as_str() == region),
    };
    let patterns: Vec<String> = patterns.into_iter().filter(may_be_encrypted).collect();
    if keys.is_empty() || patterns.is_empty() {
        return None;
    }
    let mut services: Vec<String> = Vec::new();
    for region in keys.iter().map(|key| key.region()) {
        add(&mut services, format!("{service}.{region}.{}", region.domains()[0]));
    }
    let conditions = vec![
        Condition::new("StringEquals", "kms:ViaService", services),
        Condition::new("StringLike", context, patterns),
    ];
    let keys = keys.into_iter().map(KmsKeyArn::to_string).collect();
    Some(Permission { conditions, ..Permission::new(sid, "kms:Decrypt", keys) })
}

/// A text in which no character is a pattern: `*`, `?` and `$` stand for themselves as policy variables
/// ([IAM](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars)).
pub(super) fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut all, c| {
        match c {
            '*' | '?' | '$' => all.extend(["${", c.encode_utf8(&mut [0; 4]), "}"]),
            c => all.push(c),
        }
        all
    })
}

/// A permission for each action that there is something to be allowed on.
pub(super) fn on_resources(
    all: impl IntoIterator<Item = (&'static str, &'static str, Vec<String>)>,
) -> Vec<Permission> {
    let needed = all.into_iter().filter(|(.., resources)| !resources.is_empty());
    needed.map(|(sid, action, resources)| Permission::new(sid, action, resources)).collect()
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
