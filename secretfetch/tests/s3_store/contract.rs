//! The contract of every store.

use std::collections::BTreeSet;

use async_trait::async_trait;
use secretfetch::{Find, Result, Secret, SecretRequest, SecretStore, SecretValue, Stores};
use secretfetch_testkit::contract::{self, Prepared, Rule, SeedSecret, Subject};

use crate::apart::apart;
use crate::scene::{BUCKET, open_at, serving};

struct S3;

impl Subject for S3 {
    type Store = Labelled;

    async fn prepare(&self, secrets: &[SeedSecret]) -> Prepared<Labelled> {
        let (fake, server) = serving();
        let seeds = || secrets.iter().filter(|secret| !secret.scheduled_for_deletion);
        for seed in seeds() {
            fake.put_object(BUCKET, &seed.name, seed.current().expose_bytes());
        }
        let binary = seeds().filter(|seed| seed.current().is_binary()).map(|seed| seed.name.clone()).collect();
        Prepared::new(Labelled { stores: open_at(server.url()), binary }).with_faults_of(&fake).keeping(server)
    }
}

/// An object is bytes, and to the store it is a text if it can be one. The suite has stored bytes that can: here it is told
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

#[test]
fn the_store_keeps_the_contract() {
    apart(async |_| {
        let report = contract::run(&S3).await;
        // Objects have no ARNs and no stages, and are deleted at once; `objects` has their versions.
        let left_out: Vec<Rule> = report.not_applicable().iter().map(|part| part.rule).collect();
        assert_eq!(left_out, [Rule::Identity, Rule::Version, Rule::NotFound], "{report:?}");
    });
}
