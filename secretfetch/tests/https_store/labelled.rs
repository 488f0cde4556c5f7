//! A store of bare bytes, for the suite of the contract.

use std::collections::BTreeSet;

use async_trait::async_trait;
use secretfetch::{Find, Result, Secret, SecretRequest, SecretStore, SecretValue, Stores};
use secretfetch_testkit::contract::SeedSecret;

/// What is stored is bytes, and to the store it is a text if it can be one. The suite has stored bytes that can: here it is told
/// that they were bytes.
#[derive(Debug)]
pub(crate) struct Labelled {
    stores: Stores,
    binary: BTreeSet<String>,
}

impl Labelled {
    /// `stores` hold these secrets.
    pub(crate) fn new<'a>(stores: Stores, secrets: impl Iterator<Item = &'a SeedSecret>) -> Self {
        let binary = secrets.filter(|secret| secret.current().is_binary()).map(|secret| secret.name.clone());
        Labelled { stores, binary: binary.collect() }
    }

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
