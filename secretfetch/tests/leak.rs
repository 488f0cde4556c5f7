//! No `Debug`, `Display` or serialized form of a public type shows a secret's content.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fmt::Debug;

use secretfetch::{
    Config, Entries, Error, Fetcher, Flattening, Format, LocalSecretStore, Nulls, Plan, Report, Secret, SecretStore,
    SecretValue, Selection,
};
use secretfetch_testkit::{FakeSecretStore, assert_no_secret_in};

const CANARY: &str = "canary-7Yq1wZ";

fn search(shown: impl Debug) {
    for text in [format!("{shown:?}"), format!("{shown:#?}")] {
        assert_no_secret_in(text, CANARY);
    }
}

fn search_error(error: &Error) {
    search(error);
    assert_no_secret_in(error.to_string(), CANARY);
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        assert_no_secret_in(format!("{error}{error:?}"), CANARY);
        cause = error.source();
    }
}

fn secrets() -> String {
    format!(
        r#"{{"object": {{"A": "{CANARY}", "N": [{{"B": "{CANARY}"}}]}}, "plain": "{CANARY}'\"", "cut": "{{\"A\": \"{CANARY}\""}}"#
    )
}

#[test]
fn values_secrets_and_entries_are_redacted() {
    search(SecretValue::from_text(CANARY.to_owned()));
    search(SecretValue::from_binary(CANARY.as_bytes().to_vec()));
    let value = SecretValue::from_text(format!(r#"{{"A":"{CANARY}"}}"#));
    search(Secret::new("object", value.clone()));
    let entries = Entries::from_secret(&value, &Selection::default(), &Flattening::Off).unwrap();
    search(&entries);
    let format = Format::parse("env", Some("docker")).unwrap();
    search((format, format.render(&entries, Nulls::Refuse).map(|output| format!("{output:?}"))));
}

#[test]
fn stores_plans_renderings_and_reports_are_redacted() {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalSecretStore::from_json(&secrets()).unwrap();
    search(&store);
    search(FakeSecretStore::from_local(&store).unwrap());
    let mut config = Config::from_text(
        "files: [{path: a, format: json, secretId: object}, {path: b, secretId: plain}]",
        "/etc".as_ref(),
    )
    .unwrap();
    config.directory = Some(directory.path().to_owned());
    search(&config);
    let plan = Plan::new(config).unwrap();
    search(&plan);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let request = "object".parse().map(secretfetch::SecretRequest::new).unwrap();
    search(runtime.block_on(store.fetch(&request)));
    let fetcher = Fetcher::new(store);
    let rendered = runtime.block_on(fetcher.render(&plan)).unwrap();
    search(&rendered);
    search_report(&rendered.report());
    #[cfg(feature = "files")]
    search_report(&runtime.block_on(fetcher.materialize(&plan)).unwrap());
}

fn search_report(report: &Report) {
    search(report);
    assert_no_secret_in(serde_json::to_string(report).unwrap(), CANARY);
}

#[test]
fn errors_show_no_value() {
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Typed {
        #[serde(rename = "A")]
        number: u32,
    }
    let fetcher = Fetcher::new(LocalSecretStore::from_json(&secrets()).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for id in ["object", "plain", "cut"] {
        search_error(&runtime.block_on(fetcher.fetch::<Typed>(id)).unwrap_err());
    }
    for (id, format) in [("plain", "env"), ("cut", "env"), ("plain", "yaml"), ("cut", "properties")] {
        let config = format!("files: [{{path: a, format: {format}, secretId: {id}}}]");
        let plan = Plan::new(Config::from_text(&config, "/etc".as_ref()).unwrap()).unwrap();
        search_error(&runtime.block_on(fetcher.render(&plan)).unwrap_err());
    }
    for text in
        [format!("[\"{CANARY}\"]"), format!("{{\"a\": {CANARY}}}"), format!("{{\"a\": \"{CANARY}\", \"a\": 1}}")]
    {
        search_error(&LocalSecretStore::from_json(&text).unwrap_err());
    }
}
