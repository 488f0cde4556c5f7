//! The binary against Secrets Manager over TLS: which certificates it takes, and what it says of the others.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use secretfetch_testkit::{CertificateAuthority, FakeSecretStore, FakeSecretsManager, Fault, KeyExchange};

use crate::scene::{Invocation, Outcome, Scene, wait_for};

const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// Beside a server with one secret `a` and a certificate by an authority, and with the bundle that makes it known.
fn scene() -> (Scene, CertificateAuthority) {
    let authority = CertificateAuthority::new();
    let store = FakeSecretStore::new().in_region("ca-central-1");
    store.create_text("a", "value of a");
    let scene = Scene::serving(FakeSecretsManager::start_tls(&store, &authority.certificate(&NAMES)));
    (scene.with_file("ca.pem", authority.pem()).with_variables([("AWS_CA_BUNDLE", "ca.pem")]), authority)
}

fn command(scene: &Scene) -> Invocation {
    scene.command(&["fetch", "--secret-id", "a", "--output", "-"])
}

fn fetch_from(scene: &Scene, url: &str) -> Outcome {
    command(scene).variable("AWS_ENDPOINT_URL", url).run()
}

#[track_caller]
fn assert_fetched(output: &Outcome) {
    assert_eq!(output.stdout, b"value of a", "{}", output.stderr());
}

#[test]
fn a_certificate_by_a_known_authority_is_taken_for_each_of_its_names() {
    let (scene, _) = scene();
    let server = scene.server();
    assert_fetched(&command(&scene).run());
    assert_fetched(&fetch_from(&scene, &format!("https://localhost:{}", server.address().port())));
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_key_is_agreed_on_that_stays_secret_from_a_quantum_computer() {
    let (scene, _) = scene();
    let server = scene.server();
    assert_fetched(&command(&scene).run());
    assert_eq!(server.key_exchanges(), [KeyExchange::X25519MlKem768]);
}

#[test]
fn a_server_that_knows_one_key_exchange_only_is_understood() {
    let (scene, authority) = scene();
    for only in [KeyExchange::X25519MlKem768, KeyExchange::X25519, KeyExchange::P256, KeyExchange::P384] {
        let certificate = authority.certificate(&NAMES).with_only(only);
        let server = FakeSecretsManager::start_tls(scene.store(), &certificate);
        assert_fetched(&fetch_from(&scene, &server.url()));
        assert_eq!(server.key_exchanges(), [only]);
        assert_eq!(server.connections(), 1, "{only:?}");
    }
}

#[test]
fn the_authority_is_found_among_others_and_beside_what_is_no_certificate() {
    let (scene, authority) = scene();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let others: String = (0..3).map(|_| CertificateAuthority::new().pem().to_owned()).collect();
    let bundle = format!("# comment\n{others}{broken}{}{others}", authority.pem());
    scene.write("ca.pem", bundle);
    assert_fetched(&command(&scene).run());
}

#[test]
fn a_certificate_that_cannot_be_trusted_ends_the_run_at_once_and_says_why() {
    let (scene, authority) = scene();
    let stranger = CertificateAuthority::new();
    for (certificate, reason) in [
        (stranger.certificate(&NAMES), "unknown authority"),
        (authority.certificate(&["example.com"]), "another host name"),
        (authority.expired_certificate(&NAMES), "expired"),
    ] {
        let server = FakeSecretsManager::start_tls(scene.store(), &certificate);
        let output = fetch_from(&scene, &server.url());
        output.assert_fails(2, &["certificate", reason]);
        assert_eq!((server.connections(), server.requests().len()), (1, 0), "{reason}");
    }
}

#[test]
fn faults_play_over_tls_as_they_do_without() {
    let (scene, _) = scene();
    for fault in [Fault::reset(), Fault::truncated_body(), Fault::unavailable()] {
        scene.store().inject(fault.once());
    }
    let output = command(&scene).run();
    assert_fetched(&output);
    let stderr = output.stderr();
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
    let (scene, _) = scene();
    let url = format!("https://localhost:{}", scene.server().address().port());
    let (address, seen) = proxy();
    assert_fetched(
        &command(&scene)
            .variable("AWS_ENDPOINT_URL", url)
            .variable("HTTPS_PROXY", format!("http://me:hunter2@{address}"))
            .run(),
    );
    let head = seen.join().unwrap().to_ascii_lowercase();
    assert!(head.contains("proxy-authorization: basic bwu6ahvudgvymg=="), "{head}");
    assert!(!head.contains("akid") && !head.contains("x-amz"), "{head}");
}

#[test]
fn an_exception_goes_past_the_proxy() {
    let (scene, _) = scene();
    let unreachable = [("HTTPS_PROXY", "http://127.0.0.1:1"), ("NO_PROXY", "localhost,127.0.0.0/8")];
    assert_fetched(&command(&scene).variables(unreachable).run());
    let output = command(&scene).variable("HTTPS_PROXY", "http://127.0.0.1:1").timeout(1).run();
    assert_eq!(output.code(), 5, "{}", output.stderr());
}

#[test]
fn a_bundle_that_was_renewed_is_read_when_the_new_certificate_is_refused() {
    let (scene, authority) = scene();
    let server = FakeSecretsManager::start_tls(scene.store(), &authority.certificate(&NAMES));
    let address = server.address();
    let _watch = scene
        .command(&["watch", "--secret-id", "a", "--output", "a", "--interval", "1s", "--timeout", "2s"])
        .variable("AWS_ENDPOINT_URL", server.url())
        .start();
    let has = |text: &str| std::fs::read_to_string(scene.path("a")).is_ok_and(|found| found == text);
    wait_for("the first value", || has("value of a"));
    // The server comes back with a certificate by another authority, which the bundle has from then on.
    drop(server);
    let renewed = CertificateAuthority::new();
    scene.store().put_text("a", "second value");
    let _server = FakeSecretsManager::bind_tls(address, scene.store(), &renewed.certificate(&NAMES)).unwrap();
    scene.write("ca.pem", renewed.pem());
    wait_for("the second value", || has("second value"));
}
