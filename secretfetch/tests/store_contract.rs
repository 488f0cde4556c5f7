//! `AwsSecretStore` keeps the contract of every store, on a Secrets Manager that speaks the real protocol.

#![cfg(feature = "aws")]

use secretfetch::{AwsSecretStore, BatchMode, CachedSecretStore};
use secretfetch_testkit::FakeSecretsManager;
use secretfetch_testkit::contract::{self, Prepared, SeedSecret, Subject};

struct Aws {
    batch: BatchMode,
    /// How the service cuts its batches into pages.
    pages: &'static [usize],
}

impl Subject for Aws {
    type Store = AwsSecretStore;

    async fn prepare(&self, secrets: &[SeedSecret]) -> Prepared<AwsSecretStore> {
        let fake = contract::fake_with(secrets);
        let server = FakeSecretsManager::start(&fake);
        server.paginate(self.pages);
        let credentials = aws_sdk_secretsmanager::config::Credentials::new("AKIATEST", "key", None, None, "test");
        let config = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(aws_sdk_secretsmanager::config::BehaviorVersion::latest())
            .region(aws_sdk_secretsmanager::config::Region::new("us-east-1"))
            .credentials_provider(credentials)
            .endpoint_url(server.url())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let store = AwsSecretStore::from_conf(config).with_batch(self.batch);
        Prepared::new(store).with_fake(&fake).keeping(server)
    }
}

/// With a cache around it.
struct Cached(Aws);

impl Subject for Cached {
    type Store = CachedSecretStore<AwsSecretStore>;

    async fn prepare(&self, secrets: &[SeedSecret]) -> Prepared<Self::Store> {
        self.0.prepare(secrets).await.wrapped(CachedSecretStore::new)
    }
}

#[tokio::test]
async fn with_batches() {
    let report = contract::run(&Aws { batch: BatchMode::Auto, pages: &[] }).await;
    assert!(report.not_applicable().is_empty(), "{report:?}");
}

#[tokio::test]
async fn with_batches_in_pages() {
    let report = contract::run(&Aws { batch: BatchMode::Auto, pages: &[7, 0, 1] }).await;
    assert!(report.not_applicable().is_empty(), "{report:?}");
}

#[tokio::test]
async fn one_secret_at_a_time() {
    let report = contract::run(&Aws { batch: BatchMode::Never, pages: &[] }).await;
    assert!(report.not_applicable().is_empty(), "{report:?}");
}

#[tokio::test]
async fn with_a_cache_around_it() {
    for batch in [BatchMode::Auto, BatchMode::Never] {
        let report = contract::run(&Cached(Aws { batch, pages: &[] })).await;
        assert!(report.not_applicable().is_empty(), "{report:?}");
    }
}
