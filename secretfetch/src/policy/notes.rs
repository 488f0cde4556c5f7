//! What a policy cannot say, for the person who attaches it.

use super::document::Policy;

/// The most characters of a managed policy, white space not counted
/// ([IAM and STS quotas](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)).
const LARGEST_POLICY: usize = 6144;

/// The services that are asked: what actions begin with, what lies there, and the key that it is encrypted with unless someone
/// chose another.
const SERVICES: [(&str, &str, &str); 3] = [
    ("secretsmanager", "secrets", "aws/secretsmanager"),
    ("ssm", "parameters", "aws/ssm"),
    ("s3", "objects", "aws/s3"),
];

impl Policy {
    /// What such a policy cannot say, for the person who attaches it.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(role) = self.role() {
            notes.push(format!(
                "the policy is for {role}; the trust policy of that role must allow `sts:AssumeRole` to the identity that \
                 assumes it"
            ));
        }
        notes.extend(keys(self));
        notes.extend(other_accounts(self));
        notes.extend(missing(self));
        let size = self.to_json().chars().filter(|c| !c.is_whitespace()).count();
        if size > LARGEST_POLICY {
            notes.push(format!(
                "a managed policy has at most {LARGEST_POLICY} characters, and this one has {size}: split it"
            ));
        }
        notes
    }
}

/// Of the services for which no key was given.
fn keys(policy: &Policy) -> Option<String> {
    let has_key = |service: &str| {
        let decrypt = policy.permissions().iter().filter(|permission| permission.action == "kms:Decrypt");
        let conditions = decrypt.flat_map(|permission| &permission.conditions);
        let mut services = conditions.filter(|condition| condition.key == "kms:ViaService").flat_map(|c| &c.values);
        services.any(|via| via.split('.').next() == Some(service))
    };
    let is_asked = |service: &str| {
        policy.permissions().iter().any(|permission| permission.action.split(':').next() == Some(service))
    };
    let without: Vec<_> = SERVICES.into_iter().filter(|(service, ..)| is_asked(service) && !has_key(service)).collect();
    if without.is_empty() {
        return None;
    }
    let what = listed(without.iter().map(|(_, what, _)| (*what).to_owned()).collect());
    let keys = listed(without.iter().map(|(.., key)| format!("`{key}`")).collect());
    let needs = if without.len() == 1 { format!("the key {keys} needs") } else { format!("the keys {keys} need") };
    Some(format!(
        "{what} encrypted with a customer managed KMS key also need `kms:Decrypt` on that key; {needs} nothing"
    ))
}

/// What is said besides, where something is in another account than the rest, or than the role.
fn other_accounts(policy: &Policy) -> Vec<String> {
    let account = |arn: &str| arn.split(':').nth(4).map(str::to_owned);
    let of = |service: &'static str| {
        policy.resources().filter(move |arn| arn.split(':').nth(2) == Some(service)).filter_map(account)
    };
    let own = policy.role().and_then(account).or_else(|| of("secretsmanager").chain(of("ssm")).next());
    let is_other = |service| of(service).any(|account| Some(account) != own);
    let secrets = "a secret of another account also needs a resource policy that allows this identity, and a customer \
                   managed KMS key";
    let parameters = "a parameter of another account must be shared with this one by AWS Resource Access Manager";
    [("secretsmanager", secrets), ("ssm", parameters)]
        .into_iter()
        .filter(|(service, _)| is_other(service))
        .map(|(_, note)| note.to_owned())
        .collect()
}

/// What AWS answers for what is not there.
fn missing(policy: &Policy) -> Vec<String> {
    let on = |action: &'static str| {
        let permissions = policy.permissions().iter().filter(move |permission| permission.action == action);
        permissions.flat_map(|permission| &permission.resources)
    };
    let mut notes = Vec::new();
    // A search brings what is there; what is asked for by its name may not be.
    if on("secretsmanager:GetSecretValue").any(|arn| !arn.ends_with('*')) {
        notes.push(
            "under this policy AWS answers AccessDenied, not ResourceNotFound, for a secret that does not exist"
                .to_owned(),
        );
    }
    let is_listed = |object: &&String| {
        on("s3:ListBucket").any(|bucket| object.strip_prefix(bucket.as_str()).is_some_and(|key| key.starts_with('/')))
    };
    if !on("s3:GetObject").chain(on("s3:GetObjectVersion")).all(|object| is_listed(&object)) {
        notes.push(
            "without `s3:ListBucket` on the bucket AWS answers AccessDenied, not NoSuchKey, for an object that does not \
             exist"
                .to_owned(),
        );
    }
    notes
}

