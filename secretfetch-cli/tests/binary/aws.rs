//! The binary against Secrets Manager's protocol on loopback: requests, versions, failures, exit codes.

use std::time::Duration;

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, Operation};

use crate::scene::{GRACE, Outcome, Scene, wait_for};

/// Beside a server of one secret.
fn scene() -> Scene {
    let store = FakeSecretStore::new().in_region("ca-central-1");
    store.create_text("vinsguru/prod", r#"{"username":"app","password":"C:\\new"}"#);
    Scene::serving(FakeSecretsManager::start(&store))
}

fn fetch(scene: &Scene, arguments: &[&str]) -> Outcome {
    scene.run(&[&["fetch", "--secret-id", "vinsguru/prod", "--output", "-"], arguments].concat())
}

/// Writes a configuration with one file per secret, and fetches it.
fn fetch_files(scene: &Scene, ids: &[&str]) -> Outcome {
    let files: Vec<String> = ids.iter().map(|id| format!("  - {{path: {id}, secretId: {id}}}\n")).collect();
    scene.write("config.yaml", format!("directory: out\nfiles:\n{}", files.concat()));
    scene.run(&["fetch", "--config", "config.yaml"])
}

#[test]
fn one_secret_is_one_request() {
    let scene = scene();
    let output = fetch(&scene, &["--format", "properties"]);
    assert_eq!(output.stdout(), "username=app\npassword=C:\\\\new\n", "{}", output.stderr());
    assert_eq!(scene.operations(), [Operation::GetSecretValue]);
    assert_eq!(scene.server().connections(), 1);
}

#[test]
fn a_region_option_wins_over_the_environment_and_an_arn_over_both() {
    let scene = scene();
    fetch(&scene, &["--region", "eu-west-1"]).assert_fails(3, &["vinsguru/prod", "eu-west-1"]);
    let arn = scene.store().arn("vinsguru/prod");
    let output = scene.command(&["fetch", "--secret-id", &arn, "-o", "-", "--region", "eu-west-1"]).run();
    output.assert_done();
}

#[test]
fn a_version_stage_and_a_version_id_are_honoured() {
    let scene = scene();
    let old = scene.store().versions("vinsguru/prod")[0].version_id.clone();
    scene.store().put_text("vinsguru/prod", "new");
    assert_eq!(fetch(&scene, &[]).stdout(), "new");
    assert!(fetch(&scene, &["--version-stage", "AWSPREVIOUS"]).stdout().starts_with("{\"username\""));
    assert!(fetch(&scene, &["--version-id", old.as_str()]).stdout().starts_with("{\"username\""));
    fetch(&scene, &["--version-stage", "NOPE"]).assert_fails(3, &["NOPE"]);
}

#[test]
fn a_binary_secret_keeps_every_byte() {
    let scene = scene();
    let bytes: Vec<u8> = (0..=255).collect();
    scene.store().create_binary("bin", bytes.clone());
    let output = scene.command(&["fetch", "--secret-id", "bin", "--output", "-"]).run();
    assert_eq!(output.stdout, bytes);
    let output = scene.command(&["fetch", "--secret-id", "bin", "--output", "-", "--format", "env"]).run();
    output.assert_fails(6, &["binary", "raw"]);
}

#[test]
fn many_secrets_take_few_requests_and_a_shared_one_is_asked_once() {
    let scene = scene();
    let names: Vec<String> = (0..25).map(|n| format!("s{n}")).collect();
    for name in &names {
        scene.store().create_text(name, format!("value of {name}"));
    }
    let ids: Vec<&str> = names.iter().map(String::as_str).collect();
    let output = fetch_files(&scene, &ids);
    output.assert_done();
    for name in &names {
        assert_eq!(scene.read(&format!("out/{name}")), format!("value of {name}"));
    }
    assert_eq!(scene.operations(), [Operation::BatchGetSecretValue; 2]);
}

#[test]
fn every_failing_secret_is_told_and_nothing_is_written() {
    let scene = scene();
    let output =
        fetch_files(&scene, &["vinsguru/prod", "missing/a", "missing/b", "missing/c", "missing/d", "missing/e"]);
    output.assert_fails(3, &["missing/a", "missing/b", "missing/c", "missing/d", "missing/e", "ca-central-1"]);
    assert!(!scene.path("out").exists());
}

#[test]
fn a_denied_batch_falls_back_and_says_so_once() {
    let scene = scene();
    for name in ["a", "b", "c", "d", "e"] {
        scene.store().create_text(name, name);
    }
    scene.store().inject(Fault::access_denied().on_operation(Operation::BatchGetSecretValue));
    let output = fetch_files(&scene, &["a", "b", "c", "d", "e"]);
    output.assert_done();
    assert_eq!(output.stderr().matches("secretsmanager:BatchGetSecretValue").count(), 1, "{}", output.stderr());
}

#[test]
fn a_denial_names_who_and_what_is_missing() {
    let scene = scene();
    scene.store().inject(Fault::access_denied());
    fetch(&scene, &[]).assert_fails(4, &["secretsmanager:GetSecretValue", "assumed-role", "vinsguru/prod"]);
    scene.store().clear_faults();
    scene.store().inject(Fault::kms_access_denied());
    fetch(&scene, &[]).assert_fails(4, &["kms:Decrypt"]);
    assert_eq!(scene.operations().len(), 2, "a denial is not retried");
}

#[test]
fn a_secret_marked_for_deletion_is_told_apart() {
    let scene = scene();
    scene.store().schedule_deletion("vinsguru/prod");
    fetch(&scene, &[]).assert_fails(3, &["deletion", "restore-secret"]);
}

#[test]
fn throttling_and_server_errors_are_waited_out() {
    let scene = scene();
    for fault in [Fault::throttled(), Fault::unavailable(), Fault::reset(), Fault::truncated_body()] {
        scene.store().inject(fault.once());
    }
    let output = fetch(&scene, &["--timeout", "50s"]);
    output.assert_done();
    output.assert_tells(&["asking again"]);
}

#[test]
fn what_does_not_pass_ends_with_the_timeout() {
    let scene = scene();
    for (fault, text) in [(Fault::hang(), "no answer"), (Fault::throttled(), "slow"), (Fault::html_page(503), "503")] {
        scene.store().clear_faults();
        scene.store().inject(fault);
        let output = fetch(&scene, &["--timeout", "1s"]);
        output.assert_fails(5, &["vinsguru/prod", text]);
        assert!(output.took < Duration::from_secs(1) + GRACE, "{:?}", output.took);
    }
}

#[test]
fn without_credentials_the_sources_are_listed() {
    let scene = scene();
    let output = scene
        .command(&["fetch", "--secret-id", "x", "--output", "x"])
        .without("AWS_ACCESS_KEY_ID")
        .without("AWS_SECRET_ACCESS_KEY")
        .variable("AWS_EC2_METADATA_DISABLED", "true")
        .run();
    output.assert_fails(4, &["AWS_ACCESS_KEY_ID", "IRSA"]);
}

#[test]
fn without_a_region_the_options_are_named() {
    let scene = scene();
    let output = scene
        .command(&["fetch", "--secret-id", "x", "--output", "x"])
        .without("AWS_REGION")
        .variable("AWS_EC2_METADATA_DISABLED", "true")
        .run();
    output.assert_fails(2, &["set AWS_REGION or the region of the run (`--region`)"]);
}

#[test]
fn a_signal_ends_the_run_and_leaves_nothing() {
    let scene = scene();
    scene.store().inject(Fault::hang());
    for (signal, expected) in [("TERM", 143), ("INT", 130)] {
        let run = scene.command(&["fetch", "--secret-id", "vinsguru/prod", "--output", "out/x"]).start();
        wait_for("the request", || scene.store().in_flight() > 0);
        assert_eq!(run.end(signal).code(), expected);
        assert!(!scene.path("out").exists());
        wait_for("the end of the request", || scene.store().in_flight() == 0);
    }
}

#[test]
fn empty_and_invalid_endpoint_variables_are_told_apart() {
    let scene = scene();
    let output = scene
        .command(&["fetch", "--secret-id", "vinsguru/prod", "--output", "-"])
        .variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", "")
        .run();
    output.assert_done();
    let output = scene
        .command(&["fetch", "--secret-id", "vinsguru/prod", "--output", "-"])
        .variable("AWS_ENDPOINT_URL", "foo")
        .run();
    output.assert_fails(2, &["AWS_ENDPOINT_URL"]);
}
