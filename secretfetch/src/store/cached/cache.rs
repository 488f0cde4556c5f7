//! What is remembered and what is under way, under one lock; and the calls of the inner store.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::flights::{Answers, Flight, Flights, Seat};
use super::memory::{Limits, Memory};
use crate::call::{self, Call};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::secret::{Secret, SecretRequest};
use crate::store::secret_store::SecretStore;

pub(super) struct Cache<S> {
    pub(super) inner: S,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    memory: Memory,
    flights: Flights,
}

/// How the inner store is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// By `fetch`, for one secret.
    One,
    /// By `fetch`, whatever is remembered.
    Anew,
    /// By `fetch_many`.
    Many,
}

/// What a request finds.
pub(super) enum Found {
    /// Its answer.
    Known(Secret),
    /// Someone who asks for it already, perhaps in the same call.
    Joined(Seat),
    /// Nobody: it is being asked for now.
    Led(Seat),
}

impl<S> Cache<S> {
    pub(super) fn new(inner: S) -> Self {
        Cache { inner, state: RwLock::default() }
    }

    /// What a panic leaves of the state is whole: each change of it is one call of a map.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value that is given without asking.
    pub(super) fn known(&self, key: &SecretRequest, limits: &Limits) -> Option<Secret> {
        self.read().memory.get(key, Instant::now(), limits)
    }

    /// The value that is given in the place of a failure that may pass.
    pub(super) fn stale(&self, key: &SecretRequest, limits: &Limits) -> Option<Secret> {
        self.read().memory.stale(key, Instant::now(), limits)
    }

    /// The same for one whose request has had no answer in time: who comes later need not wait for it too.
    pub(super) fn stale_while_silent(&self, key: &SecretRequest, limits: &Limits) -> Option<Secret> {
        let now = Instant::now();
        let mut state = self.write();
        if !state.memory.is_away(key) {
            state.memory.miss(key, now, limits);
        }
        state.memory.stale(key, now, limits)
    }

    pub(super) fn forget(&self, key: &SecretRequest) {
        let mut state = self.write();
        state.memory.forget(key);
        state.flights.forget(key);
    }

    pub(super) fn forget_all(&self) {
        let mut state = self.write();
        state.memory.forget_all();
        state.flights.forget_all();
    }

    pub(super) fn len(&self) -> usize {
        self.read().memory.len()
    }
}

impl<S: SecretStore + 'static> Cache<S> {
    /// What each of the keys finds. Those that find nothing are asked for in one call, which begins when it is waited for.
    pub(super) fn board(self: &Arc<Self>, keys: &[&SecretRequest], ask: Ask, limits: &Limits) -> Vec<Found> {
        let now = Instant::now();
        let mut state = self.write();
        let State { memory, flights } = &mut *state;
        let mut asked: Vec<SecretRequest> = Vec::new();
        let mut places: HashMap<&SecretRequest, usize> = HashMap::new();
        // What was found, or the place in the new call and whether that is taken for the first time.
        let mut found: Vec<Result<Found, (usize, bool)>> = Vec::with_capacity(keys.len());
        for &key in keys {
            let known = match ask {
                Ask::Anew => None,
                Ask::One | Ask::Many if flights.has(key) && memory.is_away(key) => memory.stale(key, now, limits),
                Ask::One | Ask::Many => memory.get(key, now, limits),
            };
            found.push(match known {
                Some(secret) => Ok(Found::Known(secret)),
                None => match (places.get(key), flights.find(key)) {
                    (Some(&place), _) => Err((place, false)),
                    (None, Some(seat)) => Ok(Found::Joined(seat)),
                    (None, None) => {
                        memory.hold(key, now);
                        places.insert(key, asked.len());
                        asked.push(key.clone());
                        Err((asked.len() - 1, true))
                    }
                },
            });
        }
        let flight = (!asked.is_empty()).then(|| {
            let asked: Arc<[SecretRequest]> = asked.into();
            let number = flights.number();
            let departure =
                Departure { cache: Arc::clone(self), number, requests: Arc::clone(&asked), limits: *limits };
            let flight = Flight::new(number, Call::current().deadline(), departure.fly(ask));
            flights.book(&flight, &asked);
            flight
        });
        let seated = |found| match (found, &flight) {
            (Ok(found), _) => Some(found),
            (Err((place, true)), Some(flight)) => Some(Found::Led(Seat { flight: flight.clone(), place })),
            (Err((place, false)), Some(flight)) => Some(Found::Joined(Seat { flight: flight.clone(), place })),
            (Err(_), None) => None,
        };
        found.into_iter().filter_map(seated).collect()
    }
}

