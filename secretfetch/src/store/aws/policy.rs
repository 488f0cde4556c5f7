//! The actions of Secrets Manager that an identity must be allowed, and on which secrets.

use std::collections::HashSet;

use crate::secret::{Region, SecretRequest};
use crate::store::aws_permissions::{add, arn, decrypt, escaped, of_role, regions};
use crate::store::aws_settings::AwsSettings;
use crate::store::batch_mode::BatchMode;
use crate::store::find::Find;
use crate::store::named::{Asked, Condition, Permission, PolicyScope};

/// What stands in an ARN for the random characters that AWS adds to a secret's name: exactly six characters, so that
/// `db` does not open `db-replica` (Secrets Manager User Guide, "Limiting access to specific secrets").
const SUFFIX: &str = "-??????";

pub(super) fn permissions(aws: &AwsSettings, asked: &Asked<'_>, scope: &PolicyScope) -> Vec<Permission> {
    let (mut secrets, mut seen, mut places) = (Vec::new(), HashSet::new(), Vec::new());
    let mut current: Vec<(Option<&Region>, usize)> = Vec::new();
    for request in &asked.requests {
        let mut first = None;
        for region in regions(aws, request.region(), scope) {
            let moved = first.is_some().then(|| region.map(|region| request.moved_to(region))).flatten();
            let secret = resource(aws, moved.as_ref().unwrap_or(request), region, scope);
            if seen.insert(secret.clone()) {
                secrets.push(secret);
            }
            first.get_or_insert(region);
            if !places.contains(&region) {
                places.push(region);
            }
        }
        if let Some(region) = first.filter(|_| request.wants_current()) {
            match current.iter_mut().find(|(known, _)| *known == region) {
                Some((_, count)) => *count += 1,
                None => current.push((region, 1)),
            }
        }
    }
    let mut tagged: Vec<(Vec<Condition>, Vec<String>)> = Vec::new();
    for find in &asked.finds {
        let conditions = tags(find);
        for region in regions(aws, find.region(), scope) {
            let found = arn("secretsmanager", aws, region, scope, &format!("secret:{}*", find.prefix()));
            match tagged.iter_mut().find(|(known, _)| *known == conditions) {
                _ if conditions.is_empty() => add(&mut secrets, found),
                Some((_, secrets)) => add(secrets, found),
                None => tagged.push((conditions.clone(), vec![found])),
            }
            if !places.contains(&region) {
                places.push(region);
            }
        }
    }
    if secrets.is_empty() && tagged.is_empty() {
        return Vec::new();
    }
    let is_batched = current.iter().any(|(_, secrets)| scope.batch.applies_to(*secrets));
    let everything = || vec!["*".to_owned()];
    let read = "secretsmanager:GetSecretValue";
    let mut permissions = Vec::new();
    if !secrets.is_empty() {
        permissions.push(Permission::new("ReadSecrets", read, secrets.clone()));
    }
    for (conditions, found) in tagged {
        secrets.extend(found.iter().cloned());
        permissions.push(Permission { conditions, ..Permission::new("ReadTaggedSecrets", read, found) });
    }
    if is_batched || !asked.finds.is_empty() && scope.batch == BatchMode::Auto {
        // The action knows no resource types: only `*` allows it. Each secret still needs the statement above.
        let action = "secretsmanager:BatchGetSecretValue";
        permissions.push(Permission::new("AskForSecretsInBatches", action, everything()));
    }
    if !asked.finds.is_empty() {
        // Nor does this one.
        permissions.push(Permission::new("ListSecrets", "secretsmanager:ListSecrets", everything()));
    }
    let context = "kms:EncryptionContext:SecretARN";
    permissions.extend(decrypt("DecryptSecrets", "secretsmanager", context, secrets, &places, scope));
    of_role(aws, permissions)
}

