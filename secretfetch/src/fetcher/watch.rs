//! A typed secret that is kept fresh while a service runs.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot, watch};

use super::{Fetcher, Rounds, typed};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::secret::{Secret, SecretRequest};

impl Fetcher {
    /// Fetches a secret that is a JSON object, as a type, and keeps it fresh: one round each `interval`, less up to a
    /// tenth of it, in a task of its own.
    ///
    /// A round has the fetcher's timeout and retries. One that fails (AWS is away, access is denied, a field is missing)
    /// leaves the last good value as it is, and is a warning in the log when that is news; so is, as information, the
    /// first one after it that succeeds. The task ends with the last [`Watched`] and receiver, and with its runtime.
    ///
    /// ```
    /// use std::time::Duration;
    /// use secretfetch::Fetcher;
    /// use secretfetch_testkit::FakeSecretStore;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct DbCredentials {
    ///     password: String,
    /// }
    ///
    /// # async fn demo() -> Result<(), secretfetch::Error> {
    /// let store = FakeSecretStore::new();
    /// store.create_text("prod/db", r#"{"password": "first"}"#);
    ///
    /// let credentials = Fetcher::new(store.clone()).watch::<DbCredentials>("prod/db", Duration::from_secs(300)).await?;
    /// assert_eq!(credentials.latest().password, "first");
    ///
    /// store.put_text("prod/db", r#"{"password": "second"}"#);
    /// // Within five minutes, or as soon as the database has refused the old one:
    /// assert_eq!(credentials.refresh().await?.password, "second");
    /// assert_eq!(credentials.latest().password, "second");
    /// # Ok(()) }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(demo()).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for an interval below [`Rounds::SHORTEST_INTERVAL`]; and whatever [`fetch`](Fetcher::fetch) ends
    /// with in the first round, without which there is no value to keep.
    pub async fn watch<T: DeserializeOwned + Send + Sync + 'static>(
        &self,
        id: impl TryInto<SecretRequest, Error: Into<Error>>,
        interval: Duration,
    ) -> Result<Watched<T>> {
        let rounds = Rounds::every(interval)?;
        let request = id.try_into().map_err(Into::into)?.normalized();
        let secret = self.fetch_secret(request.clone()).await?;
        let (sender, newest) = watch::channel(Arc::new(typed(&secret, &request)?));
        let (refreshes, asked) = mpsc::unbounded_channel();
        let keeper = Keeper { fetcher: self.clone(), request, rounds, secret, newest: sender };
        tokio::spawn(keeper.run(asked));
        Ok(Watched { newest, refreshes })
    }
}

/// The newest value of a secret, from [`Fetcher::watch`]. A clone is another handle on the same.
///
/// It is replaced as a whole, so that a user name and its password always belong together: take
/// [`latest`](Watched::latest) once for each use. An old value goes when the last of its users drops it.
pub struct Watched<T> {
    newest: watch::Receiver<Arc<T>>,
    refreshes: mpsc::UnboundedSender<Waiter<T>>,
}

/// Who waits for the end of the next round.
type Waiter<T> = oneshot::Sender<Result<Arc<T>>>;

impl<T> Watched<T> {
    /// The newest good value.
    pub fn latest(&self) -> Arc<T> {
        self.newest.borrow().clone()
    }

    /// A receiver that is told of every value after this moment. It keeps the value fresh as this handle does.
    ///
    /// ```
    /// # use secretfetch::Fetcher;
    /// # use secretfetch_testkit::FakeSecretStore;
    /// # #[derive(serde::Deserialize)]
    /// # struct Flags { dark_mode: bool }
    /// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
    /// # let store = FakeSecretStore::new();
    /// # store.create_text("prod/flags", r#"{"dark_mode": false}"#);
    /// # let watched = Fetcher::new(store.clone()).watch::<Flags>("prod/flags", std::time::Duration::from_secs(60)).await?;
    /// let mut receiver = watched.receiver();
    /// # store.put_text("prod/flags", r#"{"dark_mode": true}"#);
    /// # tokio::time::pause();
    /// receiver.changed().await?;
    /// assert!(receiver.borrow_and_update().dark_mode);
    /// # Ok(()) }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(demo()).unwrap();
    /// ```
    pub fn receiver(&self) -> watch::Receiver<Arc<T>> {
        let mut receiver = self.newest.clone();
        receiver.mark_unchanged();
        receiver
    }

