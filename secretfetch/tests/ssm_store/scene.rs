//! A store on Parameter Store, opened from a configuration.

use secretfetch::{
    Error, Find, LocalSecretStore, Result, Secret, SecretRequest, SecretStore as _, SsmStoreConfig, Stores,
};
use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager};

/// Parameter Store in eu-west-1, which believes no signature that is not true.
pub(crate) fn serving() -> (FakeSecretStore, FakeSecretsManager) {
    let fake = FakeSecretStore::new().in_region("eu-west-1");
    let server = FakeSecretsManager::start(&fake);
    server.require_signatures();
    (fake, server)
}

pub(crate) fn open(config: SsmStoreConfig) -> Stores {
    let name = || "settings".parse().unwrap();
    Stores::new(name(), LocalSecretStore::from_json("{}").unwrap()).with_config(name(), config).unwrap()
}

pub(crate) fn open_at(url: impl Into<String>) -> Stores {
    open(SsmStoreConfig::default().with_endpoint_url(url))
}

pub(crate) fn request(id: &str) -> SecretRequest {
    SecretRequest::new(id.parse().unwrap())
}

pub(crate) async fn fetch(store: &Stores, id: &str) -> Result<Secret> {
    store.fetch(&request(id)).await
}

/// The values of parameters that are all there.
pub(crate) async fn values<'a>(store: &Stores, ids: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let requests: Vec<_> = ids.into_iter().map(request).collect();
    let results = store.fetch_many(&requests).await.into_iter();
    results.map(|result| result.unwrap().value.expose_text().unwrap().to_owned()).collect()
}

pub(crate) async fn find(store: &Stores, path: &str) -> Result<Vec<Secret>> {
    store.find(&Find::by_prefix(path)).await
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
