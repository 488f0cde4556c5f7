//! Where secrets live: the [`SecretStore`] trait and the stores that come with the crate.

#[cfg(feature = "aws")]
mod aws;
mod batch_mode;
mod local;
#[cfg(feature = "aws")]
mod progress;
mod stamp;

#[cfg(feature = "aws")]
pub use aws::{AwsSecretStore, AwsSecretStoreBuilder};
pub use batch_mode::{BatchMode, ParseBatchModeError};
pub use local::LocalSecretStore;

use async_trait::async_trait;
use futures_util::StreamExt as _;

use crate::error::Result;
use crate::secret::{Secret, SecretRequest};

/// How many requests the default [`SecretStore::fetch_many`] has under way at once.
const CONCURRENCY: usize = 10;

/// Where secrets live: the one seam between the engine and AWS, a file, or a fake.
///
/// # Contract
///
/// Every store keeps to these rules, and `secretfetch_testkit::contract` tests them on any store:
///
/// 1. **Identity.** A secret is found by its name; where the store knows ARNs, also by its full ARN and
///    by its ARN without the random suffix.
/// 2. **Version.** A request without a version answers the version at `AWSCURRENT`. A version id or
///    stage that the secret does not have is [`VersionNotFound`](crate::ErrorKind::VersionNotFound).
///    Where both are given, both must point at the same version.
/// 3. **Not found.** A secret that does not exist is [`SecretNotFound`](crate::ErrorKind::SecretNotFound),
///    and the error names its id.
/// 4. **Exactness.** The value is the stored one, byte for byte: nothing is trimmed, decoded or
///    normalised, and text stays text.
/// 5. **Order.** [`fetch_many`](SecretStore::fetch_many) answers as many results as it was given
///    requests, in their order; one failure does not touch the others.
/// 6. **No retries.** A store makes one attempt and says in
///    [`is_retryable`](crate::Error::is_retryable) whether another could succeed: waiting is the
///    [`Fetcher`](crate::Fetcher)'s part.
/// 7. **Silence.** No error, log line or `Debug` of the store has a value in it.
/// 8. **Cancellation.** Dropping a returned future stops its work and leaves the store usable.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// Fetches one secret.
    async fn fetch(&self, request: &SecretRequest) -> Result<Secret>;

    /// Fetches several secrets; the results are in the order of the requests.
    ///
    /// The default calls [`fetch`](SecretStore::fetch) for each, ten at a time.
    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        // Collected before they are polled: a closure that borrows inside a stream is not `Send` for
        // every lifetime.
        let fetches: Vec<_> = requests.iter().map(|request| self.fetch(request)).collect();
        futures_util::stream::iter(fetches).buffered(CONCURRENCY).collect().await
    }
}

#[async_trait]
impl<S: SecretStore + ?Sized> SecretStore for std::sync::Arc<S> {
    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        (**self).fetch(request).await
    }

    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        (**self).fetch_many(requests).await
    }
}