/// A call of the inner store that may land, or be dropped before.
struct Departure<S> {
    cache: Arc<Cache<S>>,
    number: u64,
    requests: Arc<[SecretRequest]>,
    limits: Limits,
}

impl<S: SecretStore + 'static> Departure<S> {
    /// Whoever of those who wait drives it, it is a part of the call of the one that began it.
    fn fly(self, ask: Ask) -> BoxFuture<'static, Answers> {
        let fly = async move {
            let (inner, requests) = (&self.cache.inner, &self.requests);
            let answers = within_call(async {
                match ask {
                    Ask::Many => inner.fetch_many(requests).await,
                    Ask::One | Ask::Anew => vec![inner.fetch(&requests[0]).await],
                }
            });
            let answers = match answers.await {
                Ok(answers) => answers,
                Err(limit) => requests.iter().map(|request| Err(timed_out(request, limit))).collect(),
            };
            self.land(answers)
        };
        Call::current().run(fly).boxed()
    }
}

impl<S> Departure<S> {
    /// Remembers what came, unless it was to be forgotten meanwhile.
    fn land(&self, answers: Vec<Result<Secret>>) -> Answers {
        let lost = |request: &SecretRequest| {
            let failure = Failure::new(ErrorKind::Internal, "the store gave no answer");
            Err(failure.with_secret_id(request.secret_id()).into())
        };
        let mut answers = answers.into_iter();
        let answers: Answers =
            self.requests.iter().map(|request| answers.next().unwrap_or_else(|| lost(request))).collect();
        let now = Instant::now();
        let mut state = self.cache.write();
        let State { memory, flights } = &mut *state;
        for (request, answer) in self.requests.iter().zip(&*answers) {
            if !flights.end(self.number, request) {
                continue;
            }
            match answer {
                Ok(secret) => memory.keep(request.clone(), secret.clone(), now, &self.limits),
                Err(error) if error.is_retryable() => {
                    if let Some((age, pause)) = memory.miss(request, now, &self.limits) {
                        log_stale(error, age, pause);
                    }
                }
                Err(_) => memory.forget(request),
            }
        }
        memory.tidy(now, &self.limits);
        answers
    }
}

/// Landed or not.
impl<S> Drop for Departure<S> {
    fn drop(&mut self) {
        let mut state = self.cache.write();
        for request in &*self.requests {
            state.flights.end(self.number, request);
        }
    }
}

/// Does `work` as long as the call allows; how long that was, if it was not enough.
pub(super) async fn within_call<F: Future>(work: F) -> Result<F::Output, Duration> {
    let call = Call::current();
    if call.deadline().is_none() {
        return Ok(work.await);
    }
    let limit = call.limit(Duration::MAX);
    call::until(Instant::now() + limit, work).await.ok_or(limit)
}

pub(super) fn timed_out(request: &SecretRequest, limit: Duration) -> Error {
    Failure::new(ErrorKind::Timeout, format!("no answer within {:.1} s", limit.as_secs_f64()))
        .with_secret_id(request.secret_id())
        .with_region(request.region())
        .into()
}

fn log_stale(error: &Error, age: Duration, pause: Duration) {
    let failure = error.primary().clone().without_hint();
    tracing::warn!(
        kind = failure.kind().name(),
        secretId = failure.secret_id().map(|id| id.as_str()),
        region = failure.region().map(|region| region.as_str()),
        ageMs = age.as_millis() as u64,
        "{failure}; a value that was fetched {} s ago is given meanwhile, and a new one asked for in {:.1} s",
        age.as_secs(),
        pause.as_secs_f64(),
    );
}
