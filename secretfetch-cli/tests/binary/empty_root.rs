//! The static binary in a root that has nothing else: as in an image FROM scratch.
//!
//! What a usual system brings along is looked up at run time by libc (`/etc/nsswitch.conf`, shared libraries for name
//! look-up), so that only a run in such a root shows that it is not needed.

use std::fs;
use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use secretfetch_testkit::{CertificateAuthority, FakeSecretStore, FakeSecretsManager, Operation};

const NAME: &str = "secretsmanager.test";
/// `resolv.conf` knows no ports, so the name server is at 53; at an address that nothing else uses.
const NAME_SERVER: &str = "127.53.53.53";

/// An empty root, and a fake whose certificate is for [`NAME`] alone.
struct Root {
    directory: tempfile::TempDir,
    server: FakeSecretsManager,
}

impl Root {
    fn new() -> Self {
        let authority = CertificateAuthority::new();
        let store = FakeSecretStore::new().in_region("ca-central-1");
        store.create_text("a", r#"{"user":"app"}"#);
        let server = FakeSecretsManager::start_tls(&store, &authority.certificate(&[NAME]));
        let root = Root { directory: tempfile::tempdir().unwrap(), server };
        let binary = std::env::var_os("SECRETFETCH").expect("SECRETFETCH names the static binary");
        // By another process: a child of another test would hold our descriptor, open for writing, for a moment.
        assert!(Command::new("cp").arg(binary).arg(root.path("secretfetch")).status().unwrap().success());
        fs::write(root.path("ca.pem"), authority.pem()).unwrap();
        fs::create_dir(root.path("etc")).unwrap();
        root
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs the binary in the root; `chroot` needs the privilege to.
    fn fetch(&self, variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new("/usr/sbin/chroot");
        command.arg(self.directory.path());
        command.args(["/secretfetch", "fetch", "--secret-id", "a", "--format", "env", "--output", "/secret/app.env"]);
        command
            .env_clear()
            .env("AWS_ENDPOINT_URL", format!("https://{NAME}:{}", self.server.address().port()))
            .env("AWS_REGION", "ca-central-1")
            .env("SECRETFETCH_TIMEOUT", "20s")
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    #[track_caller]
    fn assert_written(&self, output: &Output) {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(fs::read_to_string(self.path("secret/app.env")).unwrap(), "user=app\n");
    }
}

const TRUST: (&str, &str) = ("AWS_CA_BUNDLE", "/ca.pem");
const KEY_ID: (&str, &str) = ("AWS_ACCESS_KEY_ID", "testing");
const KEY: (&str, &str) = ("AWS_SECRET_ACCESS_KEY", "testing");

#[test]
#[ignore = "needs root and a static binary"]
fn a_host_name_from_etc_hosts_is_enough() {
    let root = Root::new();
    fs::write(root.path("etc/hosts"), format!("127.0.0.1 localhost\n127.0.0.1 {NAME}\n")).unwrap();
    root.assert_written(&root.fetch(&[TRUST, KEY_ID, KEY]));
}

#[test]
#[ignore = "needs root and a static binary"]
fn a_host_name_from_dns_is_enough() {
    let root = Root::new();
    fs::write(root.path("etc/resolv.conf"), format!("nameserver {NAME_SERVER}\noptions timeout:2 attempts:2\n"))
        .unwrap();
    name_server();
    root.assert_written(&root.fetch(&[TRUST, KEY_ID, KEY]));
}

#[test]
#[ignore = "needs root and a static binary"]
fn a_service_accounts_role_is_assumed() {
    let root = Root::new();
    fs::write(root.path("etc/hosts"), format!("127.0.0.1 {NAME}\n")).unwrap();
    fs::write(root.path("token"), "a service account's token").unwrap();
    let sts = format!("https://{NAME}:{}", root.server.address().port());
    root.assert_written(&root.fetch(&[
        TRUST,
        ("AWS_ENDPOINT_URL_STS", &sts),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
    ]));
    let asked: Vec<Operation> = root.server.requests().iter().map(|request| request.operation).collect();
    assert_eq!(asked, [Operation::AssumeRoleWithWebIdentity, Operation::GetSecretValue]);
}

#[test]
#[ignore = "needs root and a static binary"]
fn without_a_name_server_the_run_ends_in_time_and_names_the_host() {
    let root = Root::new();
    fs::write(root.path("etc/resolv.conf"), "nameserver 127.53.53.54\noptions timeout:1 attempts:1\n").unwrap();
    let started = Instant::now();
    let output = root.fetch(&[TRUST, KEY_ID, KEY, ("SECRETFETCH_TIMEOUT", "3s")]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{stderr}");
    assert!(stderr.contains(NAME) && stderr.contains("resolve"), "{stderr}");
    // The timeout, one second more, and five for a machine under load.
    assert!(started.elapsed() < Duration::from_secs(3 + 1 + 5), "{:?}", started.elapsed());
}

#[test]
#[ignore = "needs root and a static binary"]
fn without_a_bundle_the_built_in_roots_are_asked() {
    let root = Root::new();
    fs::write(root.path("etc/hosts"), format!("127.0.0.1 {NAME}\n")).unwrap();
    let output = root.fetch(&[KEY_ID, KEY]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("unknown authority"), "{stderr}");
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