/// `a`, `a and b`, `a, b and c`.
fn listed(mut texts: Vec<String>) -> String {
    let last = texts.pop().unwrap_or_default();
    if texts.is_empty() { last } else { format!("{} and {last}", texts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use crate::{Config, Plan, Policy, PolicyScope};

    const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd";

    /// The notes of each policy, in one text.
    fn notes(config: &str, scope: PolicyScope) -> Vec<String> {
        let config = format!("region: eu-west-1\nstores: {{b: {{s3: {{bucket: acme}}}}}}\n{config}");
        let plan = Plan::new(Config::from_text(&config, "/etc".as_ref()).unwrap()).unwrap();
        Policy::of(&plan, &scope).iter().map(|policy| policy.notes().join("\n")).collect()
    }

    #[test]
    fn keys_are_named_of_the_services_that_are_asked_and_have_none() {
        let three =
            "files: [{path: a, secretId: a}, {path: b, store: ssm, secretId: b}, {path: c, store: b, secretId: c}]";
        let told = notes(three, PolicyScope::default()).remove(0);
        assert!(
            told.contains("secrets, parameters and objects encrypted with")
                && told.contains("the keys `aws/secretsmanager`, `aws/ssm` and `aws/s3` need nothing"),
            "{told}"
        );
        let told = notes("files: [{path: b, store: ssm, secretId: b}]", PolicyScope::default()).remove(0);
        assert!(
            told.contains("parameters encrypted with") && told.contains("the key `aws/ssm` needs nothing"),
            "{told}"
        );
        let scope = PolicyScope::default().with_kms_key(KEY.parse().unwrap());
        assert!(!notes(three, scope.clone()).concat().contains("kms:"));
        let elsewhere = "files: [{path: a, secretId: a, region: us-east-1}, {path: b, store: ssm, secretId: b}]";
        let told = notes(elsewhere, scope).remove(0);
        assert!(told.contains("secrets encrypted with") && !told.contains("aws/ssm"), "{told}");
    }

    #[test]
    fn what_aws_says_of_the_missing_is_told_where_something_is_asked_for_by_name() {
        let (secret, object) = ("ResourceNotFound", "NoSuchKey");
        for (files, told) in [
            ("{path: a, secretId: a}", [true, false]),
            ("{path: a, format: json, find: {prefix: a}}", [false, false]),
            ("{path: b, store: ssm, secretId: b}", [false, false]),
            ("{path: c, store: b, secretId: c}", [false, true]),
            ("{path: c, store: b, secretId: c, versionId: v}", [false, true]),
            ("{path: c, store: b, format: json, find: {prefix: a}}", [false, false]),
            ("{path: c, store: b, secretId: c}, {path: d, store: b, format: json, find: {prefix: a}}", [false, false]),
        ] {
            let notes = notes(&format!("files: [{files}]"), PolicyScope::default()).remove(0);
            assert_eq!([secret, object].map(|text| notes.contains(text)), told, "{files}\n{notes}");
        }
    }

    #[test]
    fn other_accounts_are_those_of_another_than_the_role() {
        let of = |service: &str, account: &str| {
            format!(
                "\"arn:aws:{service}:eu-west-1:{account}:{}\"",
                match service {
                    "ssm" => "parameter/a",
                    _ => "secret:a",
                }
            )
        };
        let role = "store: {aws: {roleArn: \"arn:aws:iam::210987654321:role/r\"}}\n";
        let files = |id: &str, store: &str| format!("files: [{{path: a, {store}secretId: {id}}}]");
        let told = |config: String| notes(&config, PolicyScope::default()).pop().unwrap();
        assert!(
            told(format!("{role}{}", files(&of("secretsmanager", "123456789012"), ""))).contains("another account")
        );
        assert!(
            !told(format!("{role}{}", files(&of("secretsmanager", "210987654321"), ""))).contains("another account")
        );
        assert!(!told(format!("{role}{}", files("a", ""))).contains("another account"));
        let two = format!(
            "files: [{{path: a, store: ssm, secretId: a}}, {{path: b, store: ssm, secretId: {}}}]",
            of("ssm", "123456789012")
        );
        let told = told(two);
        assert!(told.contains("Resource Access Manager") && !told.contains("resource policy"), "{told}");
    }
}
