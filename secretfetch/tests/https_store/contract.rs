//! The contract of every store.

use std::collections::BTreeMap;

use secretfetch::{HttpsStoreConfig, LocalSecretStore, Stores};
use secretfetch_testkit::contract::{self, Prepared, Rule, SeedSecret, Subject};

use crate::labelled::Labelled;
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
        Prepared::new(Labelled::new(stores, seeds())).keeping(server)
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
