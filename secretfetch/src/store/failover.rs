//! [`FailoverSecretStore`]: a second region for when the first one is away.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::time::Instant;

use super::find::Find;
use super::results::{Results, only};
use super::secret_store::SecretStore;
use crate::call::Call;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::secret::{Region, Secret, SecretRequest};

/// So often in a row a region must have been away before the other one is asked.
const PATIENCE: u32 = 2;

/// What of the time that is left an attempt in the first region may take: after two of them nearly half is left.
const PARTS: u32 = 3;

/// A store whose secrets are replicated to a second region, which is asked when the first one is away.
///
/// A region is away when no answer comes from it (look-up, connection, time), or that of a failing server. Everything else
/// is an answer: a denial, throttling, and a secret that does not exist do not lead to the other region.
///
/// Each call is one attempt, in one region: the first two go to the first one. If it was away both times, the two are
/// asked by turns until the first one answers again. Waiting between attempts is the [`Fetcher`](crate::Fetcher)'s part.
///
/// In the second region replicas are asked for: the same names, and ARNs with that region in them. Where it has none, the
/// failure is that of the first region, which may come back: a missing replica does not say that the secret does not
/// exist.
///
/// ```
/// use secretfetch::{FailoverSecretStore, LocalSecretStore, SecretRequest, SecretStore};
///
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// # let (here, there) = (LocalSecretStore::from_json("{\"db\": \"a\"}")?, LocalSecretStore::from_json("{}")?);
/// let store = FailoverSecretStore::new(here, there, "us-west-2".parse()?);
/// let secret = store.fetch(&SecretRequest::new("db".parse()?)).await?;
/// assert_eq!(secret.value.expose_text(), Some("a"));
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
/// ```
pub struct FailoverSecretStore {
    first: Arc<dyn SecretStore>,
    second: Arc<dyn SecretStore>,
    /// Of the second store.
    region: Region,
    /// By the region that is asked first; `None` stands for the first store's default.
    turns: Mutex<Vec<(Option<Region>, Turn)>>,
}

/// What is known of a region, and whose turn it is.
#[derive(Default)]
struct Turn {
    /// How often in a row the first region was away.
    away: u32,
    /// Why, the last time.
    why: Option<Failure>,
    /// Why the second region was away, if it was when it was asked last.
    why_second: Option<Failure>,
    /// Whether the second region was asked last.
    was_second: bool,
}

impl Turn {
    fn is_second(&self) -> bool {
        self.away >= PATIENCE && !self.was_second
    }
}

/// What one region is asked for in this attempt.
struct Group {
    home: Option<Region>,
    is_second: bool,
    /// Which of the requests.
    places: Vec<usize>,
}

impl FailoverSecretStore {
    /// `second` is asked for what is replicated to `region`.
    pub fn new(first: impl SecretStore + 'static, second: impl SecretStore + 'static, region: Region) -> Self {
        FailoverSecretStore { first: Arc::new(first), second: Arc::new(second), region, turns: Mutex::default() }
    }

    fn turns(&self) -> MutexGuard<'_, Vec<(Option<Region>, Turn)>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is the second region's turn.
    fn is_second(&self, home: Option<&Region>) -> bool {
        let turns = self.turns();
        let turn = turns.iter().find(|(known, _)| known.as_ref() == home);
        // What is asked for in the second region itself has no other.
        home != Some(&self.region) && turn.is_some_and(|(_, turn)| turn.is_second())
    }

    /// Notes how an attempt went; gives what the other region has last failed with, if it was away.
    fn settle(&self, home: Option<&Region>, is_second: bool, failures: &[Option<&Error>]) -> Option<Failure> {
        let mut turns = self.turns();
        let known = turns.iter().position(|(known, _)| known.as_ref() == home);
        let away = failures.iter().flatten().find(|error| is_away(error));
        let has_answered = failures.iter().any(|failure| failure.is_none_or(|error| !is_away(error)));
        if known.is_none() && away.is_none() {
            return None;
        }
        let place = known.unwrap_or_else(|| {
            turns.push((home.cloned(), Turn::default()));
            turns.len() - 1
        });
        let turn = &mut turns[place].1;
        turn.was_second = is_second;
        let away = away.filter(|_| !has_answered).map(|error| error.primary());
        if is_second {
            turn.why_second = away.cloned();
            return turn.why.clone();
        }
        let Some(failure) = away else {
            *turn = Turn::default();
            return None;
        };
        turn.away = turn.away.saturating_add(1);
        turn.why = Some(failure.clone());
        if turn.away == PATIENCE {
            tracing::warn!(
                target: "secretfetch::aws",
                "{} is away: {}; asking {} by turns",
                name(home.or(failure.region()), "the first region"),
                failure.message(),
                self.region
            );
        }
        turn.why_second.clone()
    }

