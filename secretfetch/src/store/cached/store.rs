//! The store that remembers: how it is set up, and what its callers wait for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::time::Instant;

use super::cache::{Ask, Cache, Found, timed_out, within_call};
use super::flights::{Flight, Seat};
use super::memory::Limits;
use crate::call::{Call, StoreEvent};
use crate::error::{ErrorKind, Failure, Result};
use crate::secret::{Secret, SecretRequest};
use crate::store::find::Find;
use crate::store::secret_store::SecretStore;

/// How much later than the first of those who wait another one must have to be done, for it to ask again when the first
/// one's time was not enough.
const MUCH_LATER: Duration = Duration::from_secs(1);

/// A store that remembers what another one answered.
///
/// For a service that needs a secret often: at each connection that it opens, in each message that it signs. It asks the
/// cache each time, and has a rotated secret soon without a restart. What a program needs once, as for files that it
/// writes at its start, is not worth remembering.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use secretfetch::{CachedSecretStore, Fetcher, LocalSecretStore, SecretRequest};
///
/// #[derive(serde::Deserialize)]
/// struct DbCredentials {
///     password: String,
/// }
///
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// let store = LocalSecretStore::from_json(r#"{"prod/db": {"password": "s3cr3t"}}"#)?;
/// let cache = Arc::new(CachedSecretStore::new(store).with_time_to_live(Duration::from_secs(60)));
/// let fetcher = Fetcher::new(Arc::clone(&cache));
///
/// let credentials: DbCredentials = fetcher.fetch("prod/db").await?;
/// // The database refuses them: they were rotated a moment ago.
/// cache.refresh(&"prod/db".try_into()?).await?;
/// let rotated: DbCredentials = fetcher.fetch("prod/db").await?;
/// # assert_eq!(credentials.password, rotated.password);
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(demo()).unwrap();
/// ```
///
/// # What is remembered
///
/// An answer, by its request: store, name or ARN, version and region. Requests that mean the same by their words are one
/// (`AWSCURRENT` is meant where no version is named); a name and the ARN of the same secret are two. A failure is not
/// remembered, nor what [`find`](SecretStore::find) brings.
///
/// | option | default | why |
/// | --- | --- | --- |
/// | [`with_time_to_live`](Self::with_time_to_live) | 5 minutes | as AWS's own agent: a rotated secret arrives within that, for 4 cents a month and pod (8,760 requests) |
/// | [`with_jitter`](Self::with_jitter) | 0.1 | the requests of pods that start together are spread over half a minute |
/// | [`with_stale`](Self::with_stale) | 1 hour | most troubles of a region are over by then, and a password that does not fit is refused by whoever it is for |
/// | [`with_capacity`](Self::with_capacity) | 1,000 | more than a service needs; the bound is there for ids that come from outside |
///
/// A value is wiped from memory when it is forgotten and the last [`Secret`] that was given of it is dropped.
///
/// # One request at a time
///
/// However many callers ask for what is not known (or not any more), the inner store is asked once, and all have that
/// answer. No task is spawned: those who wait drive the request together, so that it goes on when the one who began it
/// is dropped, and ends when all are. A [`fetch_many`](SecretStore::fetch_many) asks for what it lacks, and nobody else
/// is asking for, in one `fetch_many` of the inner store.
///
/// A failure is shared like an answer: to let each of those who waited try for himself would be the stampede again, just
/// when the service has trouble. It is not remembered beyond that; whoever comes later asks anew. There is one exception:
/// the request is a part of the [`Call`] of the caller who began it, and ends before that one's
/// deadline. Whoever has at least a second more then asks again, together with the others who have.
///
/// # When the store is away
///
/// A failure that [may pass](crate::Error::is_retryable) is answered with the value that was known, as long as that is no
/// older than its time to live and [`with_stale`](Self::with_stale) together. The store is asked again after a second,
/// then in pauses that double up to a minute, by one caller each time; the others do not wait for that.
/// After any other failure (denied, not found, scheduled for deletion) the value is forgotten, and the failure is the
/// answer.
pub struct CachedSecretStore<S> {
    cache: Arc<Cache<S>>,
    limits: Limits,
}

