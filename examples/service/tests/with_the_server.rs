//! The program as it is deployed, with the AWS SDK in it and a server that it takes for AWS: the server's part.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Iam, Operation, assert_no_secret_in, assert_requests};

const SECRET_ID: &str = "vinsguru/db";
const PASSWORD: &str = "the first one";

/// The program with nothing in its environment but what leads it to the server.
fn program(server: &FakeSecretsManager) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_example-service"));
    program.env_clear().envs(server.environment()).env("LISTEN", "127.0.0.1:0");
    program.stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

/// A program that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

#[test]
fn the_program_serves_with_a_secret_that_it_has_signed_for() {
    let fake = FakeSecretStore::new();
    fake.create_json(
        SECRET_ID,
        serde_json::json!({"username": "app", "password": PASSWORD, "host": "/no/such/socket"}),
    );
    let server = FakeSecretsManager::start(&fake);
    server.require_signatures();

    let mut running = Running(program(&server).spawn().unwrap());
    // Open to the end: a program that cannot write its log fails for that.
    let mut log = BufReader::new(running.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let address = log.find_map(|line| line.split_once("serves on ").map(|(_, address)| address.trim().to_owned()));
    let address = address.expect("it ended before it served");
    assert_requests(&fake).by(Operation::GetSecretValue).for_secret(SECRET_ID).exactly(1);
    assert_requests(&fake).exactly(1);

    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"POST /visits HTTP/1.1\r\nhost: service\r\nconnection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    // There is no database behind that secret.
    assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
    assert_no_secret_in(response, PASSWORD);
    drop(running);
    for line in log {
        assert_no_secret_in(line, PASSWORD);
    }
}

#[test]
fn the_program_ends_with_the_reason_when_it_may_not_read_the_secret() {
    let fake = FakeSecretStore::new();
    fake.create_text(SECRET_ID, PASSWORD);
    fake.enforce(Iam::new());
    let server = FakeSecretsManager::start(&fake);

    let output = program(&server).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{log}");
    assert!(log.contains("secretsmanager:GetSecretValue"), "{log}");
    assert_requests(&fake).only_for([SECRET_ID]).exactly(1);
}

#[test]
fn the_program_names_what_a_secret_lacks_and_not_what_it_has() {
    let fake = FakeSecretStore::new();
    fake.create_json(SECRET_ID, serde_json::json!({"username": "app", "passwd": PASSWORD, "host": "db"}));
    let server = FakeSecretsManager::start(&fake);

    let output = program(&server).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{log}");
    assert!(log.contains("password"), "{log}");
    assert_no_secret_in(&output.stderr, PASSWORD);
    assert_no_secret_in(&output.stdout, PASSWORD);
}
