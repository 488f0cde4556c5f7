//! The binary against Secrets Manager's protocol on loopback: requests, versions, failures, exit codes.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, Operation};

/// A fake Secrets Manager, a directory, and the binary in an environment with nothing but credentials.
struct Scene {
    dir: tempfile::TempDir,
    server: FakeSecretsManager,
}

impl Scene {
    fn new() -> Self {
        let store = FakeSecretStore::new().in_region("ca-central-1");
        store.create_text("vinsguru/prod", r#"{"username":"app","password":"C:\\new"}"#);
        let server = FakeSecretsManager::start(&store);
        Scene { dir: tempfile::tempdir().unwrap(), server }
    }

    fn store(&self) -> &FakeSecretStore {
        self.server.store()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_secretfetch"));
        command.args(arguments).current_dir(self.dir.path()).env_clear().envs(self.server.environment());
        command
    }

    fn fetch(&self, arguments: &[&str]) -> Output {
        self.command(&[&["fetch", "--secret-id", "vinsguru/prod", "--output", "-"], arguments].concat())
            .output()
            .unwrap()
    }

    /// Writes a configuration with one file per secret, and fetches it.
    fn fetch_files(&self, ids: &[&str]) -> Output {
        let files: Vec<String> = ids.iter().map(|id| format!("  - {{path: {id}, secretId: {id}}}\n")).collect();
        fs::write(self.path("config.yaml"), format!("directory: out\nfiles:\n{}", files.concat())).unwrap();
        self.command(&["fetch", "--config", "config.yaml"]).output().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn operations(&self) -> Vec<Operation> {
        self.server.requests().iter().map(|request| request.operation).collect()
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[track_caller]
fn assert_fails(output: &Output, expected: i32, texts: &[&str]) {
    assert_eq!(code(output), expected, "{}", stderr(output));
    for text in texts {
        assert!(stderr(output).contains(text), "{text:?} is not in:\n{}", stderr(output));
    }
}

#[test]
fn one_secret_is_one_request() {
    let scene = Scene::new();
    let output = scene.fetch(&["--format", "properties"]);
    assert_eq!(stdout(&output), "username=app\npassword=C:\\\\new\n", "{}", stderr(&output));
    assert_eq!(scene.operations(), [Operation::GetSecretValue]);
    assert_eq!(scene.server.connections(), 1);
}

#[test]
fn a_region_option_wins_over_the_environment_and_an_arn_over_both() {
    let scene = Scene::new();
    assert_fails(&scene.fetch(&["--region", "eu-west-1"]), 3, &["vinsguru/prod", "eu-west-1"]);
    let arn = scene.store().arn("vinsguru/prod");
    let output = scene.command(&["fetch", "--secret-id", &arn, "-o", "-", "--region", "eu-west-1"]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

#[test]
fn a_version_stage_and_a_version_id_are_honoured() {
    let scene = Scene::new();
    let old = scene.store().versions("vinsguru/prod")[0].version_id.clone();
    scene.store().put_text("vinsguru/prod", "new");
    assert_eq!(stdout(&scene.fetch(&[])), "new");
    assert!(stdout(&scene.fetch(&["--version-stage", "AWSPREVIOUS"])).starts_with("{\"username\""));
    assert!(stdout(&scene.fetch(&["--version-id", old.as_str()])).starts_with("{\"username\""));
    assert_fails(&scene.fetch(&["--version-stage", "NOPE"]), 3, &["NOPE"]);
}

#[test]
fn a_binary_secret_keeps_every_byte() {
    let scene = Scene::new();
    let bytes: Vec<u8> = (0..=255).collect();
    scene.store().create_binary("bin", bytes.clone());
    let output = scene.command(&["fetch", "--secret-id", "bin", "--output", "-"]).output().unwrap();
    assert_eq!(output.stdout, bytes);
    let output = scene.command(&["fetch", "--secret-id", "bin", "--output", "-", "--format", "env"]).output().unwrap();
    assert_fails(&output, 6, &["SecretBinary", "raw"]);
}

#[test]
fn many_secrets_take_few_requests_and_a_shared_one_is_asked_once() {
    let scene = Scene::new();
    let names: Vec<String> = (0..25).map(|n| format!("s{n}")).collect();
    for name in &names {
        scene.store().create_text(name, format!("value of {name}"));
    }
    let ids: Vec<&str> = names.iter().map(String::as_str).collect();
    let output = scene.fetch_files(&ids);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    for name in &names {
        assert_eq!(fs::read_to_string(scene.path(&format!("out/{name}"))).unwrap(), format!("value of {name}"));
    }
    assert_eq!(scene.operations(), [Operation::BatchGetSecretValue; 2]);
}

#[test]
fn every_failing_secret_is_told_and_nothing_is_written() {
    let scene = Scene::new();
    let output = scene.fetch_files(&["vinsguru/prod", "missing/a", "missing/b", "missing/c", "missing/d", "missing/e"]);
    assert_fails(&output, 3, &["missing/a", "missing/b", "missing/c", "missing/d", "missing/e", "ca-central-1"]);
    assert!(!scene.path("out").exists());
}

#[test]
fn a_denied_batch_falls_back_and_says_so_once() {
    let scene = Scene::new();
    for name in ["a", "b", "c", "d", "e"] {
        scene.store().create_text(name, name);
    }
    scene.store().inject(Fault::access_denied().on_operation(Operation::BatchGetSecretValue));
    let output = scene.fetch_files(&["a", "b", "c", "d", "e"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(stderr(&output).matches("secretsmanager:BatchGetSecretValue").count(), 1, "{}", stderr(&output));
}

#[test]
fn a_denial_names_who_and_what_is_missing() {
    let scene = Scene::new();
    scene.store().inject(Fault::access_denied());
    assert_fails(&scene.fetch(&[]), 4, &["secretsmanager:GetSecretValue", "assumed-role", "vinsguru/prod"]);
    scene.store().clear_faults();
    scene.store().inject(Fault::kms_access_denied());
    assert_fails(&scene.fetch(&[]), 4, &["kms:Decrypt"]);
    assert_eq!(scene.operations().len(), 2, "a denial is not retried");
}

#[test]
fn a_secret_marked_for_deletion_is_told_apart() {
    let scene = Scene::new();
    scene.store().schedule_deletion("vinsguru/prod");
    assert_fails(&scene.fetch(&[]), 3, &["deletion", "restore-secret"]);
}

#[test]
fn throttling_and_server_errors_are_waited_out() {
    let scene = Scene::new();
    for fault in [Fault::throttled(), Fault::unavailable(), Fault::reset(), Fault::truncated_body()] {
        scene.store().inject(fault.once());
    }
    let output = scene.fetch(&["--timeout", "50s"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("asking again"), "{}", stderr(&output));
}

#[test]
fn what_does_not_pass_ends_with_the_timeout() {
    let scene = Scene::new();
    for (fault, text) in [(Fault::hang(), "no answer"), (Fault::throttled(), "slow"), (Fault::html_page(503), "503")] {
        scene.store().clear_faults();
        scene.store().inject(fault);
        let started = Instant::now();
        let output = scene.fetch(&["--timeout", "1s"]);
        assert_fails(&output, 5, &["vinsguru/prod", text]);
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn without_credentials_the_sources_are_listed() {
    let scene = Scene::new();
    let output = scene
        .command(&["fetch", "--secret-id", "x", "--output", "x"])
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    assert_fails(&output, 4, &["AWS_ACCESS_KEY_ID", "IRSA"]);
}

#[test]
fn without_a_region_the_options_are_named() {
    let scene = Scene::new();
    let output = scene
        .command(&["fetch", "--secret-id", "x", "--output", "x"])
        .env_remove("AWS_REGION")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    assert_fails(&output, 2, &["set AWS_REGION or the region of the run (`--region`)"]);
}

#[test]
fn a_signal_ends_the_run_and_leaves_nothing() {
    let scene = Scene::new();
    scene.store().inject(Fault::hang());
    for (signal, expected) in [("TERM", 143), ("INT", 130)] {
        scene.store().clear_requests();
        let mut child = scene.command(&["fetch", "--secret-id", "vinsguru/prod", "--output", "out/x"]).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while scene.store().in_flight() == 0 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        let kill = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        assert_eq!(child.wait().unwrap().code(), Some(expected));
        assert!(!scene.path("out").exists());
        while scene.store().in_flight() > 0 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn empty_and_invalid_endpoint_variables_are_told_apart() {
    let scene = Scene::new();
    let output = scene
        .command(&["fetch", "--secret-id", "vinsguru/prod", "--output", "-"])
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", "")
        .output()
        .unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let output = scene
        .command(&["fetch", "--secret-id", "vinsguru/prod", "--output", "-"])
        .env("AWS_ENDPOINT_URL", "foo")
        .output()
        .unwrap();
    assert_fails(&output, 2, &["AWS_ENDPOINT_URL"]);
}
