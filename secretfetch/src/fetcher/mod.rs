//! The engine: requests to a store, answers to types, rendered files, and files on disk.

mod bounded;
mod environment;
mod render;
mod retry;
mod rounds;
mod search;
mod watch;
#[cfg(all(feature = "files", unix))]
mod write;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;

pub use environment::EnvironmentVariable;
pub use render::Rendered;
pub use retry::RetryPolicy;
pub use rounds::Rounds;
pub use watch::Watched;

use retry::Questions;

use crate::call::Call;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::plan::{DEFAULT_TIMEOUT, Plan};
use crate::secret::{Secret, SecretRequest};
use crate::store::SecretStore;

/// Fetches secrets from a store, as types or as files.
///
/// A clone shares the store. Every method has one deadline over all it does, and repeats what failed
/// only for the moment (see [`RetryPolicy`]).
///
/// ```
/// # use secretfetch::{Fetcher, LocalSecretStore};
/// #[derive(serde::Deserialize)]
/// struct DbCredentials {
///     username: String,
///     port: u16,
/// }
///
/// # async fn demo() -> Result<(), secretfetch::Error> {
/// let store = LocalSecretStore::from_json(r#"{"prod/db": {"username": "app", "port": 5432}}"#)?;
/// let credentials = Fetcher::new(store).fetch::<DbCredentials>("prod/db").await?;
/// assert_eq!((credentials.username.as_str(), credentials.port), ("app", 5432));
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(demo()).unwrap();
/// ```
#[derive(Clone)]
pub struct Fetcher {
    store: Arc<dyn SecretStore>,
    timeout: Duration,
    retry: RetryPolicy,
}

impl Fetcher {
    /// A fetcher on this store, with a timeout of 60 seconds.
    ///
    /// With a plan, the store stands in for the plan's default one, whatever that is: a fake in a test. A plan whose
    /// sources name others needs [`Stores`](crate::Stores), or [`Fetcher::open`].
    pub fn new(store: impl SecretStore + 'static) -> Self {
        Fetcher { store: Arc::new(store), timeout: DEFAULT_TIMEOUT, retry: RetryPolicy::default() }
    }

    /// A fetcher for this plan: on the stores that it names, with its time. Nothing is asked of the network yet.
    ///
    /// ```
    /// use secretfetch::{Config, Fetcher, Plan};
    ///
    /// # async fn demo() -> Result<(), secretfetch::Error> {
    /// let config = Config::from_file("/etc/app/secretfetch.yaml".as_ref())?;
    /// let plan = Plan::new(config)?;
    /// let report = Fetcher::open(&plan).await?.materialize(&plan).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for settings of a store that are not valid, all of them at once.
    pub async fn open(plan: &Plan) -> Result<Self> {
        let stores = plan.closed_stores();
        stores.open_for(plan.requests(), plan.finds()).await?;
        Ok(Fetcher::new(stores).with_timeout(plan.timeout()))
    }

    /// Sets the time for each call, all retries included. A plan brings its own.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how failures that may pass are retried.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Fetches a secret that is a JSON object, as a type.
    ///
    /// # Errors
    /// [`ErrorKind::WrongShape`] names the field that does not fit, [`ErrorKind::KeyNotFound`] the one that is
    /// missing, both without the value; and whatever fetching can end with.
    pub async fn fetch<T: DeserializeOwned>(&self, id: impl TryInto<SecretRequest, Error: Into<Error>>) -> Result<T> {
        let request = id.try_into().map_err(Into::into)?;
        let secret = self.fetch_secret(request.clone()).await?;
        typed(&secret, &request)
    }

