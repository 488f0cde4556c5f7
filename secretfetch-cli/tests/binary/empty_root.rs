//! The static binary in a root that has nothing else: as in an image FROM scratch.
//!
//! What a usual system brings along is looked up at run time by libc (`/etc/nsswitch.conf`, shared libraries for name
//! look-up), so that only a run in such a root shows that it is not needed.

use std::fs;
use std::net::UdpSocket;
use std::process::Command;
use std::thread;

use secretfetch_testkit::{CertificateAuthority, FakeSecretStore, FakeSecretsManager, Operation};

use crate::scene::{Outcome, Scene};

const NAME: &str = "secretsmanager.test";
/// `resolv.conf` knows no ports, so the name server is at 53; at an address that nothing else uses.
const NAME_SERVER: &str = "127.53.53.53";

/// An empty root, beside a server whose certificate is for [`NAME`] alone.
fn root() -> Scene {
    let authority = CertificateAuthority::new();
    let store = FakeSecretStore::new().in_region("ca-central-1");
    store.create_text("a", r#"{"user":"app"}"#);
    let server = FakeSecretsManager::start_tls(&store, &authority.certificate(&[NAME]));
    let root = Scene::new().beside(server).with_file("ca.pem", authority.pem());
    let binary = std::env::var_os("SECRETFETCH").expect("SECRETFETCH names the static binary");
    // By another process: a child of another test would hold our descriptor, open for writing, for a moment.
    assert!(Command::new("cp").arg(binary).arg(root.path("secretfetch")).status().unwrap().success());
    fs::create_dir(root.path("etc")).unwrap();
    root
}

/// The server's URL by its name.
fn url(root: &Scene) -> String {
    format!("https://{NAME}:{}", root.server().address().port())
}

/// Runs the static binary in the root; `chroot` needs the privilege to.
fn fetch(root: &Scene, timeout: u64, variables: &[(&str, &str)]) -> Outcome {
    root.program("/usr/sbin/chroot")
        .arguments([root.path("")])
        .arguments(["/secretfetch", "fetch", "--secret-id", "a", "--format", "env", "--output", "/secret/app.env"])
        .variable("AWS_ENDPOINT_URL", url(root))
        .variable("AWS_REGION", "ca-central-1")
        .variables(variables.iter().copied())
        .timeout(timeout)
        .run()
}

#[track_caller]
fn assert_writes(root: &Scene, variables: &[(&str, &str)]) {
    fetch(root, 20, variables).assert_done();
    assert_eq!(root.read("secret/app.env"), "user=app\n");
}

const TRUST: (&str, &str) = ("AWS_CA_BUNDLE", "/ca.pem");
const KEY_ID: (&str, &str) = ("AWS_ACCESS_KEY_ID", "testing");
const KEY: (&str, &str) = ("AWS_SECRET_ACCESS_KEY", "testing");

#[test]
#[ignore = "needs root and a static binary"]
fn a_host_name_from_etc_hosts_is_enough() {
    let root = root();
    root.write("etc/hosts", format!("127.0.0.1 localhost\n127.0.0.1 {NAME}\n"));
    assert_writes(&root, &[TRUST, KEY_ID, KEY]);
}

#[test]
#[ignore = "needs root and a static binary"]
fn a_host_name_from_dns_is_enough() {
    let root = root();
    root.write("etc/resolv.conf", format!("nameserver {NAME_SERVER}\noptions timeout:2 attempts:2\n"));
    name_server();
    assert_writes(&root, &[TRUST, KEY_ID, KEY]);
}

#[test]
#[ignore = "needs root and a static binary"]
fn a_service_accounts_role_is_assumed() {
    let root = root();
    root.write("etc/hosts", format!("127.0.0.1 {NAME}\n"));
    root.write("token", "a service account's token");
    let role = ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app");
    let token = ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token");
    assert_writes(&root, &[TRUST, ("AWS_ENDPOINT_URL_STS", &url(&root)), role, token]);
    assert_eq!(root.operations(), [Operation::AssumeRoleWithWebIdentity, Operation::GetSecretValue]);
}

#[test]
#[ignore = "needs root and a static binary"]
fn without_a_name_server_the_run_ends_in_time_and_names_the_host() {
    let root = root();
    root.write("etc/resolv.conf", "nameserver 127.53.53.54\noptions timeout:1 attempts:1\n");
    // The run is held to its timeout.
    fetch(&root, 3, &[TRUST, KEY_ID, KEY]).assert_fails(5, &[NAME, "resolve"]);
}

#[test]
#[ignore = "needs root and a static binary"]
fn without_a_bundle_the_built_in_roots_are_asked() {
    let root = root();
    root.write("etc/hosts", format!("127.0.0.1 {NAME}\n"));
    fetch(&root, 20, &[KEY_ID, KEY]).assert_fails(2, &["unknown authority"]);
}

/// Answers with 127.0.0.1 for [`NAME`], and for other types of record that there are none; ends with the test.
fn name_server() {
    let socket = UdpSocket::bind((NAME_SERVER, 53)).unwrap();
    thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((length, client)) = socket.recv_from(&mut query) {
            let _ = socket.send_to(&answer(&query[..length]), client);
        }
    });
}

/// RFC 1035, section 4.1: the query's own header and question, and for an address one record that points back to
/// the question's name.
fn answer(query: &[u8]) -> Vec<u8> {
    let labels: Vec<&[u8]> = NAME.split('.').map(str::as_bytes).collect();
    let mut name: Vec<u8> = labels.iter().flat_map(|label| [&[label.len() as u8], *label].concat()).collect();
    name.push(0);
    let question_end = 12 + name.len() + 4;
    let known = query.get(12..12 + name.len()).is_some_and(|asked| asked.eq_ignore_ascii_case(&name));
    let is_address = known && query[12 + name.len()..question_end] == [0, 1, 0, 1];
    let code = if known { 0 } else { 3 }; // NXDOMAIN
    let mut answer = query[..2].to_vec();
    answer.extend([0x81, 0x80 | code, 0, 1, 0, u8::from(is_address), 0, 0, 0, 0]);
    answer.extend(&query[12..question_end.min(query.len())]);
    if is_address {
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    answer
}
