//! Several stores in one configuration: each with its own endpoint, role and region, all before any.

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Operation};
use serde_json::Value;

use crate::scene::{Outcome, Scene};

const ROLE: &str = "arn:aws:iam::210987654321:role/reader";

/// Beside the main account, with a local file, and another account's server.
fn accounts() -> (Scene, FakeSecretsManager) {
    let of = |region: &str, text: &str| {
        let store = FakeSecretStore::new().in_region(region);
        store.create_text("db", text);
        FakeSecretsManager::start(&store)
    };
    let scene = Scene::serving(of("eu-west-1", "of the main account"));
    let local = r#"{"db": "of the file", "any name": "at all"}"#;
    (scene.with_file("local.json", local), of("us-east-1", "of payments"))
}

/// Writes a configuration with the stores that there are, and these files.
fn configure(scene: &Scene, payments: &FakeSecretsManager, files: &str) {
    let url = payments.url();
    let text = format!(
        "directory: out\nstores:\n  payments: {{aws: {{roleArn: \"{ROLE}\", externalId: acme-42, region: us-east-1, endpointUrl: \"{url}\"}}}}\nfiles:\n{files}"
    );
    scene.write("config.yaml", text);
}

fn run(scene: &Scene, arguments: &[&str]) -> Outcome {
    scene.command(arguments).arguments(["--config", "config.yaml"]).run()
}

fn written(scene: &Scene, name: &str) -> String {
    scene.read(&format!("out/{name}"))
}

const ALL: &str = "  - {path: a, secretId: db}\n  - {path: b, secretId: db, store: payments}\n  - {path: c, secretId: any name, store: \"file:local.json\"}\n";

#[test]
fn each_source_is_read_from_its_own_store_with_its_own_role() {
    let (scene, payments) = accounts();
    configure(&scene, &payments, ALL);
    let output = run(&scene, &["fetch", "--report", "json"]);
    output.assert_done();
    assert_eq!(["a", "b", "c"].map(|name| written(&scene, name)), ["of the main account", "of payments", "at all"]);
    // The role is for the one store, and STS is asked where the environment says.
    let asked = scene.operations();
    assert!(asked.contains(&Operation::AssumeRole) && asked.contains(&Operation::GetSecretValue), "{asked:?}");
    let key = |server: &FakeSecretsManager| {
        let requests = server.requests();
        let read = requests.iter().find(|request| request.operation == Operation::GetSecretValue).unwrap();
        read.access_key_id.clone().unwrap()
    };
    assert_eq!(key(scene.server()), "testing");
    assert!(key(&payments).starts_with("ASIAROLE"));
    let report = output.report();
    let stores: Vec<&str> = (0..3).map(|n| report["files"][n]["sources"][0]["store"].as_str().unwrap()).collect();
    assert_eq!(stores, ["aws", "payments", "file:local.json"]);
    assert_eq!(report["files"][1]["sources"][0]["region"], "us-east-1");
}

#[test]
fn a_failure_in_one_store_leaves_every_file_and_names_the_store() {
    let (scene, payments) = accounts();
    configure(&scene, &payments, "  - {path: a, secretId: db}\n  - {path: b, secretId: absent, store: payments}\n");
    let output = run(&scene, &["fetch", "--log-format", "json"]);
    assert_eq!(output.code(), 3, "{}", output.stderr());
    assert!(!scene.path("out/a").exists());
    let line: Value = output.stderr().lines().find_map(|line| serde_json::from_str(line).ok()).unwrap();
    assert_eq!((line["store"].as_str(), line["secretId"].as_str()), (Some("payments"), Some("absent")));
    let text = run(&scene, &["fetch"]);
    text.assert_tells(&["store `payments`: secret `absent` in us-east-1: "]);
}

#[test]
fn what_is_wrong_with_stores_is_told_before_anything_is_asked() {
    let (scene, payments) = accounts();
    configure(&scene, &payments, "  - {path: a, secretId: no spaces}\n  - {path: b, secretId: db, store: paiments}\n");
    for arguments in [&["fetch"][..], &["check"], &["check", "--offline"], &["policy"]] {
        let output = run(&scene, arguments);
        assert_eq!(output.code(), 2, "{arguments:?}: {}", output.stderr());
        for text in [
            "line 5: `secretId`: the secret id `no spaces`",
            "line 6: `store`: there is no store `paiments`; did you mean `payments`?",
        ] {
            assert!(output.stderr().contains(text), "{arguments:?}: {}", output.stderr());
        }
    }
    assert!(scene.server().requests().is_empty() && payments.requests().is_empty());
}

#[test]
fn a_store_that_no_source_names_is_told_by_check_and_not_opened() {
    let (scene, payments) = accounts();
    configure(&scene, &payments, "  - {path: a, secretId: db}\n");
    let output = run(&scene, &["check", "--offline"]);
    assert!(
        output.succeeded() && output.stderr().contains("no source names the store `payments`"),
        "{}",
        output.stderr()
    );
    assert!(run(&scene, &["fetch"]).succeeded());
    assert!(payments.requests().is_empty());
}

#[test]
fn another_default_store_is_chosen_by_its_name_or_place() {
    let (scene, payments) = accounts();
    configure(&scene, &payments, "  - {path: a, secretId: db}\n");
    for (store, expected) in
        [("payments", "of payments"), ("file:local.json", "of the file"), ("aws", "of the main account")]
    {
        let output = run(&scene, &["fetch", "--store", store]);
        assert!(output.succeeded(), "{store}: {}", output.stderr());
        assert_eq!(written(&scene, "a"), expected);
    }
    let output = run(&scene, &["fetch", "--store", "paymants"]);
    assert_eq!(output.code(), 2);
    output.assert_tells(&["there is no store `paymants`; did you mean `payments`?"]);
}

#[test]
fn options_of_identity_are_for_the_default_store() {
    let (scene, payments) = accounts();
    configure(&scene, &payments, ALL);
    let output = run(&scene, &["fetch", "--endpoint-url", &scene.server().url(), "--region", "eu-west-1"]);
    output.assert_done();
    assert_eq!(["a", "b"].map(|name| written(&scene, name)), ["of the main account", "of payments"]);
}

#[test]
fn each_identity_has_its_policy() {
    let (scene, payments) = accounts();
    configure(&scene, &payments, ALL);
    let output = run(&scene, &["policy", "--account-id", "123456789012"]);
    output.assert_done();
    let documents: Vec<Value> =
        serde_json::Deserializer::from_slice(&output.stdout).into_iter().collect::<Result<_, _>>().unwrap();
    let arns: Vec<&str> = documents.iter().map(|one| one["Statement"][0]["Resource"][0].as_str().unwrap()).collect();
    assert_eq!(
        arns,
        [
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-??????",
            // Of the role's own account, whichever the run is in.
            "arn:aws:secretsmanager:us-east-1:210987654321:secret:db-??????",
        ]
    );
    output.assert_tells(&["the policy is for the identity that secretfetch runs as"]);
    output.assert_tells(&[&format!("the policy is for {ROLE}")]);
}
