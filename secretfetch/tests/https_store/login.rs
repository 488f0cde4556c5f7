//! Who asks: tokens, users and passwords from other stores, and what becomes of rotated ones.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secretfetch::{ErrorKind, Fetcher, Plan};

use crate::scene::Scene;
use crate::server::{Server, answer, header, ok};

const BEARER: &str = "bearer: {secretId: token, store: 'file:secrets.json'}";

/// Wants this value of `Authorization`, which can change.
fn guarded(wanted: &str) -> (Server, Arc<Mutex<String>>) {
    let wanted = Arc::new(Mutex::new(wanted.to_owned()));
    let now = wanted.clone();
    let server = Server::start(move |head, stream| {
        let answer = match header(head, "authorization") {
            Some(given) if given == *now.lock().unwrap() => ok("a"),
            _ => answer("401 Unauthorized", "www-authenticate: Bearer\r\n", "hunter2"),
        };
        let _ = stream.write_all(&answer);
    });
    (server, wanted)
}

#[tokio::test]
async fn a_token_comes_from_another_store_whole_or_by_its_key() {
    let (server, _) = guarded("Bearer t0ken");
    let scene = Scene::with_secrets(&[("token", "t0ken"), ("json", r#"{"a": {}, "token": "t0ken"}"#)]);
    for bearer in [BEARER, "bearer: {secretId: json, key: token, store: 'file:secrets.json'}"] {
        let secret = scene.fetch(&format!("url: '{}', {bearer}", server.url), "x").await.unwrap();
        assert_eq!(secret.value.expose_text(), Some("a"));
    }
}

#[tokio::test]
async fn a_user_and_a_password_come_from_other_stores_too() {
    // `app:p:ä`
    let (server, _) = guarded("Basic YXBwOnA6w6Q=");
    let scene = Scene::with_secrets(&[("login", r#"{"user": "app", "password": "p:ä"}"#)]);
    let password = "password: {secretId: login, key: password, store: 'file:secrets.json'}";
    for username in ["app", "{secretId: login, key: user, store: 'file:secrets.json'}"] {
        let settings = format!("url: '{}', basic: {{username: {username}, {password}}}", server.url);
        assert!(scene.fetch(&settings, "x").await.is_ok());
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_sent_is_refused_before_anything_is_asked() {
    let server = Server::always(ok("a"));
    for token in ["hunter2\n", "hunter2\r\nX-A: b", "", "hun\0ter2", "hunter2\u{e4}"] {
        let scene = Scene::with_secrets(&[("token", token)]);
        let error = scene.fetch(&format!("url: '{}', {BEARER}", server.url), "x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialsUnreadable, "{token:?}");
        let text = error.to_string();
        assert!(text.contains("`bearer` (secret `token`, store `file:") && !text.contains("ter2"), "{text}");
        assert!(!error.is_retryable());
    }
    for (user, words) in [("hunter2:x", "colon"), ("hunter2\n", "control character")] {
        let scene = Scene::with_secrets(&[("user", user), ("password", "p")]);
        let basic = "basic: {username: {secretId: user, store: 'file:secrets.json'}, password: {secretId: password, store: 'file:secrets.json'}}";
        let error = scene.fetch(&format!("url: '{}', {basic}", server.url), "x").await.unwrap_err();
        assert!(error.to_string().contains(words) && !error.to_string().contains("hunter2"), "{error}");
    }
    assert!(server.heads().is_empty());
}

#[tokio::test]
async fn secrets_that_are_not_there_are_told_both() {
    let scene = Scene::with_secrets(&[]);
    let basic = "basic: {username: {secretId: no-user, store: 'file:secrets.json'}, password: {secretId: no-password, store: 'file:secrets.json'}}";
    let error = scene.fetch(&format!("url: 'https://a.invalid', {basic}"), "x").await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("no-user") && text.contains("no-password"), "{text}");
}

#[tokio::test]
async fn a_refused_token_is_told_by_its_place() {
    let (server, _) = guarded("Bearer other");
    let scene = Scene::with_secrets(&[("token", "hunter2")]);
    let error = scene.fetch(&format!("url: '{}', {BEARER}", server.url), "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialsRejected);
    let text = error.to_string();
    assert!(text.contains("`bearer` (secret `token`, ") && !text.contains("hunter2"), "{text}");
    assert!(!error.is_retryable(), "it was fetched a moment ago");
    let error = Scene::new().fetch(&format!("url: '{}'", server.url), "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoCredentials);
    assert!(error.hint().unwrap().contains("`bearer`"), "{error}");
}

#[tokio::test]
async fn a_rotated_token_is_fetched_again() {
    let (server, wanted) = guarded("Bearer old");
    let scene = Scene::with_secrets(&[("token", "old")]);
    let plan = Plan::new(scene.config(&format!("url: '{}', {BEARER}", server.url)).unwrap()).unwrap();
    let fetcher = Fetcher::open(&plan).await.unwrap();
    assert!(fetcher.fetch_secret("x").await.is_ok());
    tokio::time::sleep(Duration::from_millis(600)).await;
    *wanted.lock().unwrap() = "Bearer new".to_owned();
    scene.set_secrets(&[("token", "new")]);
    // In the same call, by its next attempt.
    assert!(fetcher.fetch_secret("x").await.is_ok());
    let sent: Vec<String> =
        server.heads().iter().map(|head| header(head, "authorization").unwrap().to_owned()).collect();
    assert_eq!(sent, ["Bearer old", "Bearer old", "Bearer new"]);
}

#[tokio::test]
async fn a_token_that_stays_wrong_is_asked_about_once_more_and_then_told() {
    let (server, wanted) = guarded("Bearer old");
    let scene = Scene::with_secrets(&[("token", "old")]);
    let plan = Plan::new(scene.config(&format!("url: '{}', {BEARER}", server.url)).unwrap()).unwrap();
    let fetcher = Fetcher::open(&plan).await.unwrap();
    assert!(fetcher.fetch_secret("x").await.is_ok());
    tokio::time::sleep(Duration::from_millis(600)).await;
    *wanted.lock().unwrap() = "Bearer new".to_owned();
    let error = fetcher.fetch_secret("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialsRejected);
    assert_eq!(server.heads().len(), 3);
    // The right one is there at the next round.
    scene.set_secrets(&[("token", "new")]);
    assert!(fetcher.fetch_secret("x").await.is_ok());
}