    /// Fetches several secrets that are JSON objects, each as the type; the results are in the order of the ids.
    ///
    /// ```
    /// # use secretfetch::{Fetcher, LocalSecretStore};
    /// # #[derive(serde::Deserialize)]
    /// # struct DbCredentials {
    /// #     username: String,
    /// # }
    /// # async fn demo() -> Result<(), secretfetch::Error> {
    /// let store = LocalSecretStore::from_json(r#"{"a/db": {"username": "a"}, "b/db": {"username": "b"}}"#)?;
    /// let found = Fetcher::new(store).fetch_many::<DbCredentials>(["a/db", "b/db", "c/db"]).await?;
    /// assert_eq!(found[0].as_ref().unwrap().username, "a");
    /// assert!(found[2].as_ref().err().unwrap().is_not_found());
    /// # Ok(()) }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(demo()).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for what cannot be a secret's id, with nothing fetched. What a secret fails with is its result.
    pub async fn fetch_many<T: DeserializeOwned>(
        &self,
        ids: impl IntoIterator<Item = impl TryInto<SecretRequest, Error: Into<Error>>>,
    ) -> Result<Vec<Result<T>>> {
        let mut requests = Vec::new();
        let mut errors = Vec::new();
        for id in ids {
            match id.try_into() {
                Ok(request) => requests.push(request.normalized()),
                Err(error) => errors.push(error.into()),
            }
        }
        if let Some(error) = Error::join(errors) {
            return Err(error);
        }
        let results = self.fetch_all(&requests).await?;
        let typed = |(result, request): (Result<Secret>, &SecretRequest)| typed(&result?, request);
        Ok(results.into_iter().zip(&requests).map(typed).collect())
    }

    /// Fetches a secret as it is.
    ///
    /// # Errors
    /// Whatever fetching can end with: see [`ErrorKind`].
    pub async fn fetch_secret(&self, id: impl TryInto<SecretRequest, Error: Into<Error>>) -> Result<Secret> {
        let request = id.try_into().map_err(Into::into)?.normalized();
        let mut results = self.fetch_all(&[request]).await?;
        results.pop().unwrap_or_else(|| Err(Failure::new(ErrorKind::Internal, "the store gave no answer").into()))
    }

    /// Fetches everything that the plan needs and renders its files in memory, without writing any.
    ///
    /// # Errors
    /// Every failure of every secret and file, in one error.
    pub async fn render(&self, plan: &Plan) -> Result<Rendered> {
        #[cfg(all(feature = "files", unix))]
        write::check(plan)?;
        self.check(plan.requests())?;
        let call = Call::current().with_batch(plan.batch());
        let asked = Questions { requests: plan.requests(), finds: plan.finds() };
        let answers = call.run(retry::fetch_all(&*self.store, asked, plan.timeout(), self.retry)).await;
        render::render(plan, answers)
    }

    async fn fetch_all(&self, requests: &[SecretRequest]) -> Result<Vec<Result<Secret>>> {
        self.check(requests)?;
        let asked = Questions { requests, finds: &[] };
        Ok(retry::fetch_all(&*self.store, asked, self.timeout, self.retry).await.secrets)
    }

    /// Whether the store could have such secrets: nothing is fetched if it could not.
    fn check(&self, requests: &[SecretRequest]) -> Result<()> {
        let about = |request: &SecretRequest| {
            let error = self.store.check(request).err()?;
            let with_id = |failure: Failure| match failure.secret_id() {
                Some(_) => failure,
                None => failure.with_secret_id(request.secret_id()),
            };
            Some(error.map_failures(with_id))
        };
        Error::join(requests.iter().filter_map(about)).map_or(Ok(()), Err)
    }

    /// Fetches everything that the plan needs, renders it, and leaves the files: all of them, or none.
    ///
    /// # Errors
    /// Every failure of every secret and file, in one error. Before the first byte is written all is fetched
    /// and rendered, so that only [`ErrorKind::CannotWrite`] can come later.
    ///
    /// # Blocking
    /// The files are written by the thread that polls this, as [`Rendered::write`] says.
    #[cfg(all(feature = "files", unix))]
    pub async fn materialize(&self, plan: &Plan) -> Result<crate::report::Report> {
        let started = tokio::time::Instant::now();
        let rendered = self.render(plan).await?;
        rendered.write_within(plan.timeout().saturating_sub(started.elapsed())).await
    }
}

fn typed<T: DeserializeOwned>(secret: &Secret, request: &SecretRequest) -> Result<T> {
    secret.deserialize().map_err(|error| {
        error.map_failures(|failure| failure.with_secret_id(request.secret_id()).with_region(request.region()))
    })
}

/// The time and the retries; a store need not be shown.
impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher").field("timeout", &self.timeout).field("retry", &self.retry).finish_non_exhaustive()
    }
}