/// What is found by tags may be read by them as well
/// ([condition keys](https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html)).
fn tags(find: &Find) -> Vec<Condition> {
    let mut tags: Vec<Condition> = find
        .tags()
        .iter()
        .map(|(key, value)| Condition::new("StringEquals", format!("aws:ResourceTag/{key}"), vec![escaped(value)]))
        .collect();
    tags.sort_by(|one, other| one.key.cmp(&other.key));
    tags
}

/// The ARN that names the secret in a policy.
fn resource(aws: &AwsSettings, request: &SecretRequest, region: Option<&Region>, scope: &PolicyScope) -> String {
    let id = request.secret_id();
    if id.is_arn() {
        return if has_suffix(id.as_str()) { id.to_string() } else { format!("{id}{SUFFIX}") };
    }
    arn("secretsmanager", aws, region, scope, &format!("secret:{id}{SUFFIX}"))
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
        let scope = PolicyScope::default().with_account(account.map(str::to_owned));
        resource(&AwsSettings::default(), &SecretRequest::new(id.parse().unwrap()), region.as_ref(), &scope)
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
        let asked = Asked { finds: vec![find], ..Asked::default() };
        let permissions = permissions(&AwsSettings::default(), &asked, scope);
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
            ("secretsmanager:BatchGetSecretValue", everything()),
            ("secretsmanager:ListSecrets", everything()),
        ];
        assert_eq!(needed(&find, &scope), expected);
        assert_eq!(needed(&find.clone().with_tag("Team", "pay"), &scope), expected);
        let by_tags = needed(&Find::default().with_tag("Team", "pay"), &scope);
        assert_eq!(by_tags[0].1, format!("{secrets}*"));
        let never = PolicyScope { batch: BatchMode::Never, ..scope };
        assert_eq!(needed(&find, &never), [expected[0].clone(), expected[2].clone()]);
    }

    #[test]
    fn what_is_found_by_tags_is_read_by_tags() {
        let of = |find: Find| {
            let asked = Asked { finds: vec![&find], ..Asked::default() };
            let conditions = permissions(&AwsSettings::default(), &asked, &PolicyScope::default()).remove(0).conditions;
            let text = |one: Condition| format!("{} {} {}", one.operator, one.key, one.values.concat());
            conditions.into_iter().map(text).collect::<Vec<_>>()
        };
        let find = Find::by_prefix("a").with_tag("Team", "pay").with_tag("Cost", "${x}*");
        assert_eq!(
            of(find),
            ["StringEquals aws:ResourceTag/Cost ${$}{x}${*}", "StringEquals aws:ResourceTag/Team pay"]
        );
        assert!(of(Find::by_prefix("a")).is_empty());
    }

    #[test]
    fn a_search_is_in_its_own_region_and_of_the_stores_role() {
        let find = Find::by_prefix("a");
        let own: Region = "cn-north-1".parse().unwrap();
        let secrets = |find: &Find, own: Option<&Region>| {
            let aws = AwsSettings { region: own.cloned(), ..AwsSettings::default() };
            let asked = Asked { finds: vec![find], ..Asked::default() };
            permissions(&aws, &asked, &PolicyScope::default()).remove(0).resources
        };
        assert_eq!(secrets(&find, None), ["arn:aws:secretsmanager:REGION:ACCOUNT:secret:a*"]);
        assert_eq!(secrets(&find, Some(&own)), ["arn:aws-cn:secretsmanager:cn-north-1:ACCOUNT:secret:a*"]);
        let elsewhere = find.clone().with_region("us-east-1".parse().unwrap());
        assert_eq!(secrets(&elsewhere, Some(&own)), ["arn:aws:secretsmanager:us-east-1:ACCOUNT:secret:a*"]);
        let role = "arn:aws:iam::123456789012:role/reader";
        let aws = AwsSettings { role_arn: Some(role.to_owned()), ..AwsSettings::default() };
        let asked = Asked { finds: vec![&find], ..Asked::default() };
        let permissions = permissions(&aws, &asked, &PolicyScope::default());
        assert!(permissions.iter().all(|permission| permission.role.as_deref() == Some(role)));
    }
}