impl<S> CachedSecretStore<S> {
    /// A cache around this store.
    pub fn new(inner: S) -> Self {
        let limits = Limits {
            time_to_live: Duration::from_secs(5 * 60),
            jitter: 0.1,
            stale: Duration::from_secs(60 * 60),
            capacity: 1000,
        };
        CachedSecretStore { cache: Arc::new(Cache::new(inner)), limits }
    }

    /// Sets how long an answer is given before the store is asked again.
    #[must_use]
    pub fn with_time_to_live(mut self, time_to_live: Duration) -> Self {
        self.limits.time_to_live = time_to_live;
        self
    }

    /// Sets which part of its time to live an answer may lose by chance, from 0 (none) to 1 (all): what was fetched
    /// together is not asked for again together. Beyond these bounds, the nearer one is taken.
    #[must_use]
    pub fn with_jitter(mut self, part: f64) -> Self {
        self.limits.jitter = if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) };
        self
    }

    /// Sets for how long after its time to live an answer is still given while the store is away. With zero, the failure
    /// is the answer.
    #[must_use]
    pub fn with_stale(mut self, stale: Duration) -> Self {
        self.limits.stale = stale;
        self
    }

    /// Sets how many answers are remembered at the most; beyond, those go first that were not asked for the longest time.
    /// With zero none is, and there still is only one request at a time.
    #[must_use]
    pub fn with_capacity(mut self, answers: usize) -> Self {
        self.limits.capacity = answers;
        self
    }

    /// The store that is asked.
    pub fn inner(&self) -> &S {
        &self.cache.inner
    }

    /// Forgets the answer to this request. Whoever asks from now on has a value that was read after now: an answer that is
    /// under way still goes to those who wait for it, and is not remembered.
    pub fn invalidate(&self, request: &SecretRequest) {
        self.cache.forget(&key(request));
    }

    /// Forgets every answer, as [`invalidate`](Self::invalidate) does one.
    pub fn invalidate_all(&self) {
        self.cache.forget_all();
    }
}

impl<S: SecretStore + 'static> CachedSecretStore<S> {
    /// Asks the store now, whatever is known, and remembers the answer.
    ///
    /// If the secret is being asked for already, that answer is waited for: a thousand tasks whose login failed make one
    /// request. [`invalidate`](Self::invalidate) is for whoever may not have what was asked for before.
    ///
    /// # Errors
    /// The store's. What was known before is still remembered if the failure may pass.
    pub async fn refresh(&self, request: &SecretRequest) -> Result<Secret> {
        self.ask_one(request, Ask::Anew).await
    }

    async fn ask_one(&self, request: &SecretRequest, ask: Ask) -> Result<Secret> {
        let mut answers = self.ask(std::slice::from_ref(request), ask).await;
        answers.pop().unwrap_or_else(|| Err(unanswered(request)))
    }

    /// Waits until each request has its answer, and says so to the caller of a `fetch_many`.
    async fn ask(&self, requests: &[SecretRequest], ask: Ask) -> Vec<Result<Secret>> {
        let keys: Vec<Cow<'_, SecretRequest>> = requests.iter().map(key).collect();
        let mut answers: Vec<Option<Result<Secret>>> = requests.iter().map(|_| None).collect();
        let mut open: Vec<usize> = (0..requests.len()).collect();
        while !open.is_empty() {
            let wanted: Vec<&SecretRequest> = open.iter().map(|&index| &*keys[index]).collect();
            let mut known = 0;
            let mut groups: BTreeMap<u64, Group<'_>> = BTreeMap::new();
            for (found, &index) in self.cache.board(&wanted, ask, &self.limits).into_iter().zip(&open) {
                let (Seat { flight, place }, is_led) = match found {
                    Found::Known(secret) => {
                        answers[index] = Some(Ok(secret));
                        known += 1;
                        continue;
                    }
                    Found::Joined(seat) => (seat, false),
                    Found::Led(seat) => (seat, true),
                };
                let group = groups.entry(flight.number).or_insert_with(|| Group { flight, waiters: Vec::new() });
                group.waiters.push(Waiter { index, key: &keys[index], place, is_led });
            }
            self.tell(ask, known);
            open.clear();
            let groups: Vec<_> = groups.into_values().map(|group| self.wait(group, ask)).collect();
            for (index, answer) in join_all(groups).await.into_iter().flatten() {
                if answer.is_none() {
                    open.push(index);
                }
                answers[index] = answer;
            }
        }
        let answered = answers.into_iter().zip(requests);
        answered.map(|(answer, request)| answer.unwrap_or_else(|| Err(unanswered(request)))).collect()
    }

    /// The answers that one call of the inner store brings; `None` for those that it did not have the time for, and who
    /// asks has.
    async fn wait(&self, group: Group<'_>, ask: Ask) -> Vec<(usize, Option<Result<Secret>>)> {
        let Group { flight, waiters } = group;
        let landed = within_call(flight.answers.clone()).await;
        // Of those that it was asked for by this caller, the inner store has told.
        let mut untold = 0;
        let outcome = waiters.into_iter().map(|Waiter { index, key, place, is_led }| {
            let answer = match &landed {
                Ok(answers) => answers[place].clone(),
                Err(limit) => Err(timed_out(key, *limit)),
            };
            if !is_led && landed.is_ok() && has_more_time(&flight, &answer) {
                return (index, None);
            }
            untold += usize::from(!is_led);
            let is_replaceable = ask != Ask::Anew && answer.as_ref().is_err_and(|error| error.is_retryable());
            let stale = match &landed {
                _ if !is_replaceable => None,
                Ok(_) => self.cache.stale(key, &self.limits),
                Err(_) => self.cache.stale_while_silent(key, &self.limits),
            };
            (index, Some(stale.map_or(answer, Ok)))
        });
        let outcome = outcome.collect();
        self.tell(ask, untold);
        outcome
    }

    fn tell(&self, ask: Ask, secrets: usize) {
        if ask == Ask::Many && secrets > 0 {
            Call::current().tell(&StoreEvent::Answered { secrets });
        }
    }
}

