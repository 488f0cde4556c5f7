//! The expectation-style mock.

// What `mock!` writes beside the struct has no documentation of its own.
#![allow(missing_docs)]

use async_trait::async_trait;
use secretfetch::{Result, Secret, SecretRequest, SecretStore};

mockall::mock! {
    /// A [`SecretStore`] for tests that expect certain calls, made by [mockall](crate::mockall).
    ///
    /// Only `fetch` has expectations. `fetch_many` is the trait's own default, which calls `fetch` for
    /// each request, so a mock with `expect_fetch` answers both. A `fetch` without an expectation
    /// panics, and so does dropping the mock with one that was not met.
    ///
    /// ```
    /// use secretfetch::{Secret, SecretRequest, SecretStore, SecretValue};
    /// use secretfetch_testkit::MockSecretStore;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut store = MockSecretStore::new();
    /// store
    ///     .expect_fetch()
    ///     .withf(|request| request.secret_id().as_str() == "prod/db")
    ///     .times(2)
    ///     .returning(|request| {
    ///         Ok(Secret::new(request.secret_id().as_str(), SecretValue::from_text("s3cr3t".to_owned())))
    ///     });
    ///
    /// let request = SecretRequest::new("prod/db".parse()?);
    /// assert_eq!(store.fetch(&request).await?.value.expose_text(), Some("s3cr3t"));
    /// assert!(store.fetch_many(&[request]).await[0].is_ok());
    /// # Ok(()) }
    /// ```
    #[derive(Debug)]
    pub SecretStore {}

    #[async_trait]
    impl SecretStore for SecretStore {
        async fn fetch(&self, request: &SecretRequest) -> Result<Secret>;
    }
}
