//! The actions of Secrets Manager that an identity must be allowed, and on which secrets.

use std::collections::HashSet;

use crate::secret::{Region, SecretRequest};
use crate::store::batch_mode::BatchMode;
use crate::store::find::Find;
use crate::store::named::{Permission, PolicyScope};

/// What stands in an ARN for the random characters that AWS adds to a secret's name: exactly six characters, so that
/// `db` does not open `db-replica` (Secrets Manager User Guide, "Limiting access to specific secrets").
const SUFFIX: &str = "-??????";

pub(super) fn permissions(
    own_region: Option<&Region>,
    role: Option<&str>,
    requests: &[&SecretRequest],
    scope: &PolicyScope,
) -> Vec<Permission> {
    let mut secrets = Vec::new();
    let mut seen = HashSet::new();
    let mut current: Vec<(Option<&Region>, usize)> = Vec::new();
    for request in requests {
        let region = request.region().or(own_region).or(scope.region.as_ref());
        let secret = resource(request, region, scope.account.as_deref());
        if seen.insert(secret.clone()) {
            secrets.push(secret);
        }
        if request.wants_current() {
            match current.iter_mut().find(|(known, _)| *known == region) {
                Some((_, count)) => *count += 1,
                None => current.push((region, 1)),
            }
        }
    }
    if secrets.is_empty() {
        return Vec::new();
    }
    let of_role = |permission| Permission { role: role.map(str::to_owned), ..permission };
    let mut permissions = vec![of_role(Permission::new("ReadSecrets", "secretsmanager:GetSecretValue", secrets))];
    if current.iter().any(|(_, secrets)| scope.batch.applies_to(*secrets)) {
        permissions.push(of_role(batches()));
    }
    permissions
}

/// What one search needs: the list in any case, and every secret that it can bring.
#[cfg_attr(not(test), expect(dead_code, reason = "a store is asked for the permissions of its requests alone"))]
pub(super) fn find_permissions(
    own_region: Option<&Region>,
    role: Option<&str>,
    find: &Find,
    scope: &PolicyScope,
) -> Vec<Permission> {
    let region = find.region().or(own_region).or(scope.region.as_ref());
    let secrets = vec![arn(&format!("{}*", find.prefix()), region, scope.account.as_deref())];
    // This action knows no resource types either.
    let list = Permission::new("ListSecrets", "secretsmanager:ListSecrets", vec!["*".to_owned()]);
    let mut permissions = vec![Permission::new("ReadSecrets", "secretsmanager:GetSecretValue", secrets), list];
    if scope.batch == BatchMode::Auto {
        permissions.push(batches());
    }
    let of_role = |permission| Permission { role: role.map(str::to_owned), ..permission };
    permissions.into_iter().map(of_role).collect()
}

/// The action knows no resource types: only `*` allows it. Each secret must be allowed besides.
fn batches() -> Permission {
    Permission::new("AskForSecretsInBatches", "secretsmanager:BatchGetSecretValue", vec!["*".to_owned()])
}

/// The ARN that names the secret in a policy.
fn resource(request: &SecretRequest, region: Option<&Region>, account: Option<&str>) -> String {
    let id = request.secret_id();
    if id.is_arn() {
        return if has_suffix(id.as_str()) { id.to_string() } else { format!("{id}{SUFFIX}") };
    }
    arn(&format!("{id}{SUFFIX}"), region, account)
}

fn arn(secret: &str, region: Option<&Region>, account: Option<&str>) -> String {
    let partition = region.map_or("aws", Region::partition);
    let (region, account) =
        (region.map_or(PolicyScope::UNKNOWN_REGION, Region::as_str), account.unwrap_or(PolicyScope::UNKNOWN_ACCOUNT));
    format!("arn:{partition}:secretsmanager:{region}:{account}:secret:{secret}")
}

