//! The environment of a plan: what a file has, without its path.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use secretfetch::{Config, Error, ErrorKind, Fetcher, LocalSecretStore, OnConflict, Plan, Rendered};

const SECRETS: &str = r#"{
    "team/db": {"username": "app", "password": "p\u00e4ss'\"$\n", "port": 5432, "options": {"ssl": true}},
    "team/url": "postgres://x",
    "team/blob": {"$binary": "//4B"},
    "team/base64": "//4B",
    "team/nul": "a\u0000b",
    "other": {"username": "else"}
}"#;

fn plan(text: &str) -> Result<Plan, Error> {
    Plan::new(Config::from_text(text, "".as_ref())?)
}

async fn render(text: &str) -> Result<Rendered, Error> {
    Fetcher::new(LocalSecretStore::from_json(SECRETS)?).render(&plan(text)?).await
}

/// The variables that a configuration's environment gives.
async fn variables(environment: &str) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let rendered = render(&format!("environment: {environment}")).await?;
    let pair =
        |variable: &secretfetch::EnvironmentVariable| (variable.name().to_owned(), variable.expose_value().to_vec());
    Ok(rendered.expose_environment().iter().map(pair).collect())
}

fn pairs<const N: usize>(pairs: [(&str, &[u8]); N]) -> Vec<(String, Vec<u8>)> {
    pairs.map(|(name, value)| (name.to_owned(), value.to_vec())).to_vec()
}

#[tokio::test]
async fn values_are_taken_exactly_from_every_kind_of_source() {
    let db = variables("{secretId: team/db, keyStyle: upper-snake, prefix: DB_}").await.unwrap();
    let expected: [(&str, &[u8]); 4] = [
        ("DB_USERNAME", b"app"),
        ("DB_PASSWORD", "p\u{e4}ss'\"$\n".as_bytes()),
        ("DB_PORT", b"5432"),
        ("DB_OPTIONS", br#"{"ssl":true}"#),
    ];
    assert_eq!(db, pairs(expected));
    let nested = variables("{secretId: team/db, keys: {SSL: options_ssl}, flatten: true}").await.unwrap();
    assert_eq!(nested, pairs([("SSL", b"true")]));
    let texts = variables("{from: [{secretId: team/url, as: URL}, {secretId: gone, as: GONE, optional: true}]}").await;
    assert_eq!(texts.unwrap(), pairs([("URL", b"postgres://x")]));
    let found = variables("{find: {prefix: team/}, keys: {URL: url}}").await.unwrap();
    assert_eq!(found, pairs([("URL", b"postgres://x")]));
}

#[tokio::test]
async fn bytes_that_are_no_text_are_taken_too_but_for_nul() {
    for source in ["{secretId: team/blob, as: KEY}", "{secretId: team/base64, as: KEY, decode: base64}"] {
        assert_eq!(variables(source).await.unwrap(), pairs([("KEY", &[0xff, 0xfe, 0x01])]), "{source}");
    }
    let error = variables("{secretId: team/nul, as: KEY}").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unrepresentable);
    assert!(error.to_string().contains("secret `team/nul`: key `KEY`: the value has a NUL"), "{error}");
}

#[tokio::test]
async fn an_environment_that_meets_itself_is_refused() {
    let text = "{from: [{secretId: team/db, keys: {USER: username}}, {secretId: other, keys: {USER: username}}]}";
    let error = variables(text).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unrepresentable);
    assert!(error.to_string().contains("the name `USER` is also written by secret `team/db`"), "{error}");
}

#[tokio::test]
async fn files_and_environment_share_requests_and_tell_all_their_failures() {
    let text = "files: [{path: a, secretId: team/url}, {path: b, secretId: gone}]\n\
                environment: {from: [{secretId: team/url, as: URL}, {secretId: gone2, as: X}], onConflict: keep}";
    let plan = plan(text).unwrap();
    assert_eq!(plan.requests().len(), 3);
    assert_eq!(plan.on_conflict(), Some(OnConflict::Keep));
    let told = render(text).await.unwrap_err().to_string();
    assert!(told.contains("`gone`") && told.contains("`gone2`"), "{told}");
}

#[tokio::test]
async fn the_report_has_names_and_sources_and_no_value() {
    let rendered = render("files: [{path: a, secretId: team/url}]\nenvironment: {secretId: team/db}").await.unwrap();
    let report = rendered.report();
    let environment = report.environment.as_ref().unwrap();
    assert_eq!(environment.variables, ["username", "password", "port", "options"]);
    assert_eq!(environment.sources[0].secret_id.as_str(), "team/db");
    let told = format!("{report:?} {rendered:?} {:?}", rendered.expose_environment());
    assert!(!told.contains("5432") && !told.contains("postgres"), "{told}");
    assert!(render("files: [{path: a, secretId: team/url}]").await.unwrap().report().environment.is_none());
}

#[test]
fn what_an_environment_cannot_say_is_a_mistake_of_the_configuration() {
    for (text, reason) in [
        ("region: eu-west-1", "no `files` and no `environment`"),
        ("environment: {secretId: a, key: b}", "`key` belongs to files of `format: raw`"),
        ("environment: {secretId: a, separator: _}", "`separator` needs `flatten: true`"),
        ("environment: {secretId: a, as: A, prefix: B}", "`as` names the whole secret"),
        ("environment: {secretId: a, onConflict: fail}", "`replace`, `keep`, `refuse`"),
        ("environment: {secretId: a, store: nowhere}", "nowhere"),
    ] {
        let error = plan(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{text}");
        assert!(error.to_string().contains(reason), "{text}: {error}");
    }
}
