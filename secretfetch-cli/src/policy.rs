//! `policy`: the least IAM policy that the arguments need. It is made of the plan alone: no network, no credentials.

use std::collections::HashSet;

use secretfetch::{Plan, Region, Result, SecretRequest, StoreConfig};
use serde_json::Value;

use crate::args::PolicyArguments;
use crate::outcome::usage;
use crate::output::write_output;
use crate::plan::resolve;
use crate::report::Printer;

/// What stands in an ARN for the random characters that AWS adds to a secret's name: exactly six characters, so that
/// `db` does not open `db-replica` (Secrets Manager User Guide, "Limiting access to specific secrets").
const SUFFIX: &str = "-??????";

/// What stands for what is not known, to be replaced by a person.
const UNKNOWN_REGION: &str = "REGION";
const UNKNOWN_ACCOUNT: &str = "ACCOUNT";

/// The most characters of a managed policy, white space not counted (IAM and STS quotas).
const LARGEST_POLICY: usize = 6144;

pub(crate) fn policy(arguments: &PolicyArguments, printer: &Printer) -> Result<()> {
    let plan = resolve(&arguments.plan, false)?.plan;
    let StoreConfig::Aws { role_arn, .. } = plan.store() else {
        return Err(usage("the secrets come from a local store, which needs no IAM policy")
            .with_hint("choose AWS with `--store aws`")
            .into());
    };
    let scope = Scope { region: default_region(&plan), account: account(arguments)? };
    let needs = Needs::of(&plan, &scope);
    let text = needs.to_json();
    write_output(text.as_bytes())?;
    notes(&needs, &text, role_arn.as_deref()).iter().for_each(|note| printer.note(note));
    Ok(())
}

/// The region of secrets that name none: as a run would take it, as far as that needs no file and no network.
fn default_region(plan: &Plan) -> Option<Region> {
    let variable = |name| std::env::var(name).ok().and_then(|region| region.parse().ok());
    plan.region().cloned().or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"))
}

fn account(arguments: &PolicyArguments) -> Result<Option<String>> {
    match &arguments.account_id {
        Some(id) if id.value.len() == 12 && id.value.bytes().all(|b| b.is_ascii_digit()) => Ok(Some(id.value.clone())),
        Some(id) => Err(id.wrong("not an AWS account (12 digits)").into()),
        None => Ok(None),
    }
}

/// Where secrets are that say it not themselves.
struct Scope {
    region: Option<Region>,
    account: Option<String>,
}

/// What an identity must be allowed.
struct Needs {
    /// The secrets' ARNs, each once, in the order of their first use.
    secrets: Vec<String>,
    batches: bool,
}

impl Needs {
    fn of(plan: &Plan, scope: &Scope) -> Self {
        let mut secrets = Vec::new();
        let mut seen = HashSet::new();
        let mut current: Vec<(Option<&Region>, usize)> = Vec::new();
        let requests = plan.requests();
        for request in requests {
            let region = request.region().or(scope.region.as_ref());
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
        let batches = current.iter().any(|(_, secrets)| plan.batch().applies_to(*secrets));
        Needs { secrets, batches }
    }

    /// The policy document, its members in the order of IAM's own examples.
    fn to_json(&self) -> String {
        let secrets: Vec<String> = self.secrets.iter().map(|arn| Value::from(arn.as_str()).to_string()).collect();
        let mut statements = vec![statement(
            "ReadSecrets",
            "GetSecretValue",
            &format!("[\n        {}\n      ]", secrets.join(",\n        ")),
        )];
        if self.batches {
            // The action knows no resource types: only `*` allows it. Each secret still needs the statement above.
            statements.push(statement("AskForSecretsInBatches", "BatchGetSecretValue", "\"*\""));
        }
        format!("{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n{}\n  ]\n}}\n", statements.join(",\n"))
    }
}

fn statement(sid: &str, action: &str, resource: &str) -> String {
    format!(
        "    {{\n      \"Sid\": \"{sid}\",\n      \"Effect\": \"Allow\",\n      \
         \"Action\": \"secretsmanager:{action}\",\n      \"Resource\": {resource}\n    }}"
    )
}

/// The ARN that names the secret in a policy.
fn resource(request: &SecretRequest, region: Option<&Region>, account: Option<&str>) -> String {
    let id = request.secret_id();
    if id.is_arn() {
        return if has_suffix(id.as_str()) { id.to_string() } else { format!("{id}{SUFFIX}") };
    }
    let partition = region.map_or("aws", Region::partition);
    let (region, account) = (region.map_or(UNKNOWN_REGION, Region::as_str), account.unwrap_or(UNKNOWN_ACCOUNT));
    format!("arn:{partition}:secretsmanager:{region}:{account}:secret:{id}{SUFFIX}")
}

/// Whether an ARN ends with the hyphen and six characters that AWS adds to a name.
fn has_suffix(arn: &str) -> bool {
    arn.rsplit_once('-').is_some_and(|(_, end)| end.len() == 6 && end.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// What a policy made of a configuration cannot say.
fn notes(needs: &Needs, text: &str, role_arn: Option<&str>) -> Vec<String> {
    let mut notes = Vec::new();
    let fields = |at: usize| needs.secrets.iter().map(move |arn| arn.split(':').nth(at).unwrap_or_default());
    for (at, name, option) in [(3, UNKNOWN_REGION, "--region"), (4, UNKNOWN_ACCOUNT, "--account-id")] {
        if fields(at).any(|field| field == name) {
            notes.push(format!("replace {name}, or name it with `{option}`"));
        }
    }
    if let Some(role) = role_arn {
        notes.push(format!("the policy is for {role}; who assumes that role needs `sts:AssumeRole` on it"));
    }
    notes.push(
        "a secret encrypted with a customer managed KMS key also needs `kms:Decrypt` on that key; the key \
         `aws/secretsmanager` needs nothing"
            .to_owned(),
    );
    if fields(4).any(|account| fields(4).next() != Some(account)) {
        notes.push(
            "a secret of another account also needs a resource policy that allows this identity, and a customer \
             managed KMS key"
                .to_owned(),
        );
    }
    notes.push(
        "under this policy AWS answers AccessDenied, not ResourceNotFound, for a secret that does not exist".to_owned(),
    );
    let size = text.chars().filter(|c| !c.is_whitespace()).count();
    if size > LARGEST_POLICY {
        notes.push(format!(
            "a managed policy has at most {LARGEST_POLICY} characters, and this one has {size}: split it"
        ));
    }
    notes
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
