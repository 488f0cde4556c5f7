//! The binary against Secrets Manager over TLS: which certificates it takes, and what it says of the others.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::thread;

use secretfetch_testkit::{CertificateAuthority, FakeSecretStore, FakeSecretsManager, Fault, KeyExchange};

const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// An authority, the file that makes it known, and one secret `a`.
struct Scene {
    authority: CertificateAuthority,
    bundle: tempfile::NamedTempFile,
    store: FakeSecretStore,
}

impl Scene {
    fn new() -> Self {
        let authority = CertificateAuthority::new();
        let bundle = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(bundle.path(), authority.pem()).unwrap();
        let store = FakeSecretStore::new().in_region("ca-central-1");
        store.create_text("a", "value of a");
        Scene { authority, bundle, store }
    }

    fn serve(&self) -> FakeSecretsManager {
        FakeSecretsManager::start_tls(&self.store, &self.authority.certificate(&NAMES))
    }

    fn fetch(&self, url: &str) -> Output {
        self.fetch_with(url, &[])
    }

    fn fetch_with(&self, url: &str, variables: &[(&str, &str)]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_secretfetch"))
            .args(["fetch", "--secret-id", "a", "--output", "-"])
            .env_clear()
            .env("AWS_ENDPOINT_URL", url)
            .env("AWS_CA_BUNDLE", self.bundle.path())
            .env("AWS_REGION", "ca-central-1")
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }
}

#[track_caller]
fn assert_fetched(output: &Output) {
    assert_eq!(output.stdout, b"value of a", "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_certificate_by_a_known_authority_is_taken_for_each_of_its_names() {
    let scene = Scene::new();
    let server = scene.serve();
    assert_fetched(&scene.fetch(&server.url()));
    assert_fetched(&scene.fetch(&format!("https://localhost:{}", server.address().port())));
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_key_is_agreed_on_that_stays_secret_from_a_quantum_computer() {
    let scene = Scene::new();
    let server = scene.serve();
    assert_fetched(&scene.fetch(&server.url()));
    assert_eq!(server.key_exchanges(), [KeyExchange::X25519MlKem768]);
}

#[test]
fn a_server_that_knows_one_key_exchange_only_is_understood() {
    let scene = Scene::new();
    for only in [KeyExchange::X25519MlKem768, KeyExchange::X25519, KeyExchange::P256, KeyExchange::P384] {
        let certificate = scene.authority.certificate(&NAMES).with_only(only);
        let server = FakeSecretsManager::start_tls(&scene.store, &certificate);
        assert_fetched(&scene.fetch(&server.url()));
        assert_eq!(server.key_exchanges(), [only]);
        assert_eq!(server.connections(), 1, "{only:?}");
    }
}

#[test]
fn the_authority_is_found_among_others_and_beside_what_is_no_certificate() {
    let scene = Scene::new();
    let server = scene.serve();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let others: String = (0..3).map(|_| CertificateAuthority::new().pem().to_owned()).collect();
    let bundle = format!("# comment\n{others}{broken}{}{others}", scene.authority.pem());
    std::fs::write(scene.bundle.path(), bundle).unwrap();
    assert_fetched(&scene.fetch(&server.url()));
}

#[test]
fn a_certificate_that_cannot_be_trusted_ends_the_run_at_once_and_says_why() {
    let scene = Scene::new();
    let stranger = CertificateAuthority::new();
    for (certificate, reason) in [
        (stranger.certificate(&NAMES), "unknown authority"),
        (scene.authority.certificate(&["example.com"]), "another host name"),
        (scene.authority.expired_certificate(&NAMES), "expired"),
    ] {
        let server = FakeSecretsManager::start_tls(&scene.store, &certificate);
        let output = scene.fetch(&server.url());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains("certificate") && stderr.contains(reason), "{stderr}");
        assert_eq!((server.connections(), server.requests().len()), (1, 0), "{reason}");
    }
}

#[test]
fn faults_play_over_tls_as_they_do_without() {
    let scene = Scene::new();
    let server = scene.serve();
    for fault in [Fault::reset(), Fault::truncated_body(), Fault::unavailable()] {
        scene.store.inject(fault.once());
    }
    let output = scene.fetch(&server.url());
    assert_fetched(&output);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr.matches("asking again").count(), 3, "{stderr}");
}

/// A proxy that takes one CONNECT to `localhost` and passes on what follows; its result is the request's head.
fn proxy() -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let thread = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(client.try_clone().unwrap());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).unwrap();
        }
        let target = head.strip_prefix("CONNECT localhost:").unwrap().split(' ').next().unwrap();
        let server = TcpStream::connect(("127.0.0.1", target.parse().unwrap())).unwrap();
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let (mut from, mut to) = (server.try_clone().unwrap(), client);
        thread::spawn(move || io::copy(&mut from, &mut to));
        let _ = io::copy(&mut reader, &mut &server);
        head
    });
    (address, thread)
}

#[test]
fn a_proxy_gets_its_credentials_and_sees_only_ciphertext() {
    let scene = Scene::new();
    let server = scene.serve();
    let url = format!("https://localhost:{}", server.address().port());
    let (address, seen) = proxy();
    assert_fetched(&scene.fetch_with(&url, &[("HTTPS_PROXY", &format!("http://me:hunter2@{address}"))]));
    let head = seen.join().unwrap().to_ascii_lowercase();
    assert!(head.contains("proxy-authorization: basic bwu6ahvudgvymg=="), "{head}");
    assert!(!head.contains("akid") && !head.contains("x-amz"), "{head}");
}

#[test]
fn an_exception_goes_past_the_proxy() {
    let scene = Scene::new();
    let server = scene.serve();
    let unreachable = [("HTTPS_PROXY", "http://127.0.0.1:1"), ("NO_PROXY", "localhost,127.0.0.0/8")];
    assert_fetched(&scene.fetch_with(&server.url(), &unreachable));
    let output =
        scene.fetch_with(&server.url(), &[("HTTPS_PROXY", "http://127.0.0.1:1"), ("SECRETFETCH_TIMEOUT", "1s")]);
    assert_eq!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_bundle_that_was_renewed_is_read_when_the_new_certificate_is_refused() {
    let scene = Scene::new();
    let directory = tempfile::tempdir().unwrap();
    let server = scene.serve();
    let address = server.address();
    let mut watch = Command::new(env!("CARGO_BIN_EXE_secretfetch"))
        .args(["watch", "--secret-id", "a", "--output", "a", "--interval", "1s", "--timeout", "2s"])
        .current_dir(directory.path())
        .env_clear()
        .env("AWS_ENDPOINT_URL", server.url())
        .env("AWS_CA_BUNDLE", scene.bundle.path())
        .env("AWS_REGION", "ca-central-1")
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "testing")
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let file = directory.path().join("a");
    let has = |text: &str| {
        let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while std::fs::read_to_string(&file).unwrap_or_default() != text && std::time::Instant::now() < end {
            thread::sleep(std::time::Duration::from_millis(20));
        }
        std::fs::read_to_string(&file).unwrap_or_default() == text
    };
    assert!(has("value of a"));
    // The server comes back with a certificate by another authority, which the bundle has from then on.
    drop(server);
    let renewed = CertificateAuthority::new();
    scene.store.put_text("a", "second value");
    let _server = FakeSecretsManager::bind_tls(address, &scene.store, &renewed.certificate(&NAMES)).unwrap();
    std::fs::write(scene.bundle.path(), renewed.pem()).unwrap();
    let followed = has("second value");
    watch.kill().unwrap();
    watch.wait().unwrap();
    assert!(followed, "the file keeps its old value");
}
