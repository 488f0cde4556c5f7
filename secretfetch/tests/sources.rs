//! What a source says of its secret beside the names: how it is encoded, and what it must be.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::path::Path;

use secretfetch::{
    Config, Encoding, ErrorKind, Fetcher, FileConfig, Format, Plan, Result, RetryPolicy, SecretDigest, SecretValue,
    SourceConfig,
};
use secretfetch_testkit::FakeSecretStore;

fn plan(text: &str) -> Plan {
    Plan::new(Config::from_text(text, Path::new("/base")).unwrap()).unwrap()
}

fn mistakes(text: &str) -> Vec<String> {
    let error = Config::from_text(text, Path::new("/base")).and_then(Plan::new).unwrap_err();
    assert!(error.failures().iter().all(|failure| failure.kind() == ErrorKind::Config), "{error}");
    error.failures().iter().map(ToString::to_string).collect()
}

/// The files of a plan.
async fn rendered(store: &FakeSecretStore, text: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let fetcher = Fetcher::new(store.clone()).with_retry(RetryPolicy::never());
    let rendered = fetcher.render(&plan(text)).await?;
    let file = |(path, bytes): (&Path, Option<&[u8]>)| (path.display().to_string(), bytes.unwrap().to_vec());
    Ok(rendered.expose_files().map(file).collect())
}

async fn only_file(store: &FakeSecretStore, text: &str) -> Vec<u8> {
    rendered(store, text).await.unwrap().pop().unwrap().1
}

fn digest_of(text: &str) -> SecretDigest {
    SecretDigest::of(&SecretValue::from_text(text.to_owned()))
}

#[tokio::test]
async fn a_whole_secret_is_decoded_before_it_is_parsed() {
    let store = FakeSecretStore::new();
    // {"user":"app"}
    store.create_text("db", "eyJ1c2VyIjoiYXBwIn0=");
    let file = only_file(&store, "files: [{path: a, format: properties, secretId: db, decode: base64}]").await;
    assert_eq!(file, b"user=app\n");
    let file = only_file(&store, "files: [{path: a, secretId: db, decode: base64}]").await;
    assert_eq!(file, br#"{"user":"app"}"#);
    let file = only_file(&store, "files: [{path: a, format: json, secretId: db, decode: base64, as: whole}]").await;
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&file).unwrap()["whole"], r#"{"user":"app"}"#);
}

#[tokio::test]
async fn with_a_key_its_value_is_decoded() {
    let store = FakeSecretStore::new();
    store.create_json("tls", serde_json::json!({"der": "MAD/", "digits": 10, "none": null, "list": []}));
    let file = only_file(&store, "files: [{path: a, secretId: tls, key: der, decode: base64}]").await;
    assert_eq!(file, [0x30, 0, 0xff]);
    let file = only_file(&store, "files: [{path: a, secretId: tls, key: digits, decode: hex}]").await;
    assert_eq!(file, [0x10]);
    let file = only_file(&store, "files: [{path: a, secretId: tls, key: none, decode: hex, nulls: empty}]").await;
    assert_eq!(file, b"");
    for (key, kind) in [("none", ErrorKind::Unrepresentable), ("list", ErrorKind::WrongShape)] {
        let text = format!("files: [{{path: a, secretId: tls, key: {key}, decode: hex}}]");
        let error = rendered(&store, &text).await.unwrap_err();
        assert_eq!((error.kind(), error.key()), (kind, Some(key)));
    }
    let error = rendered(&store, "files: [{path: a, secretId: tls, key: der, decode: hex}]").await.unwrap_err();
    let expected = "file `a`: secret `tls`: key `der`: the text is not hex: byte 1 does not fit; hex has two \
                    digits for each byte, and nothing between them";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn decoded_bytes_that_are_no_text_are_written_raw_alone() {
    let store = FakeSecretStore::new();
    store.create_text("key", "AP8=\n");
    let file = only_file(&store, "files: [{path: a, secretId: key, decode: base64}]").await;
    assert_eq!(file, [0, 0xff]);
    let error = rendered(&store, "files: [{path: a, format: env, secretId: key, decode: base64, as: KEY}]").await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongShape);
    assert!(error.to_string().contains("not UTF-8 text (byte 2)"), "{error}");
}

#[tokio::test]
async fn a_binary_secret_is_not_decoded() {
    let store = FakeSecretStore::new();
    store.create_binary("key", *b"00ff");
    let error = rendered(&store, "files: [{path: a, secretId: key, decode: hex}]").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongShape);
    assert!(error.to_string().contains("the content is binary, where `decode: hex` needs a text"), "{error}");
}

#[tokio::test]
async fn a_pinned_secret_is_that_very_content_or_a_failure_with_both_digests() {
    let store = FakeSecretStore::new();
    store.create_text("key", "AP8=");
    let pinned = format!("files: [{{path: a, secretId: key, decode: base64, sha256: {}}}]", digest_of("AP8="));
    assert_eq!(only_file(&store, &pinned).await, [0, 0xff], "the bytes as they are stored are pinned, not the decoded");
    store.put_text("key", "AP8=\n");
    let error = rendered(&store, &pinned).await.unwrap_err();
    assert_eq!((error.kind(), error.secret_id().unwrap().as_str()), (ErrorKind::DigestMismatch, "key"));
    for digest in [digest_of("AP8="), digest_of("AP8=\n")] {
        assert!(error.to_string().contains(&digest.to_string()), "{error}");
    }
    // Before all else: the content is no base64 either.
    store.put_text("key", "something else");
    assert_eq!(rendered(&store, &pinned).await.unwrap_err().kind(), ErrorKind::DigestMismatch);
}

#[tokio::test]
async fn an_optional_secret_that_is_there_must_be_the_pinned_one() {
    let store = FakeSecretStore::new();
    let text = format!("files: [{{path: a, secretId: key, optional: true, sha256: {}}}]", digest_of("x"));
    let fetcher = Fetcher::new(store.clone()).with_retry(RetryPolicy::never());
    assert_eq!(fetcher.render(&plan(&text)).await.unwrap().expose_files().next().unwrap().1, None);
    store.create_text("key", "y");
    assert_eq!(fetcher.render(&plan(&text)).await.unwrap_err().kind(), ErrorKind::DigestMismatch);
}

#[test]
fn what_is_no_digest_and_no_encoding_is_told_with_its_line() {
    let told = mistakes("files:\n  - path: a\n    secretId: b\n    decode: base46\n    sha256: abc\n");
    assert_eq!(told[0], "line 4: `decode`: `base46` is not an encoding (`base64`, `base64url`, `hex`)");
    assert_eq!(told[1], "line 5: `sha256`: a SHA-256 digest has 64 hexadecimal digits, as `sha256sum` prints them");
}

#[test]
fn a_conversion_without_a_plan_pins_and_decodes_as_well() {
    let source = SourceConfig::new("key".parse().unwrap()).with_decode(Encoding::Hex).with_sha256(digest_of("4142"));
    let file = FileConfig::new("key", source).with_format(Format::raw());
    let converted = file.convert(&SecretValue::from_text("4142".to_owned())).unwrap();
    assert_eq!(converted.expose_files().next(), Some((None, &b"AB"[..])));
    let error = file.convert(&SecretValue::from_text("4143".to_owned())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DigestMismatch);
}
