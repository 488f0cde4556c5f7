//! `policy`: the least IAM policy, made without network and credentials.

use std::path::Path;

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Operation};
use serde_json::{Value, json};

use crate::scene::{Outcome, Scene};

/// Runs it with this configuration, if it is not empty.
fn run(arguments: &[&str], config: &str) -> Outcome {
    let scene = Scene::new();
    let config = (!config.is_empty()).then_some(("SECRETFETCH_CONFIG_INLINE", config));
    scene.command(&["policy"]).arguments(arguments).variables(config).run()
}

fn policy(arguments: &[&str], config: &str) -> (Value, String) {
    let output = run(arguments, config);
    output.assert_done();
    (serde_json::from_slice(&output.stdout).unwrap(), output.stderr().to_owned())
}

/// A configuration of this many secrets.
fn secrets(count: usize, top: &str) -> String {
    let files: Vec<String> = (0..count).map(|n| format!("  - {{path: f{n}, secretId: s{n}}}\n")).collect();
    format!("{top}\nfiles:\n{}", files.concat())
}

const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka-AbCdEf";

#[test]
fn each_secret_is_allowed_once_and_nothing_else() {
    let config = format!(
        "region: ca-central-1\nfiles:\n\
         - path: a.env\n  format: env\n  from:\n\
         \x20   - {{secretId: vinsguru/db, prefix: A_}}\n\
         \x20   - {{secretId: vinsguru/db, prefix: B_, versionStage: AWSPREVIOUS}}\n\
         \x20   - {{secretId: \"{ARN}\", prefix: C_}}\n\
         - {{path: b, secretId: \"arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:x/y\"}}\n\
         - {{path: c, secretId: vinsguru/db, region: cn-north-1}}\n"
    );
    let (document, notes) = policy(&["--account-id", "123456789012"], &config);
    assert_eq!(
        document,
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "ReadSecrets",
                "Effect": "Allow",
                "Action": "secretsmanager:GetSecretValue",
                "Resource": [
                    "arn:aws:secretsmanager:ca-central-1:123456789012:secret:vinsguru/db-??????",
                    ARN,
                    "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:x/y-??????",
                    "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:vinsguru/db-??????",
                ],
            }],
        })
    );
    assert!(notes.contains("kms:Decrypt") && notes.contains("AccessDenied"), "{notes}");
    assert!(!notes.contains("replace") && !notes.contains("another account"), "{notes}");
}

#[test]
fn batches_are_allowed_where_a_run_would_use_them() {
    let batch = |config: &str| {
        let (document, _) = policy(&["--region", "eu-west-1"], config);
        let statements = document["Statement"].as_array().unwrap().clone();
        statements.get(1).cloned()
    };
    let allowed = json!({
        "Sid": "AskForSecretsInBatches",
        "Effect": "Allow",
        "Action": "secretsmanager:BatchGetSecretValue",
        "Resource": "*",
    });
    assert_eq!(batch(&secrets(100, "")), Some(allowed.clone()));
    assert_eq!(batch(&secrets(1, "")), None);
    assert_eq!(batch(&secrets(100, "batch: never")), None);
    // A batch is of one region, and of current versions.
    let with = |count: usize, field: &str| secrets(count, "").replace("secretId", &format!("{field}, secretId"));
    assert_eq!(batch(&with(100, "versionStage: AWSPREVIOUS")), None);
    assert_eq!(batch(&with(100, "versionStage: AWSCURRENT")), Some(allowed.clone()));
    let smallest = (1..100).find(|&count| batch(&secrets(count, "")).is_some()).unwrap();
    let one_more = |region: &str| {
        let too_few = secrets(smallest - 1, "");
        batch(&format!("{too_few}  - {{path: more, secretId: more, region: {region}}}\n"))
    };
    assert_eq!(one_more("us-east-1"), None);
    assert_eq!(one_more("eu-west-1"), Some(allowed));
}

/// The rule is the store's own: as many secrets as the policy allows batches for are asked for in a batch.
#[test]
fn the_rule_for_batches_is_that_of_the_requests() {
    let store = FakeSecretStore::new().in_region("eu-west-1");
    (0..10).for_each(|n| drop(store.create_text(&format!("s{n}"), "x")));
    let scene = Scene::serving(FakeSecretsManager::start(&store));
    for count in 1..=8 {
        scene.store().clear_requests();
        let config = secrets(count, "region: eu-west-1");
        let (document, _) = policy(&[], &config);
        let check = scene.command(&["check"]).without("AWS_REGION").variable("SECRETFETCH_CONFIG_INLINE", &config);
        check.run().assert_done();
        let asked_in_batches = scene.count(Operation::BatchGetSecretValue) > 0;
        assert_eq!(document["Statement"].as_array().unwrap().len() == 2, asked_in_batches, "{count} secrets");
    }
}

#[test]
fn what_is_not_known_is_a_placeholder_that_the_notes_name() {
    let (document, notes) = policy(&["--secret-id", "db"], "");
    assert_eq!(document["Statement"][0]["Resource"], json!(["arn:aws:secretsmanager:REGION:ACCOUNT:secret:db-??????"]));
    assert!(notes.contains("replace REGION") && notes.contains("replace ACCOUNT"), "{notes}");
    let output = Scene::new().command(&["policy", "--secret-id", "db", "-q"]).variable("AWS_REGION", "eu-west-1").run();
    assert!(output.stdout().contains(":eu-west-1:ACCOUNT:"));
    assert!(output.stderr.is_empty());
}

