//! The program `secretfetch-fake`.

// clippy.toml allows `unwrap` in test functions, not in what they share.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

const BINARY: &str = env!("CARGO_BIN_EXE_secretfetch-fake");

fn start(seed: &str, args: &[&str]) -> (Child, String, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), seed).unwrap();
    let mut child = Command::new(BINARY)
        .arg("--seed")
        .arg(file.path())
        .args(["--port", "0"])
        .args(args)
        .env_remove("AWS_REGION")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
    (child, url.trim_end().to_owned(), file)
}

fn get(url: &str, region: &str, id: &str) -> String {
    let scope = format!("AKID/20260102/{region}/secretsmanager/aws4_request");
    let headers = format!(
        "content-type: application/x-amz-json-1.1\r\nx-amz-target: secretsmanager.GetSecretValue\r\n\
         authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"
    );
    post(url, "/", &headers, &format!(r#"{{"SecretId": "{id}"}}"#))
}

fn post(url: &str, path: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn it_serves_the_seed_in_its_regions_until_it_is_told_to_end() {
    for signal in ["TERM", "INT"] {
        let (mut child, url, _seed) = start(r#"{"prod/db": "s3cr3t"}"#, &["--region", "ca-central-1,eu-west-1"]);
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        for region in ["ca-central-1", "eu-west-1"] {
            assert!(get(&url, region, "prod/db").contains(r#""SecretString":"s3cr3t""#));
        }
        assert!(get(&url, "us-east-1", "prod/db").contains("ResourceNotFoundException"));

        let killed = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let mut stderr = String::new();
        child.stderr.unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(stderr, format!("a fake AWS Secrets Manager listens at {url} (ca-central-1, eu-west-1)\n"));
    }
}

#[test]
fn a_request_of_the_control_api_is_for_the_first_region() {
    let (mut child, url, _seed) = start(r#"{"prod/db": "s3cr3t"}"#, &["--region", "ca-central-1,eu-west-1"]);
    let control =
        |path: &str, body: &str| post(&url, &format!("/_secretfetch/{path}"), "content-type: application/json", body);
    let described = control("operations/DescribeSecret", r#"{"SecretId": "prod/db"}"#);
    assert!(described.contains("arn:aws:secretsmanager:ca-central-1:"), "{described}");
    let rotated = control("rotate", r#"{"secretId": "prod/db"}"#);
    assert!(rotated.contains("arn:aws:secretsmanager:ca-central-1:"), "{rotated}");
    assert!(get(&url, "eu-west-1", "prod/db").contains("s3cr3t"));
    let elsewhere = control("operations/DescribeSecret?region=eu-west-1", r#"{"SecretId": "prod/db"}"#);
    assert!(elsewhere.contains("arn:aws:secretsmanager:eu-west-1:"), "{elsewhere}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_bad_seed_or_address_is_an_error_with_its_reason() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), r#"{"prod/db": hunter2}"#).unwrap();
    let output = Command::new(BINARY).arg("--seed").arg(file.path()).args(["--port", "0"]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr.contains("is not valid JSON") && !stderr.contains("hunter2"), "{stderr}");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = Command::new(BINARY).args(["--port", &port]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("choose another --port"));
}

/// What the program prints when it does not start.
fn refused(args: &[&std::ffi::OsStr]) -> String {
    let output = Command::new(BINARY).args(args).args(["--port", "0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_is_wrong_in_a_seed_or_policy_is_told_with_its_line() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for (option, text, said) in [
        ("--seed", "{\n\"a\": {\"$secret\": {\n\"tag\": {}}}}", "line 3: the secret \"a\": unknown field `tag`"),
        ("--seed", "{\n\"a b\": \"hunter2\"}", "line 2: cannot create the secret \"a b\": Invalid name"),
        ("--policy", "{\"Statement\": [\n{\"Effect\": \"Permit\"}]}", "unknown variant `Permit`"),
        ("--policy", "{\"Statement\":\n{\"Effect\": \"Allow\", \"Action\": \"*\", \"Recource\": \"*\"}}", "line 2"),
    ] {
        std::fs::write(file.path(), text).unwrap();
        let message = refused(&[option.as_ref(), file.path().as_os_str()]);
        assert!(message.contains(said) && message.contains("line"), "{text}: {message}");
        assert!(message.contains(&file.path().display().to_string()) && !message.contains("hunter2"), "{message}");
    }
    assert!(refused(&["--policy".as_ref(), "/no/such/file".as_ref()]).contains("cannot read /no/such/file"));
}

#[test]
fn a_policy_is_enforced_and_signatures_are_checked_where_it_is_asked_for() {
    let policy = tempfile::NamedTempFile::new().unwrap();
    let text = r#"{"Statement": {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*:secret:a-??????"}}"#;
    std::fs::write(policy.path(), text).unwrap();
    let path = policy.path().to_str().unwrap();
    let (mut child, url, _seed) = start(r#"{"a": "1", "b": "2"}"#, &["--policy", path]);
    assert!(get(&url, "us-east-1", "a").contains(r#""SecretString":"1""#));
    let denied = get(&url, "us-east-1", "b");
    assert!(
        denied.contains("because no identity-based policy allows the secretsmanager:GetSecretValue action"),
        "{denied}"
    );
    child.kill().unwrap();
    child.wait().unwrap();

    let (mut child, url, _seed) = start(r#"{"a": "1"}"#, &["--require-signatures"]);
    assert!(get(&url, "us-east-1", "a").contains("UnrecognizedClientException"));
    child.kill().unwrap();
    child.wait().unwrap();
}
