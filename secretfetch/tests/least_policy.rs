//! The policy that is printed for a plan is enough, and nothing in it can be left out: tried on an account that enforces
//! it, over the wire, by the real SDK.

#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::sync::{Arc, Mutex};

use secretfetch::{
    AwsSecretStore, Call, Config, Error, ErrorKind, Plan, Policy, PolicyScope, Region, SecretStore, StoreEvent,
};
use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Iam};
use serde_json::{Value, json};

const ACCOUNT: &str = "123456789012";
const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];
const NAMES: [&str; 12] =
    ["a", "a-b", "a-bcdefg", "prod/db", "prod/db-1", "b/c/d", "x_y", "x.y", "k+v", "m@n", "rds!db-1", "Z"];

/// One run: what failed, and whether it fell back from batches.
#[derive(Debug, Default)]
struct Run {
    failures: Vec<Error>,
    notes: usize,
}

impl Run {
    fn is_clean(&self) -> bool {
        self.failures.is_empty() && self.notes == 0
    }
}

/// On a store of its own: one that was once refused a batch asks for none again.
async fn run(plan: &Plan, conf: &aws_sdk_secretsmanager::Config) -> Run {
    let store = AwsSecretStore::from_conf(conf.clone());
    let notes = Arc::new(Mutex::new(0));
    let call = Call::current().with_batch(plan.batch()).with_observer({
        let notes = Arc::clone(&notes);
        move |event| {
            if matches!(event, StoreEvent::BatchRefused { .. }) {
                *notes.lock().unwrap() += 1;
            }
        }
    });
    let results = call.run(store.fetch_many(plan.requests())).await;
    let notes = *notes.lock().unwrap();
    Run { failures: results.into_iter().filter_map(Result::err).collect(), notes }
}

fn enforce(account: &FakeSecretStore, documents: &[String]) {
    let iam = documents.iter().try_fold(Iam::new(), |iam, text| iam.with_identity_policy(text.parse()?));
    account.enforce(iam.unwrap());
}

/// The document without one statement, one action of a statement, one resource or one condition, each with its name.
fn reduced(document: &str) -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(document).unwrap();
    let statements = document["Statement"].as_array().unwrap();
    let mut all = Vec::new();
    let mut keep = |what: String, at: usize, changed: Option<Value>| {
        let mut rest = statements.clone();
        match changed {
            Some(statement) => rest[at] = statement,
            None => _ = rest.remove(at),
        }
        all.push((what, json!({"Version": document["Version"], "Statement": rest}).to_string()));
    };
    for (at, statement) in statements.iter().enumerate() {
        keep(format!("statement {}", statement["Sid"]), at, None);
        for member in ["Action", "Resource"] {
            for (index, removed) in statement[member].as_array().into_iter().flatten().enumerate() {
                let mut changed = statement.clone();
                changed[member].as_array_mut().unwrap().remove(index);
                keep(format!("{member} {removed}"), at, Some(changed));
            }
        }
        for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
            for (key, _) in keys.as_object().into_iter().flatten() {
                // Without a condition more is allowed; what nothing meets takes it away.
                let mut changed = statement.clone();
                changed["Condition"][operator][key] = json!("nothing is like this");
                keep(format!("condition {operator} {key}"), at, Some(changed));
            }
        }
    }
    all
}

/// A configuration with some secrets of the account, named in any of the ways.
fn config(random: &mut fastrand::Rng, account: &FakeSecretStore) -> Value {
    let source = |random: &mut fastrand::Rng| {
        let name = *random.choice(&NAMES).unwrap();
        let region = *random.choice(&REGIONS).unwrap();
        let there = account.in_region(region);
        let id = match random.u8(..4) {
            0 => there.arn(name),
            // A name that ends like an ARN's suffix has no partial ARN.
            1 if name != "a-bcdefg" => there.partial_arn(name),
            _ => name.to_owned(),
        };
        let mut source = json!({"secretId": id});
        if random.u8(..6) == 0 {
            source["versionStage"] = json!("AWSPREVIOUS");
        }
        source
    };
    let files: Vec<Value> = (0..random.usize(1..=10))
        .map(|n| {
            let mut file = source(random);
            file["path"] = json!(format!("file{n}"));
            file
        })
        .collect();
    let mut config = json!({"region": REGIONS[0], "files": files});
    if random.u8(..5) == 0 {
        config["batch"] = json!("never");
    }
    config
}

#[tokio::test]
async fn the_printed_policy_is_enough_and_nothing_in_it_can_be_left_out() {
    let account = FakeSecretStore::new().in_region(REGIONS[0]);
    for region in REGIONS {
        let there = account.in_region(region);
        for name in NAMES {
            there.create_text(name, "old");
            there.put_text(name, "new");
        }
    }
    let server = FakeSecretsManager::start(&account);
    let credentials = aws_sdk_secretsmanager::config::Credentials::new("AKIATEST", "key", None, None, "test");
    let conf = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(aws_sdk_secretsmanager::config::BehaviorVersion::latest())
        .region(aws_sdk_secretsmanager::config::Region::new(REGIONS[0]))
        .credentials_provider(credentials)
        .endpoint_url(server.url())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();

    let mut random = fastrand::Rng::with_seed(16);
    let (mut removed, mut fell_back) = (0, 0);
    for number in 0..1_000 {
        let text = config(&mut random, &account).to_string();
        let plan = Plan::new(Config::from_text(&text, "/etc".as_ref()).unwrap()).unwrap();
        let scope =
            PolicyScope::default().with_region(REGIONS[0].parse::<Region>().unwrap()).with_account(ACCOUNT.to_owned());
        let policies = Policy::of(&plan, &scope);
        assert_eq!(policies.len(), 1);
        let document = policies[0].to_json();

        enforce(&account, std::slice::from_ref(&document));
        let whole = run(&plan, &conf).await;
        assert!(whole.is_clean(), "{number}: {text}\n{document}\n{whole:?}");

        for (what, rest) in reduced(&document) {
            enforce(&account, &[rest]);
            let run = run(&plan, &conf).await;
            assert!(!run.is_clean(), "{number}: {text}\n{document}\nnothing fails without {what}");
            assert!(run.failures.iter().all(|error| error.kind() == ErrorKind::AccessDenied), "{what}: {run:?}");
            removed += 1;
            fell_back += usize::from(run.failures.is_empty());
        }
    }
    // A generator that makes no batches, or one secret only, would show nothing.
    assert!(removed > 5_000 && fell_back > 200, "{removed} parts were removed, {fell_back} times it fell back");
}
