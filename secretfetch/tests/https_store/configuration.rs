//! What a configuration may say of such a store, and what is told of the rest before anything is asked.

use secretfetch::{Config, ErrorKind, HttpsStoreConfig, LocalSecretStore, Plan, SecretKeyRef, SecretRequest, Stores};

use crate::scene::Scene;

/// Everything that is wrong with a store of these settings.
fn mistakes(settings: &str) -> Vec<String> {
    let error = Scene::new().config(settings).and_then(Plan::new).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    error.failures().iter().map(ToString::to_string).collect()
}

#[test]
fn text_and_rust_say_the_same() {
    let secret = |id: &str| SecretKeyRef::new(SecretRequest::new(id.parse().unwrap()).with_store("s".parse().unwrap()));
    let scene = Scene::new();
    let url = "url: 'https://a.example/x/', headers: {Accept: a/b, X-C: 1}, maxBytes: 100, caBundle: ca.pem";
    let text = format!(
        "{url}, bearer: {{secretId: t, store: s, key: k}}, clientCertificate: {{certificate: {{secretId: c, store: s}}, privateKey: {{secretId: p, store: s}}}}"
    );
    let rust = HttpsStoreConfig::new("https://a.example/x/".parse().unwrap())
        .with_header("Accept", "a/b")
        .and_then(|config| config.with_header("X-C", "1"))
        .unwrap()
        .with_max_bytes(100)
        .with_ca_bundle(scene.path().join("ca.pem"));
    let with_token =
        rust.clone().with_bearer(secret("t").with_key("k")).with_client_certificate(secret("c"), secret("p"));
    let read = |text: &str| scene.config(text).unwrap().default_store::<HttpsStoreConfig>();
    assert_eq!(read(&text), Some(with_token.clone()));
    assert_eq!(
        secretfetch::StoreConfig::secrets(&with_token),
        [&secret("t").with_key("k"), &secret("c"), &secret("p")]
    );
    let text = format!("{url}, basic: {{username: {{secretId: u, store: s}}, password: {{secretId: p, store: s}}}}");
    assert_eq!(read(&text), Some(rust.clone().with_basic(secret("u"), secret("p"))));
    let text = format!("{url}, basic: {{username: u, password: {{secretId: p, store: s}}}}");
    assert_eq!(read(&text), Some(rust.with_basic("u", secret("p"))));
}

#[test]
fn what_is_wrong_is_told_on_its_line_and_all_at_once() {
    let text = "
stores:
  web:
    https:
      url: http://app:hunter2@a.example/
      headers:
        Authorization: hunter2
        X A: b
        Host: c
      bearer: {secretId: t, stroe: x}
      basic:
        username: 'hunter2:x'
        pasword: {secretId: p}
      clientCertificate: {certificate: {secretId: c}}
      maxBytes: 16777217
      caBundel: x
store: web
files: [{path: f, secretId: x}]
";
    let error = Config::from_text(text, "/base".as_ref()).and_then(Plan::new).unwrap_err();
    let told = error.to_string();
    for words in [
        "line 5: `url`: there is a user name or password in the URL",
        "line 7: `headers`: `Authorization` holds a secret; name the secret in `bearer` or `basic`",
        "line 8: `headers`: `X A` is not the name of a header",
        "line 9: `headers`: `Host` is written by the store itself",
        "line 10: `bearer` has no field `stroe`; did you mean `store`?",
        "line 12: `username` has a colon in it",
        "line 13: `basic` has no field `pasword`; did you mean `password`?",
        "`basic` needs a `password`",
        "`clientCertificate` needs a `privateKey`",
        "line 15: `maxBytes` is from 1 to 16777216 (16 MiB)",
        "line 16: ",
    ] {
        assert!(told.contains(words), "{words}\n{told}");
    }
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn settings_that_do_not_go_together_are_told() {
    for (settings, words) in [
        ("headers: {}", "needs a `url`"),
        ("url: 'https://a.example/x?y'", "`?`"),
        ("url: 'http://a.example/'", "not encrypted"),
        ("url: 'http://localhost/', caBundle: x", "`caBundle` is for `https`"),
        (
            "url: 'http://localhost/', clientCertificate: {certificate: {secretId: a, store: 'file:x'}, privateKey: {secretId: b, store: 'file:x'}}",
            "`clientCertificate` is for `https`",
        ),
        (
            "url: 'https://a.example', bearer: {secretId: a, store: 'file:x'}, basic: {username: a, password: {secretId: b, store: 'file:x'}}",
            "keep one",
        ),
        ("url: 'https://a.example', headers: {accept: a, Accept: b}", "twice"),
        ("url: 'https://a.example', headers: [a]", "`headers` is a map"),
        ("url: 'https://a.example', bearer: hunter2", "`bearer` is a map"),
        ("url: 'https://a.example', maxBytes: 0", "`maxBytes` is from 1"),
        ("url: 'https://a.example', maxBytes: x", "`maxBytes`"),
        ("url: 'https://a.example', region: eu-west-1", "has no field `region`"),
        // Its own token: a circle.
        ("url: 'https://a.example', bearer: {secretId: a}", "stores need each other's secrets"),
    ] {
        let told = mistakes(settings);
        assert!(told[0].contains(words), "{words}: {told:?}");
        assert!(told.iter().all(|told| !told.contains("hunter2")), "{told:?}");
    }
}

#[test]
fn ids_are_checked_with_the_plan() {
    for (fields, words) in [
        ("secretId: ../x", "leads out of the store's `url`"),
        ("secretId: 'https://b.example/x'", "is a whole URL"),
        ("secretId: //b.example/x", "another host"),
        ("secretId: 'x#y'", "`%23`"),
        ("secretId: x, versionStage: AWSPREVIOUS", "`versionStage`"),
        ("secretId: x, region: eu-west-1", "`region`"),
    ] {
        let text = format!(
            "stores: {{web: {{https: {{url: 'https://a.example'}}}}}}\nstore: web\nfiles: [{{path: f, {fields}}}]"
        );
        let error = Config::from_text(&text, "/base".as_ref()).and_then(Plan::new).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("line 3: ") && error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn no_secret_is_shown_by_debug() {
    let scene = Scene::with_secrets(&[("token", "hunter2")]);
    let settings = "url: 'https://a.invalid', bearer: {secretId: token, store: 'file:secrets.json'}";
    let fetcher = scene.fetcher(settings).await.unwrap();
    let _ = fetcher.fetch_secret("x").await;
    let shown = format!("{fetcher:?} {:?}", scene.config(settings).unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_store_that_needs_itself_is_refused_in_rust_too() {
    let needing = |store: &str| {
        let request = SecretRequest::new("token".parse().unwrap()).with_store(store.parse().unwrap());
        HttpsStoreConfig::new("https://a.example".parse().unwrap()).with_bearer(SecretKeyRef::new(request))
    };
    let stores = || Stores::new("main".parse().unwrap(), LocalSecretStore::from_json("{}").unwrap());
    assert!(stores().with_config("a".parse().unwrap(), needing("a")).is_err());
    let one = stores().with_config("a".parse().unwrap(), needing("b")).unwrap();
    let two = one.with_config("b".parse().unwrap(), needing("c")).unwrap();
    let error = two.with_config("c".parse().unwrap(), needing("a")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("`c`"), "{error}");
}
