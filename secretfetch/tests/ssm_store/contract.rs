//! The contract of every store.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use async_trait::async_trait;
use secretfetch::{Find, Result, Secret, SecretRequest, SecretStore, SecretValue, Stores};
use secretfetch_testkit::contract::{self, Prepared, Rule, SeedSecret, Subject};

use crate::apart::apart;
use crate::scene::open_at;
use crate::scripted::{Server, answer};

/// A server that takes names and lengths which Parameter Store refuses, for the suite has such.
struct Parameters;

impl Subject for Parameters {
    type Store = Texts;

    async fn prepare(&self, secrets: &[SeedSecret]) -> Prepared<Texts> {
        let seeds = || secrets.iter().filter(|secret| !secret.scheduled_for_deletion);
        let texts: BTreeMap<String, String> =
            seeds().map(|seed| (seed.name.clone(), text_of(seed.current()))).collect();
        let server = Server::start(move |_, _, body, stream| {
            let input: serde_json::Value = serde_json::from_str(body).unwrap();
            let names = input["Names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
            let (found, invalid): (Vec<&str>, Vec<&str>) = names.partition(|name| texts.contains_key(*name));
            let entry = |name: &&str| serde_json::json!({"Name": name, "Value": texts[*name], "Version": 1});
            let found: Vec<_> = found.iter().map(entry).collect();
            let output = serde_json::json!({"InvalidParameters": invalid, "Parameters": found});
            let _ = stream.write_all(&answer("200 OK", "", output.to_string()));
        });
        let binary = seeds().filter(|seed| seed.current().is_binary()).map(|seed| seed.name.clone()).collect();
        Prepared::new(Texts { stores: open_at(&server.url), binary }).keeping(server)
    }
}

/// A parameter is a text: bytes are kept in it one a character, and here they are bytes again.
#[derive(Debug)]
struct Texts {
    stores: Stores,
    binary: BTreeSet<String>,
}

fn text_of(value: &SecretValue) -> String {
    match value.expose_text() {
        Some(text) if !value.is_binary() => text.to_owned(),
        _ => value.expose_bytes().iter().copied().map(char::from).collect(),
    }
}

impl Texts {
    fn read(&self, mut secret: Secret) -> Secret {
        if self.binary.contains(&secret.name) {
            let text = secret.value.expose_text().unwrap();
            let bytes = text.chars().map(|c| u8::try_from(c).unwrap()).collect();
            secret.value = SecretValue::from_binary(bytes);
        }
        secret
    }
}

#[async_trait]
impl SecretStore for Texts {
    fn check(&self, request: &SecretRequest) -> Result<()> {
        self.stores.check(request)
    }

    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        self.stores.fetch(request).await.map(|secret| self.read(secret))
    }

    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        let answers = self.stores.fetch_many(requests).await.into_iter();
        answers.map(|answer| answer.map(|secret| self.read(secret))).collect()
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        self.stores.find(find).await
    }
}

#[test]
fn the_store_keeps_the_contract() {
    apart(async |_| {
        let report = contract::run(&Parameters).await;
        // What is left out takes a fake with faults behind it, ARNs, versions, or a search by other prefixes than paths:
        // the other files have these.
        assert!(report.not_applicable().iter().all(|part| part.rule != Rule::Exactness), "{report:?}");
    });
}