/// Those of one caller who wait for the same call of the inner store.
struct Group<'a> {
    flight: Flight,
    waiters: Vec<Waiter<'a>>,
}

struct Waiter<'a> {
    index: usize,
    key: &'a SecretRequest,
    place: usize,
    is_led: bool,
}

/// Whether the time of whoever asked first was not enough, and this caller's may be.
fn has_more_time(flight: &Flight, answer: &Result<Secret>) -> bool {
    let Some(end) = flight.end else { return false };
    let is_late = answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::Timeout);
    let own = Call::current().deadline();
    is_late && own.is_none_or(|own| own >= end + MUCH_LATER) && Instant::now() + MUCH_LATER >= end
}

/// By what an answer is remembered: the request in its one spelling.
fn key(request: &SecretRequest) -> Cow<'_, SecretRequest> {
    match request.version_stage() {
        Some(_) if request.wants_current() => Cow::Owned(request.clone().normalized()),
        _ => Cow::Borrowed(request),
    }
}

fn unanswered(request: &SecretRequest) -> crate::error::Error {
    Failure::new(ErrorKind::Internal, "the cache gave no answer").with_secret_id(request.secret_id()).into()
}

#[async_trait]
impl<S: SecretStore + 'static> SecretStore for CachedSecretStore<S> {
    fn check(&self, request: &SecretRequest) -> Result<()> {
        self.cache.inner.check(request)
    }

    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        match self.cache.known(&key(request), &self.limits) {
            Some(secret) => Ok(secret),
            // Boxed, or each hit would bring the room that a miss needs.
            None => Box::pin(self.ask_one(request, Ask::One)).await,
        }
    }

    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        let known: Option<Vec<Secret>> =
            requests.iter().map(|request| self.cache.known(&key(request), &self.limits)).collect();
        match known {
            Some(secrets) => {
                self.tell(Ask::Many, secrets.len());
                secrets.into_iter().map(Ok).collect()
            }
            None => Box::pin(self.ask(requests, Ask::Many)).await,
        }
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        self.cache.inner.find(find).await
    }
}

/// The inner store, the options, and how much is remembered; nothing of what that is.
impl<S: fmt::Debug> fmt::Debug for CachedSecretStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedSecretStore")
            .field("inner", &self.cache.inner)
            .field("limits", &self.limits)
            .field("remembered", &self.cache.len())
            .finish()
    }
}
