//! A store in a process of its own, so that its environment is known.

use std::process::Command;
use std::time::Duration;

use secretfetch::{AwsSecretStore, SecretRequest, SecretStore as _};

/// The ids that a child fetches, separated by commas.
pub(crate) const IDS: &str = "TEST_IDS";
/// The options of the child's builder, separated by spaces.
pub(crate) const OPTIONS: &str = "TEST_OPTIONS";

/// One result, as the child prints it.
#[derive(Debug, PartialEq)]
pub(crate) enum Line {
    Secret(String),
    Failure { kind: String, retryable: bool, text: String },
}

/// Runs a store on the environment `variables` and nothing but them.
pub(crate) fn run(ids: &str, options: &str, variables: &[(&str, &str)]) -> Vec<Line> {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "a_store_in_an_empty_environment_has_no_credentials", "--nocapture"]);
    child.env_clear().env(IDS, ids).env(OPTIONS, options);
    child.env("HOME", "/nonexistent").env("AWS_EC2_METADATA_DISABLED", "true");
    // A test that fails before it asks for a secret does not look for AWS's own endpoint either.
    if variables.iter().all(|(name, _)| *name != "AWS_ENDPOINT_URL") {
        child.env("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1");
    }
    child.envs(variables.iter().copied());
    let output = child.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<Line> = stdout
        .lines()
        .filter_map(|line| {
            // The test harness may have begun the line.
            let line = &line[line.find("RESULT\t")?..];
            let fields: Vec<&str> = line.split('\t').collect();
            Some(match fields.as_slice() {
                [_, "secret", value] => Line::Secret((*value).to_owned()),
                [_, "failure", kind, retryable, text] => Line::Failure {
                    kind: (*kind).to_owned(),
                    retryable: *retryable == "true",
                    text: (*text).to_owned(),
                },
                _ => panic!("{line}"),
            })
        })
        .collect();
    assert!(!lines.is_empty(), "{stdout}");
    lines
}

/// As [`run`], for one secret, with static credentials, a region and an endpoint.
pub(crate) fn run_against(endpoint: &str, options: &str, variables: &[(&str, &str)]) -> Line {
    let mut all = CREDENTIALS.to_vec();
    all.extend([("AWS_REGION", "eu-west-1"), ("AWS_ENDPOINT_URL", endpoint)]);
    all.extend(variables);
    run("prod/db", options, &all).remove(0)
}

pub(crate) const CREDENTIALS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIATEST"), ("AWS_SECRET_ACCESS_KEY", "key")];

pub(crate) fn failure(line: Line) -> (String, bool, String) {
    match line {
        Line::Failure { kind, retryable, text } => (kind, retryable, text),
        Line::Secret(value) => panic!("got a secret: {value}"),
    }
}

pub(crate) async fn child(ids: &str) {
    let options = std::env::var(OPTIONS).unwrap_or_default();
    let mut builder = AwsSecretStore::builder();
    for (name, value) in options.split_terminator(' ').filter_map(|option| option.split_once('=')) {
        let time = || Duration::from_millis(value.parse().unwrap());
        builder = match name {
            "profile" => builder.profile(value.to_owned()),
            "endpoint" => builder.endpoint_url(value.to_owned()),
            "role" => builder.role_arn(value.to_owned()),
            "external-id" => builder.external_id(value.to_owned()),
            "attempt" => builder.attempt_timeout(time()),
            "credentials" => builder.credentials_timeout(time()),
            _ => panic!("{name}"),
        };
    }
    let requests: Vec<SecretRequest> = ids.split(',').map(|id| SecretRequest::new(id.parse().unwrap())).collect();
    let results = match builder.build().await {
        Ok(store) => store.fetch_many(&requests).await,
        Err(error) => vec![Err(error)],
    };
    for result in results {
        match result {
            Ok(secret) => println!("RESULT\tsecret\t{}", String::from_utf8_lossy(secret.value.expose_bytes())),
            Err(error) => {
                let (kind, retryable) = (error.kind().name(), error.is_retryable());
                println!("RESULT\tfailure\t{kind}\t{retryable}\t{error}");
            }
        }
    }
}
