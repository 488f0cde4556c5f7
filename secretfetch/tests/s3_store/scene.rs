//! A store on a bucket, opened from a configuration.

use secretfetch::{
    Error, Find, LocalSecretStore, Result, S3StoreConfig, Secret, SecretRequest, SecretStore as _, Stores,
};
use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager};

pub(crate) const BUCKET: &str = "acme-config";

/// S3 with a bucket in eu-west-1; it believes no signature that is not true.
pub(crate) fn serving() -> (FakeSecretStore, FakeSecretsManager) {
    let fake = FakeSecretStore::new().in_region("eu-west-1");
    fake.create_bucket(BUCKET);
    let server = FakeSecretsManager::start(&fake);
    server.require_signatures();
    (fake, server)
}

pub(crate) fn config_at(url: impl Into<String>) -> S3StoreConfig {
    S3StoreConfig::new(BUCKET).with_endpoint_url(url)
}

pub(crate) fn open(config: S3StoreConfig) -> Stores {
    let name = || "bundles".parse().unwrap();
    Stores::new(name(), LocalSecretStore::from_json("{}").unwrap()).with_config(name(), config).unwrap()
}

pub(crate) fn open_at(url: impl Into<String>) -> Stores {
    open(config_at(url))
}

pub(crate) fn request(key: &str) -> SecretRequest {
    SecretRequest::new(key.parse().unwrap())
}

pub(crate) async fn fetch(store: &Stores, key: &str) -> Result<Secret> {
    store.fetch(&request(key)).await
}

pub(crate) async fn find(store: &Stores, prefix: &str) -> Result<Vec<Secret>> {
    store.find(&Find::by_prefix(prefix)).await
}

pub(crate) fn names(found: &[Secret]) -> Vec<&str> {
    found.iter().map(|secret| secret.name.as_str()).collect()
}

/// Kind, and whether it is worth another attempt; the message has every word.
#[track_caller]
pub(crate) fn told(error: &Error, words: &[&str]) -> (&'static str, bool) {
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "no {word:?} in: {text}");
    }
    (error.kind().name(), error.is_retryable())
}
