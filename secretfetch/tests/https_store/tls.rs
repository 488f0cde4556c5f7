//! TLS: the store's own authority, and certificates of the client's.

use secretfetch::ErrorKind;

use crate::scene::Scene;
use crate::server::{Authority, Server, header, ok};

const IDENTITY: &str = "clientCertificate: {certificate: {secretId: tls, key: certificate, store: 'file:secrets.json'}, privateKey: {secretId: tls, key: key, store: 'file:secrets.json'}}";

fn identity((certificate, key): &(String, String)) -> String {
    serde_json::json!({ "certificate": certificate, "key": key }).to_string()
}

#[tokio::test]
async fn a_server_is_trusted_by_the_stores_own_authority_alone() {
    let (authority, other) = (Authority::new("ours"), Authority::new("other"));
    let server = Server::start_tls(authority.server("localhost", None), |_, stream| _ = stream.write_all(&ok("a")));
    let scene = Scene::new();
    scene.write("ca.pem", &authority.pem);
    scene.write("other.pem", &other.pem);
    scene.write("empty.pem", "");
    let settings = |ca: &str| format!("url: '{}', caBundle: {ca}", server.url);
    assert_eq!(scene.fetch(&settings("ca.pem"), "x").await.unwrap().value.expose_text(), Some("a"));
    let untrusted = scene.fetch(&settings("other.pem"), "x").await.unwrap_err();
    assert_eq!(untrusted.kind(), ErrorKind::UntrustedCertificate);
    assert!(untrusted.hint().unwrap().contains("`caBundle` alone"), "{untrusted}");
    let untrusted = scene.fetch(&format!("url: '{}'", server.url), "x").await.unwrap_err();
    assert_eq!(untrusted.kind(), ErrorKind::UntrustedCertificate);
    assert!(untrusted.hint().unwrap().contains("`caBundle`"), "{untrusted}");
    for (file, words) in [("empty.pem", "no usable certificate"), ("absent.pem", "cannot be read")] {
        let error = scene.fetch(&settings(file), "x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("`caBundle` names") && error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_host_is_told() {
    let authority = Authority::new("ours");
    let server = Server::start_tls(authority.server("other.example", None), |_, stream| _ = stream.write_all(&ok("a")));
    let scene = Scene::new();
    scene.write("ca.pem", &authority.pem);
    let error = scene.fetch(&format!("url: '{}', caBundle: ca.pem", server.url), "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UntrustedCertificate);
    assert!(error.to_string().contains("another host name") && error.hint().unwrap().contains("`url`"), "{error}");
}

#[tokio::test]
async fn a_client_shows_its_certificate_where_one_is_wanted() {
    let (authority, clients) = (Authority::new("ours"), Authority::new("clients"));
    let server =
        Server::start_tls(authority.server("localhost", Some(&clients)), |_, stream| _ = stream.write_all(&ok("a")));
    let certified = clients.certificate("app");
    let scene = Scene::with_secrets(&[("tls", &identity(&certified)), ("token", "t0ken")]);
    scene.write("ca.pem", &authority.pem);
    let with_identity = format!(
        "url: '{}', caBundle: ca.pem, {IDENTITY}, bearer: {{secretId: token, store: 'file:secrets.json'}}",
        server.url
    );
    assert_eq!(scene.fetch(&with_identity, "x").await.unwrap().value.expose_text(), Some("a"));
    assert_eq!(header(&server.heads()[0], "authorization"), Some("Bearer t0ken"));

    let without = scene.fetch(&format!("url: '{}', caBundle: ca.pem", server.url), "x").await.unwrap_err();
    assert_eq!(without.kind(), ErrorKind::NoCredentials, "{without}");
    assert!(without.hint().unwrap().contains("`clientCertificate`"), "{without}");

    scene.set_secrets(&[("tls", &identity(&Authority::new("strangers").certificate("app"))), ("token", "t0ken")]);
    let unknown = scene.fetch(&with_identity, "x").await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::CredentialsRejected, "{unknown}");
    assert!(unknown.to_string().contains("secret `tls`, key `certificate`"), "{unknown}");
}

#[tokio::test]
async fn a_client_certificate_that_is_none_is_told_by_its_place_before_anything_is_asked() {
    let server = Server::start_tls(Authority::new("ours").server("localhost", None), |_, _| {});
    let clients = Authority::new("clients");
    let (certificate, key) = clients.certificate("app");
    let (_, other) = clients.certificate("app");
    for (certificate, key, words) in [
        ("hunter2".to_owned(), key.clone(), "key `certificate`, store"),
        (certificate.clone(), "hunter2".to_owned(), "has no private key in PEM"),
        (certificate.clone(), other, "does not belong to the certificate"),
    ] {
        let scene = Scene::with_secrets(&[("tls", &identity(&(certificate, key)))]);
        let error = scene.fetch(&format!("url: '{}', {IDENTITY}", server.url), "x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialsUnreadable);
        assert!(error.to_string().contains(words) && !error.to_string().contains("hunter2"), "{error}");
    }
    assert!(server.heads().is_empty());
}