    /// A failure with what the other region has last failed with. What the second region does not have may be in the
    /// first, which is away: that is what is wrong then.
    fn told(&self, error: Error, other: &Failure, is_second: bool, request: Option<&SecretRequest>) -> Error {
        let elsewhere = if is_second { "the first region" } else { self.region.as_str() };
        let why = format!("{} is away: {}", name(other.region(), elsewhere), other.message());
        error.map_failures(|failure| {
            let is_missing = is_second && failure.kind().is_absence();
            let (kind, hint_of) = if is_missing { (other.kind(), other) } else { (failure.kind(), &failure) };
            let what = if is_missing { "the failover region has no replica of it" } else { failure.message() };
            let told = Failure::new(kind, format!("{what}; {why}"))
                .with_retryable(is_missing || failure.is_retryable())
                .with_hint_of(hint_of)
                .with_region(failure.region().or(is_second.then_some(&self.region)));
            match (failure.secret_id(), request) {
                (None, _) => told,
                (Some(id), None) => told.with_secret_id(id),
                (Some(_), Some(request)) => told.with_secret_id(request.secret_id()),
            }
        })
    }

    /// An attempt in the first region. A region that keeps silent must leave time for the other one.
    async fn in_part_of_the_time<F: Future>(&self, attempt: F) -> F::Output {
        let call = Call::current();
        let now = Instant::now();
        match call.deadline() {
            Some(end) => call.with_deadline(now + end.saturating_duration_since(now) / PARTS).run(attempt).await,
            None => attempt.await,
        }
    }

    fn groups(&self, requests: &[SecretRequest]) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for (place, request) in requests.iter().enumerate() {
            match groups.iter_mut().find(|group| group.home.as_ref() == request.region()) {
                Some(group) => group.places.push(place),
                None => groups.push(Group {
                    home: request.region().cloned(),
                    is_second: self.is_second(request.region()),
                    places: vec![place],
                }),
            }
        }
        groups
    }

    async fn fetch_group(&self, group: &Group, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        let here = group.places.iter().map(|&place| &requests[place]);
        let answers = if group.is_second {
            let there: Vec<SecretRequest> = here.map(|request| request.moved_to(&self.region)).collect();
            self.second.fetch_many(&there).await
        } else {
            let here: Vec<SecretRequest> = here.cloned().collect();
            self.in_part_of_the_time(self.first.fetch_many(&here)).await
        };
        let failures: Vec<Option<&Error>> = answers.iter().map(|answer| answer.as_ref().err()).collect();
        match self.settle(group.home.as_ref(), group.is_second, &failures) {
            Some(other) => {
                let told = |(answer, &place): (Result<Secret>, &usize)| {
                    answer.map_err(|error| self.told(error, &other, group.is_second, Some(&requests[place])))
                };
                answers.into_iter().zip(&group.places).map(told).collect()
            }
            None => answers,
        }
    }
}

fn name(region: Option<&Region>, otherwise: &str) -> String {
    region.map_or(otherwise, Region::as_str).to_owned()
}

/// Whether it is the region that failed, and not what was asked for or who asked.
fn is_away(error: &Error) -> bool {
    let away = [ErrorKind::Timeout, ErrorKind::Dns, ErrorKind::Connect, ErrorKind::ServiceUnavailable];
    error.failures().iter().all(|failure| failure.is_retryable() && away.contains(&failure.kind()))
}

#[async_trait]
impl SecretStore for FailoverSecretStore {
    fn check(&self, request: &SecretRequest) -> Result<()> {
        self.first.check(request)
    }

    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        only(self.fetch_many(std::slice::from_ref(request)).await)
    }

    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        let groups = self.groups(requests);
        let fetches: Vec<_> = groups.iter().map(|group| self.fetch_group(group, requests)).collect();
        let mut results = Results::of(requests.len());
        for (group, answers) in groups.iter().zip(futures_util::future::join_all(fetches).await) {
            results.put_all(group.places.iter().copied().zip(answers));
        }
        results.in_order()
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        let home = find.region();
        let is_second = self.is_second(home);
        let found = if is_second {
            self.second.find(&find.clone().with_region(self.region.clone())).await
        } else {
            self.in_part_of_the_time(self.first.find(find)).await
        };
        let failure = found.as_ref().err();
        match self.settle(home, is_second, &[failure]) {
            Some(other) => found.map_err(|error| self.told(error, &other, is_second, None)),
            None => found,
        }
    }
}

impl fmt::Debug for FailoverSecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailoverSecretStore").field("region", &self.region).finish_non_exhaustive()
    }
}
