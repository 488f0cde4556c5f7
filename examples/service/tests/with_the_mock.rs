//! Which calls the service makes, and that it makes no other: the mock's part.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::sync::Arc;
use std::time::Duration;

use example_service::database;
use secretfetch::{Failure, Fetcher};
use secretfetch_testkit::{ErrorKind, MockSecretStore, Secret, SecretValue};

const INTERVAL: Duration = Duration::from_secs(300);
const SECRET: &str = r#"{"username":"app","password":"first","host":"db.example"}"#;

#[tokio::test]
async fn the_current_version_is_read_once_when_the_service_starts() {
    let mut store = MockSecretStore::new();
    store
        .expect_fetch()
        .withf(|request| request.secret_id().as_str() == "prod/db" && request.wants_current())
        .once()
        .returning(|_| Ok(Secret::new("prod/db", SecretValue::from_text(SECRET.to_owned()))));
    let store = Arc::new(store);
    let database = database::open(&Fetcher::new(Arc::clone(&store)), "prod/db", INTERVAL).await.unwrap();
    // The task that watches the secret has the store too, and ends after the pool.
    drop(database);
    while Arc::strong_count(&store) > 1 {
        tokio::task::yield_now().await;
    }
    Arc::into_inner(store).unwrap().checkpoint();
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_asked_for_once() {
    let mut store = MockSecretStore::new();
    store
        .expect_fetch()
        .once()
        .returning(|_| Err(Failure::new(ErrorKind::SecretNotFound, "there is no such secret").into()));
    let error = database::open(&Fetcher::new(store), "prod/db", INTERVAL).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::SecretNotFound);
}
