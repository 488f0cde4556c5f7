//! The contract of every store.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use secretfetch::{
    Find, HttpsStoreConfig, LocalSecretStore, Result, Secret, SecretRequest, SecretStore, SecretValue, Stores,
};
use secretfetch_testkit::contract::{self, Prepared, Rule, SeedSecret, Subject};

use crate::server::{Server, answer, header, path};

/// A server that has the secrets, each with a tag of its own or without any.
struct Web {
    has_tags: bool,
}

impl Subject for Web {
    type Store = Labelled;

    async fn prepare(&self, secrets: &[SeedSecret]) -> Prepared<Labelled> {
        let seeds = || secrets.iter().filter(|secret| !secret.scheduled_for_deletion);
        let files: BTreeMap<String, Vec<u8>> =
            seeds().map(|secret| (secret.name.clone(), secret.current().expose_bytes().to_vec())).collect();
        let has_tags = self.has_tags;
        let server = Server::start(move |head, stream| {
            let name = path(head).trim_start_matches('/');
            let tag = format!("\"{name}\"");
            let answer = match files.get(name) {
                None => answer("404 Not Found", "", ""),
                Some(_) if header(head, "if-none-match") == Some(&tag) => "HTTP/1.1 304 Not Modified\r\n\r\n".into(),
                Some(content) if has_tags => answer("200 OK", &format!("etag: {tag}\r\n"), content),
                Some(content) => answer("200 OK", "", content),
            };
            let _ = stream.write_all(&answer);
        });
        let config = HttpsStoreConfig::new(server.url.parse().unwrap());
        let name = || "web".parse().unwrap();
        let none = LocalSecretStore::from_json("{}").unwrap();
        let stores = Stores::new(name(), none).with_config(name(), config).unwrap();
        let binary = seeds().filter(|secret| secret.current().is_binary()).map(|secret| secret.name.clone()).collect();
        Prepared::new(Labelled { stores, binary }).keeping(server)
    }
}

/// A body is bytes, and to the store it is a text if it can be one. The suite has stored bytes that can: here it is told
/// that they were bytes.
#[derive(Debug)]
struct Labelled {
    stores: Stores,
    binary: BTreeSet<String>,
}

impl Labelled {
    fn label(&self, mut secret: Secret) -> Secret {
        if self.binary.contains(&secret.name) {
            secret.value = SecretValue::from_binary(secret.value.expose_bytes().to_vec());
        }
        secret
    }
}

#[async_trait]
impl SecretStore for Labelled {
    fn check(&self, request: &SecretRequest) -> Result<()> {
        self.stores.check(request)
    }

    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        self.stores.fetch(request).await.map(|secret| self.label(secret))
    }

    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        let answers = self.stores.fetch_many(requests).await.into_iter();
        answers.map(|answer| answer.map(|secret| self.label(secret))).collect()
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        self.stores.find(find).await
    }
}

#[tokio::test]
async fn the_store_keeps_the_contract() {
    for has_tags in [false, true] {
        let report = contract::run(&Web { has_tags }).await;
        // What is left out takes a fake with faults behind it, ARNs, versions or search: `answers` and `login` have the
        // faults of this store.
        assert!(report.not_applicable().iter().all(|part| part.rule != Rule::Exactness), "{report:?}");
    }
}
