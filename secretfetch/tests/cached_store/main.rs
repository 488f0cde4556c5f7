//! `CachedSecretStore`: each promise of its documentation has a test that fails when it is broken.

// clippy.toml allows `unwrap` in test functions, not in what they share.
#![allow(clippy::unwrap_used)]

mod batches;
mod calls;
mod lifetime;
mod single_flight;
mod stale;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use secretfetch::{CachedSecretStore, Find, Result, Secret, SecretRequest, SecretStore};
use secretfetch_testkit::FakeSecretStore;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// The fake, and how it was asked.
#[derive(Clone, Debug)]
struct Inner {
    fake: FakeSecretStore,
    /// The ids of each `fetch_many`.
    batches: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Inner {
    /// Secrets `a`, `b`, `c` and `d`, each with the value of its name.
    fn new() -> Self {
        let fake = FakeSecretStore::new();
        for name in ["a", "b", "c", "d"] {
            fake.create_text(name, name);
        }
        Inner { fake, batches: Arc::default() }
    }

    fn asked(&self) -> usize {
        self.fake.requests().len()
    }

    fn batches(&self) -> Vec<Vec<String>> {
        self.batches.lock().unwrap().clone()
    }
}

#[async_trait]
impl SecretStore for Inner {
    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        self.fake.fetch(request).await
    }

    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        let ids = requests.iter().map(|request| request.secret_id().to_string()).collect();
        self.batches.lock().unwrap().push(ids);
        self.fake.fetch_many(requests).await
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        self.fake.find(find).await
    }
}

/// A cache without jitter, of answers that live for a minute, and the store that it asks.
fn cached() -> (Arc<CachedSecretStore<Inner>>, Inner) {
    cached_with(|cache| cache)
}

fn cached_with(
    set: impl FnOnce(CachedSecretStore<Inner>) -> CachedSecretStore<Inner>,
) -> (Arc<CachedSecretStore<Inner>>, Inner) {
    let inner = Inner::new();
    let cache = CachedSecretStore::new(inner.clone()).with_time_to_live(MINUTE).with_jitter(0.0);
    (Arc::new(set(cache)), inner)
}

fn request(id: &str) -> SecretRequest {
    SecretRequest::new(id.parse().unwrap())
}

fn requests(ids: &[&str]) -> Vec<SecretRequest> {
    ids.iter().map(|id| request(id)).collect()
}

/// The value, or the kind of the failure.
fn said(result: &Result<Secret>) -> String {
    match result {
        Ok(secret) => secret.value.expose_text().unwrap().to_owned(),
        Err(error) => error.kind().name().to_owned(),
    }
}

async fn get(cache: &impl SecretStore, id: &str) -> String {
    said(&cache.fetch(&request(id)).await)
}

async fn get_many(cache: &impl SecretStore, ids: &[&str]) -> Vec<String> {
    cache.fetch_many(&requests(ids)).await.iter().map(said).collect()
}

/// Waits by tokio's clock, which the tests stop.
async fn after(time: Duration) {
    tokio::time::sleep(time).await;
}
