//! Several stores in one configuration: each with its own endpoint, role and region, all before any.

use std::fs;
use std::process::{Command, Output};

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Operation};
use serde_json::Value;

const ROLE: &str = "arn:aws:iam::210987654321:role/reader";

/// Two accounts, and a local file.
struct Scene {
    directory: tempfile::TempDir,
    main: FakeSecretsManager,
    payments: FakeSecretsManager,
}

impl Scene {
    fn new() -> Self {
        let of = |region: &str, text: &str| {
            let store = FakeSecretStore::new().in_region(region);
            store.create_text("db", text);
            FakeSecretsManager::start(&store)
        };
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("local.json"), r#"{"db": "of the file", "any name": "at all"}"#).unwrap();
        Scene { directory, main: of("eu-west-1", "of the main account"), payments: of("us-east-1", "of payments") }
    }

    /// Writes a configuration with the stores that there are, and these files.
    fn configure(&self, files: &str) {
        let url = self.payments.url();
        let text = format!(
            "directory: out\nstores:\n  payments: {{aws: {{roleArn: \"{ROLE}\", externalId: acme-42, region: us-east-1, endpointUrl: \"{url}\"}}}}\nfiles:\n{files}"
        );
        fs::write(self.directory.path().join("config.yaml"), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_secretfetch"));
        command.args(arguments).args(["--config", "config.yaml"]).current_dir(self.directory.path());
        command.env_clear().envs(self.main.environment()).output().unwrap()
    }

    fn written(&self, name: &str) -> String {
        fs::read_to_string(self.directory.path().join("out").join(name)).unwrap()
    }
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

const ALL: &str = "  - {path: a, secretId: db}\n  - {path: b, secretId: db, store: payments}\n  - {path: c, secretId: any name, store: \"file:local.json\"}\n";

#[test]
fn each_source_is_read_from_its_own_store_with_its_own_role() {
    let scene = Scene::new();
    scene.configure(ALL);
    let output = scene.run(&["fetch", "--report", "json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(["a", "b", "c"].map(|name| scene.written(name)), ["of the main account", "of payments", "at all"]);
    // The role is for the one store, and STS is asked where the environment says.
    let asked: Vec<_> = scene.main.requests().iter().map(|request| request.operation).collect();
    assert!(asked.contains(&Operation::AssumeRole) && asked.contains(&Operation::GetSecretValue), "{asked:?}");
    let key = |server: &FakeSecretsManager| {
        let requests = server.requests();
        let read = requests.iter().find(|request| request.operation == Operation::GetSecretValue).unwrap();
        read.access_key_id.clone().unwrap()
    };
    assert_eq!(key(&scene.main), "testing");
    assert!(key(&scene.payments).starts_with("ASIAROLE"));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let stores: Vec<&str> = (0..3).map(|n| report["files"][n]["sources"][0]["store"].as_str().unwrap()).collect();
    assert_eq!(stores, ["aws", "payments", "file:local.json"]);
    assert_eq!(report["files"][1]["sources"][0]["region"], "us-east-1");
}

#[test]
fn a_failure_in_one_store_leaves_every_file_and_names_the_store() {
    let scene = Scene::new();
    scene.configure("  - {path: a, secretId: db}\n  - {path: b, secretId: absent, store: payments}\n");
    let output = scene.run(&["fetch", "--log-format", "json"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(!scene.directory.path().join("out").join("a").exists());
    let line: Value = stderr(&output).lines().find_map(|line| serde_json::from_str(line).ok()).unwrap();
    assert_eq!((line["store"].as_str(), line["secretId"].as_str()), (Some("payments"), Some("absent")));
    let text = scene.run(&["fetch"]);
    assert!(stderr(&text).contains("store `payments`: secret `absent` in us-east-1: "), "{}", stderr(&text));
}

#[test]
fn what_is_wrong_with_stores_is_told_before_anything_is_asked() {
    let scene = Scene::new();
    scene.configure("  - {path: a, secretId: no spaces}\n  - {path: b, secretId: db, store: paiments}\n");
    for arguments in [&["fetch"][..], &["check"], &["check", "--offline"], &["policy"]] {
        let output = scene.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        for text in [
            "line 5: `secretId`: the secret id `no spaces`",
            "line 6: `store`: there is no store `paiments`; did you mean `payments`?",
        ] {
            assert!(stderr(&output).contains(text), "{arguments:?}: {}", stderr(&output));
        }
    }
    assert!(scene.main.requests().is_empty() && scene.payments.requests().is_empty());
}

#[test]
fn a_store_that_no_source_names_is_told_by_check_and_not_opened() {
    let scene = Scene::new();
    scene.configure("  - {path: a, secretId: db}\n");
    let output = scene.run(&["check", "--offline"]);
    assert!(
        output.status.success() && stderr(&output).contains("no source names the store `payments`"),
        "{}",
        stderr(&output)
    );
    assert!(scene.run(&["fetch"]).status.success());
    assert!(scene.payments.requests().is_empty());
}

#[test]
fn another_default_store_is_chosen_by_its_name_or_place() {
    let scene = Scene::new();
    scene.configure("  - {path: a, secretId: db}\n");
    for (store, expected) in
        [("payments", "of payments"), ("file:local.json", "of the file"), ("aws", "of the main account")]
    {
        let output = scene.run(&["fetch", "--store", store]);
        assert!(output.status.success(), "{store}: {}", stderr(&output));
        assert_eq!(scene.written("a"), expected);
    }
    let output = scene.run(&["fetch", "--store", "paymants"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("there is no store `paymants`; did you mean `payments`?"), "{}", stderr(&output));
}

#[test]
fn options_of_identity_are_for_the_default_store() {
    let scene = Scene::new();
    scene.configure(ALL);
    let output = scene.run(&["fetch", "--endpoint-url", &scene.main.url(), "--region", "eu-west-1"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(["a", "b"].map(|name| scene.written(name)), ["of the main account", "of payments"]);
}

#[test]
fn each_identity_has_its_policy() {
    let scene = Scene::new();
    scene.configure(ALL);
    let output = scene.run(&["policy", "--account-id", "123456789012"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let documents: Vec<Value> =
        serde_json::Deserializer::from_slice(&output.stdout).into_iter().collect::<Result<_, _>>().unwrap();
    let arns: Vec<&str> = documents.iter().map(|one| one["Statement"][0]["Resource"][0].as_str().unwrap()).collect();
    assert_eq!(
        arns,
        [
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-??????",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-??????",
        ]
    );
    assert!(stderr(&output).contains("the policy is for the identity that secretfetch runs as"), "{}", stderr(&output));
    assert!(stderr(&output).contains(&format!("the policy is for {ROLE}")), "{}", stderr(&output));
}
