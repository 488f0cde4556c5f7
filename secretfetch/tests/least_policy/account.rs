//! An account that enforces policies, in two regions: secrets, parameters and objects, each encrypted in one way.

use std::fmt::Write as _;

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, Iam, ObjectEncryption};
use serde_json::{Value, json};

pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];
/// One in each region.
pub(crate) const KEYS: [&str; 2] =
    ["arn:aws:kms:eu-west-1:123456789012:key/1234abcd", "arn:aws:kms:us-east-1:123456789012:key/5678ef01"];
pub(crate) const BUCKETS: [&str; 2] = ["acme-eu", "acme-us"];
/// Who has an access key that the fake does not know.
const OWN: &str = "arn:aws:iam::123456789012:role/app";
pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/deputy";

/// Without those that have tags, as many of each team as are asked for in a batch: nobody can know that a secret is found by tags
/// that is also named.
pub(crate) const SECRETS: [&str; 18] = [
    "a",
    "a-b",
    "a-bcdefg",
    "prod/db",
    "prod/db-1",
    "b/c/d",
    "x_y",
    "x.y",
    "k+v",
    "m@n",
    "rds!db-1",
    "Z",
    "team/app/1",
    "team/app/2",
    "team/app/3",
    "team/app/4",
    "team/app/5",
    "team/app2",
];
pub(crate) const PARAMETERS: [&str; 8] =
    ["plain", "/single", "/team/app/db", "/team/app/x.y", "/team/app/sub/deep", "/team/app2", "/b/c", "/b/c/d-e_f"];
/// Some with the characters that mean something in a policy, and what they would stand for there.
pub(crate) const OBJECTS: [&str; 13] = [
    "tls/ca.pem",
    "tls/key.pem",
    "tls2",
    "odd/*1",
    "odd/?1",
    "odd/$1",
    "odd/{a}",
    "odd/${*}",
    "odd/x",
    "a b/c+d",
    "odd/x/y",
    "\u{e4}/\u{20ac}",
    "%2a",
];

/// How everything is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// With the services' own keys.
    Default,
    /// With the [`KEYS`].
    Keys,
    /// The same, and objects by way of a bucket key.
    BucketKeys,
}

pub(crate) struct Account {
    store: FakeSecretStore,
    server: FakeSecretsManager,
    encryption: Encryption,
}

impl Account {
    pub(crate) fn new(encryption: Encryption) -> Self {
        let store = FakeSecretStore::new().in_region(REGIONS[0]);
        for ((region, key), bucket) in REGIONS.into_iter().zip(KEYS).zip(BUCKETS) {
            let key = (encryption != Encryption::Default).then_some(key);
            fill(&store.in_region(region), key, bucket, encryption);
        }
        let server = FakeSecretsManager::start(&store);
        Account { store, server, encryption }
    }

    pub(crate) fn in_region(&self, region: &str) -> FakeSecretStore {
        self.store.in_region(region)
    }

    /// Whether things are encrypted with the [`KEYS`].
    pub(crate) fn has_keys(&self) -> bool {
        self.encryption != Encryption::Default
    }

    /// The profile of the AWS configuration files under which a run comes to this account.
    pub(crate) fn profile(&self) -> String {
        format!("{:?}", self.encryption)
    }

    pub(crate) fn write_profile(&self, file: &mut String) {
        let (name, url) = (self.profile(), self.server.url());
        let credentials = "aws_access_key_id = AKIATEST\naws_secret_access_key = key";
        writeln!(file, "[profile {name}]\n{credentials}\nendpoint_url = {url}").unwrap();
    }

    /// Has the first region give no answers any more, or answer again.
    pub(crate) fn set_first_region_away(&self, is_away: bool) {
        self.store.clear_faults();
        if is_away {
            self.store.inject(Fault::region_away(REGIONS[0]));
        }
    }

    /// Has these policies enforced, each with the role that it is of.
    pub(crate) fn enforce<'a>(&self, documents: impl IntoIterator<Item = (Option<&'a str>, &'a str)>) {
        let iam = documents.into_iter().try_fold(Iam::new(), |iam, (role, document)| {
            iam.with_policy_of(role.unwrap_or(OWN), document.parse().unwrap())
        });
        self.store.enforce(iam.unwrap());
    }
}

fn fill(there: &FakeSecretStore, key: Option<&str>, bucket: &str, encryption: Encryption) {
    let secret = |name: &str| {
        let tags = match name.split_once('/') {
            Some(("pay", _)) => json!({"Team": "pay", "Stage": "prod"}),
            Some(("ops", _)) => json!({"Team": "ops*", "Cost": "${x}"}),
            _ => json!({}),
        };
        let secret = json!({"kmsKeyId": key, "tags": tags, "versions": [{"value": "old"}, {"value": "new"}]});
        (name.to_owned(), json!({ "$secret": secret }))
    };
    let tagged = ["pay", "ops"].into_iter().flat_map(|team| (1..=5).map(move |n| format!("{team}/{n}")));
    let names = SECRETS.into_iter().map(str::to_owned).chain(tagged);
    let secrets: Value = names.map(|name| secret(&name)).collect::<serde_json::Map<_, _>>().into();
    there.seed_json(&secrets.to_string()).unwrap();
    for name in PARAMETERS {
        for value in ["old", "new"] {
            match key {
                Some(key) => there.put_secure_parameter_with_key(name, value, key),
                None => there.put_secure_parameter(name, value),
            };
        }
        there.label_parameter(name, 1, &["live"]);
    }
    there.create_bucket(bucket);
    for object in OBJECTS {
        for value in ["old", "new"] {
            let encryption = match (encryption, key) {
                (Encryption::Keys, Some(key)) => ObjectEncryption::kms(key),
                (Encryption::BucketKeys, Some(key)) => ObjectEncryption::kms_with_bucket_key(key),
                _ => ObjectEncryption::default(),
            };
            there.put_encrypted_object(bucket, object, value, encryption);
        }
    }
}
