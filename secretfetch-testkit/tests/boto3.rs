//! The fake as AWS's SDK for Python and the AWS CLI meet it.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::process::{Command, Output};

use secretfetch_testkit::{AccessKey, FakeSecretStore, FakeSecretsManager, Operation, Role};

fn serving(value: &str) -> FakeSecretsManager {
    let store = FakeSecretStore::new().in_region("ca-central-1");
    store.create_text("seeded", value);
    FakeSecretsManager::start(&store)
}

/// Runs a program with what it needs to start and these variables: no profile or proxy of the machine, and a home of
/// its own, where the AWS CLI keeps credentials for the next run.
fn run(program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("PATH", path).env("HOME", home.path());
    command.envs(variables.iter().copied()).output().expect("the program starts")
}

#[track_caller]
fn assert_succeeds(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "needs python3 with boto3"]
fn boto3_works_against_the_fake_unchanged() {
    let server = serving(r#"{"n": 1.0}"#);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/with_boto3.py");
    assert_succeeds(&run("python3", &[script, &server.url()], &[]));
}

/// A source of credentials, and the standard variables that name it.
struct Source {
    name: &'static str,
    operation: Operation,
    variables: Vec<(&'static str, String)>,
}

fn sources(server: &FakeSecretsManager, token: &str) -> [Source; 3] {
    [
        Source {
            name: "WEBIDENTITY",
            operation: Operation::AssumeRoleWithWebIdentity,
            variables: vec![
                ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_owned()),
                ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app".to_owned()),
            ],
        },
        Source {
            name: "CONTAINER",
            operation: Operation::ContainerCredentials,
            variables: vec![
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.pod_identity_url()),
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.to_owned()),
            ],
        },
        Source {
            name: "INSTANCE",
            operation: Operation::InstanceMetadata,
            variables: vec![("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url())],
        },
    ]
}

#[track_caller]
fn every_source_serves(program: &str, arguments: impl Fn(&'static str) -> Vec<String>) {
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "pod-token").unwrap();
    let server = serving("value");
    server.require_signatures();
    let url = server.url();
    for Source { name: source, operation, variables } in sources(&server, token.path().to_str().unwrap()) {
        server.store().clear_requests();
        let mut all = vec![("AWS_ENDPOINT_URL", url.as_str()), ("AWS_REGION", "ca-central-1")];
        all.push(("AWS_DEFAULT_REGION", "ca-central-1"));
        all.extend(variables.iter().map(|(name, value)| (*name, value.as_str())));
        let arguments = arguments(source);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        assert_succeeds(&run(program, &arguments, &all));
        let requests = server.requests();
        assert!(requests.iter().any(|request| request.operation == operation), "{source}: {requests:?}");
        let key = requests.iter().find(|request| request.operation == Operation::GetSecretValue);
        let key = key.unwrap().access_key_id.as_deref().unwrap();
        assert!(key.starts_with(&format!("ASIA{source}")), "{key}");
    }
}

#[test]
#[ignore = "needs python3 with boto3"]
fn boto3_gets_credentials_from_every_source() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/credentials_with_boto3.py");
    every_source_serves("python3", |source| vec![script.to_owned(), source.to_owned()]);
}

#[test]
#[ignore = "needs python3 with boto3"]
fn boto3_signs_as_the_fake_checks_it() {
    let store = FakeSecretStore::new().in_region("ca-central-1");
    store.create_text("seeded", "value");
    let key = store.create_access_key("arn:aws:iam::123456789012:user/alice");
    store.add_role(
        Role::new("arn:aws:iam::123456789012:role/deploy")
            .trusting("arn:aws:iam::123456789012:user/alice")
            .with_external_id("ticket:17/+=@"),
    );
    store.add_access_key(&AccessKey::new("ASIAENDED", "secret").with_session_token("t/o+k=").expiring(store.time()));
    let server = FakeSecretsManager::start(&store);
    server.require_signatures();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/signing_with_boto3.py");
    let arguments = [script, &server.url(), key.id(), key.secret_access_key()];
    assert_succeeds(&run("python3", &arguments, &[]));
}

#[test]
#[ignore = "needs the AWS CLI"]
fn the_aws_cli_gets_credentials_from_every_source() {
    let arguments = ["secretsmanager", "get-secret-value", "--secret-id", "seeded", "--query", "SecretString"];
    every_source_serves("aws", |_| arguments.map(str::to_owned).to_vec());
}
