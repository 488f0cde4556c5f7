//! The actions of Secrets Manager that an identity must be allowed, and on which secrets.

use std::collections::HashSet;

use crate::secret::{Region, SecretRequest};
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
        // The action knows no resource types: only `*` allows it. Each secret still needs the statement above.
        let everything = vec!["*".to_owned()];
        permissions.push(of_role(Permission::new(
            "AskForSecretsInBatches",
            "secretsmanager:BatchGetSecretValue",
            everything,
        )));
    }
    permissions
}

/// The ARN that names the secret in a policy.
fn resource(request: &SecretRequest, region: Option<&Region>, account: Option<&str>) -> String {
    let id = request.secret_id();
    if id.is_arn() {
        return if has_suffix(id.as_str()) { id.to_string() } else { format!("{id}{SUFFIX}") };
    }
    let partition = region.map_or("aws", Region::partition);
    let (region, account) =
        (region.map_or(PolicyScope::UNKNOWN_REGION, Region::as_str), account.unwrap_or(PolicyScope::UNKNOWN_ACCOUNT));
    format!("arn:{partition}:secretsmanager:{region}:{account}:secret:{id}{SUFFIX}")
}

/// Whether an ARN ends with the hyphen and six characters that AWS adds to a name.
fn has_suffix(arn: &str) -> bool {
    arn.rsplit_once('-').is_some_and(|(_, end)| end.len() == 6 && end.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(id: &str, region: Option<&str>, account: Option<&str>) -> String {
        let region: Option<Region> = region.map(|region| region.parse().unwrap());
        resource(&SecretRequest::new(id.parse().unwrap()), region.as_ref(), account)
    }

    #[test]
    fn a_name_becomes_a_pattern_of_exactly_its_own_secret() {
        let account = Some("123456789012");
        assert_eq!(
            arn("a/b", Some("eu-west-1"), account),
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a/b-??????"
        );
        assert_eq!(arn("a-AbCdEf", None, None), "arn:aws:secretsmanager:REGION:ACCOUNT:secret:a-AbCdEf-??????");
        for (region, partition) in [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-east-1", "aws")] {
            assert!(arn("a", Some(region), account).starts_with(&format!("arn:{partition}:secretsmanager:{region}:")));
        }
    }

    #[test]
    fn an_arn_is_taken_as_it_is_and_a_partial_one_completed() {
        let base = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret";
        for (id, expected) in
            [("a-AbCdE1", "a-AbCdE1"), ("a", "a-??????"), ("a-b", "a-b-??????"), ("a-AbC_E1", "a-AbC_E1-??????")]
        {
            assert_eq!(arn(&format!("{base}:{id}"), Some("us-east-1"), None), format!("{base}:{expected}"));
        }
    }
}