#[test]
fn a_role_another_account_and_a_policy_that_is_too_large_are_told() {
    let config = format!(
        "store: {{aws: {{roleArn: \"arn:aws:iam::1:role/reader\"}}}}\nfiles: [{{path: a, secretId: \"{ARN}\"}}, {{path: b, secretId: \"{}\"}}]",
        ARN.replace("123456789012", "210987654321")
    );
    let output = run(&[], &config);
    output.assert_done();
    let documents: Vec<Value> =
        serde_json::Deserializer::from_slice(&output.stdout).into_iter().collect::<Result<_, _>>().unwrap();
    let [own, of_role] = documents.as_slice() else { panic!("{documents:?}") };
    let assume = json!({
        "Sid": "AssumeRoles",
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Resource": ["arn:aws:iam::1:role/reader"],
    });
    assert_eq!(own["Statement"], json!([assume]));
    assert_eq!(of_role["Statement"][0]["Action"], "secretsmanager:GetSecretValue");
    let notes = output.stderr();
    for text in ["the identity that secretfetch runs as", "trust policy of that role", "another account"] {
        assert!(notes.contains(text), "{text:?} is not in:\n{notes}");
    }
    assert!(!notes.contains("6144"));
    let (document, notes) = policy(&["--region", "eu-west-1"], &secrets(200, ""));
    assert_eq!(document["Statement"][0]["Resource"].as_array().unwrap().len(), 200);
    assert!(notes.contains("6144"), "{notes}");
}

const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

#[test]
fn keys_are_allowed_for_what_is_asked_for_where_they_are() {
    let config = "region: eu-west-1\nstores: {bundles: {s3: {bucket: acme}}}\nfiles:\n\
                  - {path: a, secretId: db}\n- {path: b, secretId: db, region: us-east-1}\n\
                  - {path: c, store: ssm, secretId: /team/db}\n- {path: d, store: bundles, secretId: \"a*\"}\n";
    let (document, notes) = policy(&["--account-id", "123456789012", "--kms-key-arn", KEY], config);
    let statements = document["Statement"].as_array().unwrap().iter();
    let decrypt: Vec<&Value> = statements.filter(|statement| statement["Action"] == "kms:Decrypt").collect();
    for (statement, (service, context, about)) in decrypt.iter().zip([
        ("secretsmanager", "SecretARN", json!(["arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-??????"])),
        ("ssm", "PARAMETER_ARN", json!(["arn:aws:ssm:eu-west-1:123456789012:parameter/team/db"])),
        ("s3", "aws:s3:arn", json!(["arn:aws:s3:::acme/a${*}", "arn:aws:s3:::acme"])),
    ]) {
        assert_eq!(statement["Resource"], json!([KEY]));
        let mut condition = json!({"StringEquals": {"kms:ViaService": [format!("{service}.eu-west-1.amazonaws.com")]}});
        condition["StringLike"][format!("kms:EncryptionContext:{context}")] = about;
        assert_eq!(statement["Condition"], condition);
    }
    assert_eq!(decrypt.len(), 3);
    assert!(!notes.contains("kms:Decrypt"), "{notes}");
}

#[test]
fn keys_come_from_a_variable_too_and_a_key_of_another_region_is_not_allowed() {
    let there = KEY.replace("eu-west-1", "us-east-1");
    let arguments = ["policy", "--secret-id", "db", "--region", "eu-west-1"];
    let scene = Scene::new();
    let output = scene.command(&arguments).variable("SECRETFETCH_KMS_KEY_ARN", format!("{KEY},{there}")).run();
    output.assert_done();
    assert!(output.stdout().contains(KEY) && !output.stdout().contains(&there), "{}", output.stdout());
    let (document, notes) = policy(&[&arguments[1..], &["--kms-key-arn", &there]].concat(), "");
    assert_eq!(document["Statement"].as_array().unwrap().len(), 1);
    assert!(notes.contains("`kms:Decrypt`"), "{notes}");
}

#[test]
fn what_is_in_no_store_of_aws_needs_no_policy() {
    let config =
        "stores: {repo: {https: {url: \"https://example.com/\"}}}\nfiles:\n- {path: a, store: repo, secretId: a}\n";
    for (more, told) in [
        ("", "stores outside AWS (`https`)"),
        ("- {path: b, store: \"file:x.json\", secretId: b}\n", "stores outside AWS (`file`, `https`)"),
    ] {
        let output = run(&[], &format!("{config}{more}"));
        assert_eq!(output.code(), 2);
        output.assert_tells(&[told]);
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_local_store_a_wrong_account_and_a_wrong_key_are_refused() {
    for (arguments, text) in [
        (&["--secret-id", "db", "--store", "file:x.json"][..], "local store"),
        (&["--secret-id", "db", "--account-id", "12345"], "12 digits"),
        (&["--secret-id", "db", "--kms-key-arn", "1234abcd"], "is not the ARN of a KMS key"),
        (&["--secret-id", "db", "--kms-key-arn", "alias/app"], "is an alias, and a policy names a key by its own ARN"),
        (&["--secret-id", "db", "--kms-key-arn", ""], "--kms-key-arn"),
        (&[], "nothing to fetch"),
    ] {
        let output = run(arguments, "");
        assert_eq!(output.code(), 2);
        output.assert_tells(&[text]);
        assert!(output.stdout.is_empty());
    }
}

/// The policy that the guide shows is the one that is printed for its example.
#[test]
fn the_guide_shows_what_is_printed() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/policy.md")).unwrap();
    let shown = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let arguments = ["--secret-id", "vinsguru/prod", "--region", "ca-central-1", "--account-id", "123456789012"];
    let output = run(&arguments, "");
    assert!(page.contains(&format!("secretfetch policy {}", arguments.join(" "))));
    assert_eq!(output.stdout(), shown);
}