    /// Begins a round at once, and waits for its value: for a service whose login has just been refused.
    ///
    /// The store is asked after this call and not before, so that a version which is there now is seen. All who call while
    /// another round is under way share the next one. Nothing waits between two calls: whoever repeats them does.
    ///
    /// # Errors
    /// Whatever the round ends with; the last good value is kept.
    pub async fn refresh(&self) -> Result<Arc<T>> {
        let gone = || Failure::new(ErrorKind::Internal, "the runtime that kept the secret fresh has ended");
        let (waiter, value) = oneshot::channel();
        self.refreshes.send(waiter).map_err(|_| gone())?;
        value.await.map_err(|_| gone())?
    }
}

impl<T> Clone for Watched<T> {
    fn clone(&self) -> Self {
        Watched { newest: self.newest.clone(), refreshes: self.refreshes.clone() }
    }
}

/// Without the value.
impl<T> fmt::Debug for Watched<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

/// The task behind the handles.
struct Keeper<T> {
    fetcher: Fetcher,
    request: SecretRequest,
    rounds: Rounds,
    /// What the newest value was read from.
    secret: Secret,
    newest: watch::Sender<Arc<T>>,
}

impl<T: DeserializeOwned> Keeper<T> {
    async fn run(mut self, asked: mpsc::UnboundedReceiver<Waiter<T>>) {
        let newest = self.newest.clone();
        // Whatever the round is at: nobody wants its value any more.
        select(pin!(newest.closed()), pin!(self.keep_fresh(asked))).await;
    }

    async fn keep_fresh(&mut self, mut asked: mpsc::UnboundedReceiver<Waiter<T>>) {
        loop {
            let mut waiting = Vec::new();
            match select(pin!(self.rounds.wait()), pin!(asked.recv())).await {
                Either::Left(_) => {}
                Either::Right((Some(waiter), _)) => waiting.push(waiter),
                // Receivers are left, and no handle that could ask.
                Either::Right((None, wait)) => wait.await,
            }
            while let Ok(waiter) = asked.try_recv() {
                waiting.push(waiter);
            }
            let result = self.round().await;
            for waiter in waiting {
                // Who no longer waits is no failure.
                let _ = waiter.send(result.clone());
            }
        }
    }

    async fn round(&mut self) -> Result<Arc<T>> {
        let result = self.fetch().await;
        let id = self.request.secret_id().as_str();
        let region = self.request.region().map(|region| region.as_str());
        match &result {
            Ok(_) if self.rounds.succeeded() => {
                tracing::info!(secretId = id, region, "the secret is fresh again");
            }
            Err(error) if self.rounds.failed(error.kind()) => {
                let failure = error.primary().clone().without_hint();
                let kind = failure.kind().name();
                tracing::warn!(kind, secretId = id, region, "{failure}; the last good value is kept");
            }
            _ => {}
        }
        result
    }

    async fn fetch(&mut self) -> Result<Arc<T>> {
        let secret = self.fetcher.fetch_secret(self.request.clone()).await?;
        if is_new(&secret, &self.secret) {
            self.newest.send_replace(Arc::new(typed(&secret, &self.request)?));
            self.secret = secret;
        }
        Ok(self.newest.borrow().clone())
    }
}

/// A store may have no version ids, and a rotation may bring the old content.
fn is_new(secret: &Secret, known: &Secret) -> bool {
    secret.version_id != known.version_id || secret.value.expose_bytes() != known.value.expose_bytes()
}
