//! The seam between the engine and wherever secrets live.

use async_trait::async_trait;
use futures_util::StreamExt as _;

use super::find::Find;
use crate::call::{Call, StoreEvent};
use crate::error::{ErrorKind, Failure, Result};
use crate::secret::{Secret, SecretRequest, StoreName};
use crate::text::quoted;

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
/// 9. **Deadline.** Within a [`Call`] that has a deadline, what is never answered ends before it, with a retryable
///    [`Timeout`](crate::ErrorKind::Timeout): see [`Call::limit`].
/// 10. **Progress.** [`fetch_many`](SecretStore::fetch_many) tells of each request once that it is
///     [answered](StoreEvent::Answered), while it goes on.
/// 11. **Search.** [`find`](SecretStore::find) brings the current version of exactly the secrets that fit, in the order of
///     their names; a store without search refuses, with [`Config`](crate::ErrorKind::Config).
///
/// # Wrappers
///
/// A store around another one (a cache, metrics, faults for a test) passes on all four methods, and nothing else: what
/// else a store may need of its caller, and tells it, is the [`Call`], which goes with the task.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// Whether the store could have such a secret, as far as that is known without asking: the grammar of its ids.
    ///
    /// The [`Fetcher`](crate::Fetcher) asks it before anything is fetched. The default refuses what names a store: this
    /// is one store, and [`Stores`](crate::Stores) has stores by name.
    ///
    /// # Errors
    /// [`ErrorKind::Config`].
    fn check(&self, request: &SecretRequest) -> Result<()> {
        refuse_named(request)
    }

    /// Fetches one secret.
    async fn fetch(&self, request: &SecretRequest) -> Result<Secret>;

    /// Fetches several secrets; the results are in the order of the requests.
    ///
    /// The default calls [`fetch`](SecretStore::fetch) for each, ten at a time; fewer where there is
    /// [no haste](Call::in_flight).
    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        // Collected before they are polled: a closure that borrows inside a stream is not `Send` for
        // every lifetime.
        let fetches: Vec<_> = requests.iter().map(|request| self.fetch(request)).collect();
        let in_flight = Call::current().in_flight(fetches.len(), CONCURRENCY);
        let answers = futures_util::stream::iter(fetches).buffered(in_flight);
        answers.inspect(|_| Call::current().tell(&StoreEvent::Answered { secrets: 1 })).collect().await
    }

    /// Fetches the current version of every secret that fits, in the order of their names. Nothing found is no failure.
    ///
    /// # Errors
    /// The default refuses, with [`ErrorKind::Config`].
    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        refuse_named_find(find)?;
        let failure = Failure::new(ErrorKind::Config, "this store cannot be searched");
        Err(failure.with_hint("name each of its secrets").into())
    }
}

/// Refuses a request that names a store: this is one by itself.
pub(super) fn refuse_named(request: &SecretRequest) -> Result<()> {
    match request.store() {
        None => Ok(()),
        Some(name) => Err(nameless(name).with_secret_id(request.secret_id()).into()),
    }
}

/// The same of a find.
pub(super) fn refuse_named_find(find: &Find) -> Result<()> {
    find.store().map_or(Ok(()), |name| Err(nameless(name).into()))
}

/// What a store by itself says where another one is named.
fn nameless(name: &StoreName) -> Failure {
    let what =
        format!("the secret is in the store {}, and there is one store without a name here", quoted(name.as_str()));
    Failure::new(ErrorKind::Config, what)
        .with_hint("`Fetcher::open` has the stores of a plan, and `Stores` has them by name")
}

#[async_trait]
impl<S: SecretStore + ?Sized> SecretStore for std::sync::Arc<S> {
    fn check(&self, request: &SecretRequest) -> Result<()> {
        (**self).check(request)
    }

    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        (**self).fetch(request).await
    }

    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        (**self).fetch_many(requests).await
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        (**self).find(find).await
    }
}
