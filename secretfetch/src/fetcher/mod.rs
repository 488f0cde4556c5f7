//! The engine: requests to a store, answers to types, rendered files, and files on disk.

mod render;
mod retry;
#[cfg(all(feature = "files", unix))]
mod write;

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;

pub use render::Rendered;
pub use retry::RetryPolicy;

use crate::error::{Error, ErrorKind, Failure, Result};
use crate::json;
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
    pub fn new(store: impl SecretStore + 'static) -> Self {
        Fetcher { store: Arc::new(store), timeout: DEFAULT_TIMEOUT, retry: RetryPolicy::default() }
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
        typed(&secret).map_err(|error| {
            error.map_failures(|failure| failure.with_secret_id(request.secret_id()).with_region(request.region()))
        })
    }

    /// Fetches a secret as it is.
    ///
    /// # Errors
    /// Whatever fetching can end with: see [`ErrorKind`].
    pub async fn fetch_secret(&self, id: impl TryInto<SecretRequest, Error: Into<Error>>) -> Result<Secret> {
        let request = id.try_into().map_err(Into::into)?.normalized();
        let mut results = retry::fetch_all(&*self.store, &[request], self.timeout, self.retry).await;
        results.pop().unwrap_or_else(|| Err(Failure::new(ErrorKind::Internal, "the store gave no answer").into()))
    }

    /// Fetches everything that the plan needs and renders its files in memory, without writing any.
    ///
    /// # Errors
    /// Every failure of every secret and file, in one error.
    pub async fn render(&self, plan: &Plan) -> Result<Rendered> {
        #[cfg(all(feature = "files", unix))]
        write::check(plan)?;
        let results = retry::fetch_all(&*self.store, plan.requests(), plan.timeout(), self.retry).await;
        render::render(plan, results)
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

fn typed<T: DeserializeOwned>(secret: &Secret) -> Result<T> {
    let wrong = |message: String| Failure::new(ErrorKind::WrongShape, message);
    let value = json::parse(secret.value.expose_utf8()?).map_err(|error| wrong(error.to_string()))?;
    json::from_value(&value).map_err(|error| {
        let kind = if error.missing_field().is_some() { ErrorKind::KeyNotFound } else { ErrorKind::WrongShape };
        let mut failure = Failure::new(kind, error.to_string());
        if !error.path().is_empty() {
            failure = failure.with_key(error.path());
        }
        if let (Some(field), json::Value::Object(members)) = (error.missing_field(), &value) {
            let near = crate::text::nearest(field, members.iter().map(|(key, _)| key.as_str()));
            if let Some(near) = near.first() {
                failure = failure.with_hint(format!("the secret has {}", crate::text::quoted(near)));
            }
        }
        Error::from(failure)
    })
}
