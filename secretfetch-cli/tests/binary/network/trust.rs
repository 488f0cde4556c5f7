//! Certificates that are not trusted, wherever the connection goes: told at once, and never asked again.

use secretfetch_testkit::{CertificateAuthority, FakeSecretsManager};

use crate::network::fetch::{bare, fetch, fetch_all, scene};
use crate::scene::{Outcome, Scene};

const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

fn serve(scene: &Scene, authority: &CertificateAuthority) -> FakeSecretsManager {
    FakeSecretsManager::start_tls(scene.store(), &authority.certificate(&NAMES))
}

#[track_caller]
fn assert_untrusted(run: &Outcome, server: &FakeSecretsManager, words: &[&str]) {
    run.assert_reports(2, "untrustedCertificate", words);
    assert_eq!((server.connections(), run.waits()), (1, 0), "{}", run.stderr());
}

#[test]
fn an_authority_is_made_known_by_either_variable() {
    let (scene, authority) = (scene(), CertificateAuthority::new());
    let server = serve(&scene, &authority);
    let bundle = scene.write("ca.pem", authority.pem());
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let fetch = fetch(&scene).variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", server.url());
        fetch.variable(variable, &bundle).run().assert_done();
    }
}

#[test]
fn secrets_manager_with_an_unknown_certificate_is_told_for_every_secret() {
    let scene = scene();
    let server = serve(&scene, &CertificateAuthority::new());
    let sources: Vec<String> = (0..20).map(|n| format!("secretId: s{n}")).collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let run = fetch_all(&scene, &sources).variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", server.url()).run();
    assert_eq!((run.code(), run.failures().len()), (2, 20), "{}", run.stderr());
    assert!(run.failures().iter().all(|failure| failure["kind"] == "untrustedCertificate"), "{}", run.report());
    // One batch, one attempt.
    assert_eq!((server.connections(), run.waits()), (1, 0), "{}", run.stderr());
}

#[test]
fn sts_and_an_agent_with_an_unknown_certificate_are_told_apart_from_absent_ones() {
    let scene = scene();
    let server = serve(&scene, &CertificateAuthority::new());
    let address = server.address().to_string();
    let token = scene.write("token", "a.b.c");
    let run = bare(&scene)
        .variable("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app")
        .variable("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
        .variable("AWS_ENDPOINT_URL_STS", server.url())
        .run();
    assert_untrusted(&run, &server, &["no credentials", &address, "unknown authority", "AWS_CA_BUNDLE"]);

    let server = serve(&scene, &CertificateAuthority::new());
    let run = bare(&scene).variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.pod_identity_url()).run();
    assert_untrusted(&run, &server, &["no credentials", "unknown authority", "AWS_CA_BUNDLE"]);
}