/// Whether an ARN ends with the hyphen and six characters that AWS adds to a name.
fn has_suffix(arn: &str) -> bool {
    arn.rsplit_once('-').is_some_and(|(_, end)| end.len() == 6 && end.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource_of(id: &str, region: Option<&str>, account: Option<&str>) -> String {
        let region: Option<Region> = region.map(|region| region.parse().unwrap());
        resource(&SecretRequest::new(id.parse().unwrap()), region.as_ref(), account)
    }

    #[test]
    fn a_name_becomes_a_pattern_of_exactly_its_own_secret() {
        let account = Some("123456789012");
        assert_eq!(
            resource_of("a/b", Some("eu-west-1"), account),
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a/b-??????"
        );
        assert_eq!(resource_of("a-AbCdEf", None, None), "arn:aws:secretsmanager:REGION:ACCOUNT:secret:a-AbCdEf-??????");
        for (region, partition) in [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-east-1", "aws")] {
            assert!(
                resource_of("a", Some(region), account)
                    .starts_with(&format!("arn:{partition}:secretsmanager:{region}:"))
            );
        }
    }

    #[test]
    fn an_arn_is_taken_as_it_is_and_a_partial_one_completed() {
        let base = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret";
        for (id, expected) in
            [("a-AbCdE1", "a-AbCdE1"), ("a", "a-??????"), ("a-b", "a-b-??????"), ("a-AbC_E1", "a-AbC_E1-??????")]
        {
            assert_eq!(resource_of(&format!("{base}:{id}"), Some("us-east-1"), None), format!("{base}:{expected}"));
        }
    }

    /// Actions and resources of one search.
    fn needed(find: &Find, scope: &PolicyScope) -> Vec<(&'static str, String)> {
        let permissions = find_permissions(None, None, find, scope);
        permissions.into_iter().map(|permission| (permission.action, permission.resources.join(" "))).collect()
    }

    #[test]
    fn a_search_needs_the_list_and_what_begins_with_its_prefix() {
        let scope =
            PolicyScope::default().with_region("eu-west-1".parse().ok()).with_account("123456789012".to_owned());
        let secrets = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:";
        let everything = || "*".to_owned();
        let find = Find::by_prefix("team/app/");
        let expected = [
            ("secretsmanager:GetSecretValue", format!("{secrets}team/app/*")),
            ("secretsmanager:ListSecrets", everything()),
            ("secretsmanager:BatchGetSecretValue", everything()),
        ];
        assert_eq!(needed(&find, &scope), expected);
        assert_eq!(needed(&find.clone().with_tag("Team", "pay"), &scope), expected);
        // No condition says by which tags a secret is found, so tags alone may bring any.
        let by_tags = needed(&Find::default().with_tag("Team", "pay"), &scope);
        assert_eq!(by_tags[0].1, format!("{secrets}*"));
        let never = PolicyScope { batch: BatchMode::Never, ..scope };
        assert_eq!(needed(&find, &never), expected[..2]);
    }

    #[test]
    fn a_search_is_in_its_own_region_and_of_the_stores_role() {
        let find = Find::by_prefix("a");
        let own: Region = "cn-north-1".parse().unwrap();
        let secrets = |find: &Find, own| find_permissions(own, None, find, &PolicyScope::default()).remove(0).resources;
        assert_eq!(secrets(&find, None), ["arn:aws:secretsmanager:REGION:ACCOUNT:secret:a*"]);
        assert_eq!(secrets(&find, Some(&own)), ["arn:aws-cn:secretsmanager:cn-north-1:ACCOUNT:secret:a*"]);
        let elsewhere = find.clone().with_region("us-east-1".parse().unwrap());
        assert_eq!(secrets(&elsewhere, Some(&own)), ["arn:aws:secretsmanager:us-east-1:ACCOUNT:secret:a*"]);
        let role = "arn:aws:iam::123456789012:role/reader";
        let permissions = find_permissions(None, Some(role), &find, &PolicyScope::default());
        assert!(permissions.iter().all(|permission| permission.role.as_deref() == Some(role)));
    }
}
