//! The one retry engine: what failed for the moment is asked again, until the deadline.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join;
use tokio::time::Instant;

use super::bounded::{bounded, bounded_find};
use super::search::{about, find_each};
use crate::call::{self, Call, StoreEvent};
use crate::error::{Error, ErrorKind, Failure, Result, Setting};
use crate::secret::{Secret, SecretRequest};
use crate::store::{Find, SecretStore};

/// How failures that may pass are retried: exponential back-off with full jitter, until the deadline.
///
/// The n-th wait is a random time between nothing and `min(longest, first × 2ⁿ)`, where n counts from the last
/// attempt that brought any secret. Source:
/// [Exponential Backoff And Jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    first: Duration,
    longest: Duration,
    attempts: u32,
}

impl RetryPolicy {
    /// One attempt, no retries.
    pub fn never() -> Self {
        RetryPolicy { attempts: 1, ..RetryPolicy::default() }
    }

    /// Sets the bound of the first wait (200 ms) and of every wait (10 s).
    #[must_use]
    pub fn with_waits(mut self, first: Duration, longest: Duration) -> Self {
        self.first = first;
        self.longest = longest;
        self
    }

    /// Sets how often is asked at the most. The default has no such bound: the deadline ends it.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// The wait after so many attempts in a row that brought nothing.
    fn wait_after(&self, barren: u32) -> Duration {
        let factor = 2u32.saturating_pow(barren.saturating_sub(1));
        let bound = self.first.saturating_mul(factor).min(self.longest);
        bound.mul_f64(fastrand::f64())
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy { first: Duration::from_millis(200), longest: Duration::from_secs(10), attempts: u32::MAX }
    }
}

/// What a run asks for.
#[derive(Clone, Copy)]
pub(super) struct Questions<'a> {
    pub(super) requests: &'a [SecretRequest],
    pub(super) finds: &'a [Find],
}

/// What a run was answered, in the order in which it asked.
pub(super) struct Answers {
    pub(super) secrets: Vec<Result<Secret>>,
    pub(super) found: Vec<Result<Vec<Secret>>>,
}

/// The last answer to each question of one sort.
struct Board<T> {
    questions: usize,
    /// Empty before the first attempt has ended, then one for each question.
    answers: Vec<Option<Result<T>>>,
}

impl<T> Board<T> {
    fn new(questions: usize) -> Self {
        Board { questions, answers: Vec::new() }
    }

    /// The places of the questions that still wait for an answer that counts.
    fn open(&self) -> Vec<usize> {
        (0..self.questions).filter(|&place| self.answers.get(place).is_none_or(is_open)).collect()
    }

    /// Notes the answers to the open questions; none where the end of the run came first.
    fn note(&mut self, open: &[usize], answers: impl Iterator<Item = Option<Result<T>>>, end: Instant) {
        if self.answers.is_empty() {
            self.answers = answers.collect();
            self.answers.resize_with(self.questions, || None);
            return;
        }
        for (&place, answer) in open.iter().zip(answers) {
            // An attempt that the end of the run cut short tells less than the one before it.
            let cut_short = answer.as_ref().is_none_or(|answer| is_late(answer) && call::is_near(end));
            if !(cut_short && matches!(self.answers[place], Some(Err(_)))) {
                self.answers[place] = answer;
            }
        }
    }

    /// Whether one of them is answered with a failure for good.
    fn has_failed(&self) -> bool {
        let is_final = |error: &Error| !error.is_retryable() && !error.is_not_found();
        self.answers.iter().flatten().any(|answer| answer.as_ref().is_err_and(is_final))
    }

    fn failure(&self, place: usize) -> Option<&Error> {
        self.answers.get(place)?.as_ref()?.as_ref().err()
    }

    /// The last answers, one for each question.
    fn into_answers(mut self) -> impl Iterator<Item = Option<Result<T>>> {
        self.answers.resize_with(self.questions, || None);
        self.answers.into_iter()
    }
}

/// Fetches and finds all that is asked for. Nothing runs on after `timeout`.
pub(super) async fn fetch_all(
    store: &dyn SecretStore,
    asked: Questions<'_>,
    timeout: Duration,
    policy: RetryPolicy,
) -> Answers {
    let Questions { requests, finds } = asked;
    let end = Instant::now() + timeout;
    let (mut secrets, mut found) = (Board::new(requests.len()), Board::new(finds.len()));
    let mut attempt = 1;
    // The bound of the waits grows only while nothing comes through: what throttles a thousand secrets lets
    // them pass in parts, and each part is a reason to go on.
    let mut barren = 0;
    loop {
        let (open, open_finds) = (secrets.open(), found.open());
        let asked: Cow<'_, [SecretRequest]> = match open.len() == requests.len() {
            true => requests.into(),
            false => open.iter().map(|&i| requests[i].clone()).collect(),
        };
        let fetch = async {
            if asked.is_empty() {
                return Some(Vec::new());
            }
            let call = Call::current().with_observer(progress(asked.len()));
            call.run(call::until(end, store.fetch_many(&asked))).await
        };
        let (answers, of_finds) = join(fetch, find_each(store, finds, &open_finds, end)).await;
        let is_late = answers.is_none() || of_finds.iter().any(Option::is_none);
        if let Some(answers) = answers {
            secrets.note(&open, answers.into_iter().map(Some), end);
        }
        found.note(&open_finds, of_finds.into_iter(), end);
        let (failing, failing_finds) = (secrets.open(), found.open());
        let first = failing.first().map(|&place| secrets.failure(place));
        let Some(first) = first.or(failing_finds.first().map(|&place| found.failure(place))) else { break };
        // When one secret has failed for good the run has failed: waiting for others would only delay the news.
        if is_late || secrets.has_failed() || found.has_failed() || attempt >= policy.attempts {
            break;
        }
        let (left, before) = (failing.len() + failing_finds.len(), open.len() + open_finds.len());
        barren = if left < before { 1 } else { barren + 1 };
        let wait = policy.wait_after(barren);
        if Instant::now() + wait >= end {
            break;
        }
        attempt += 1;
        log_wait(first, left, requests.len() + finds.len(), wait, attempt);
        tokio::time::sleep(wait).await;
    }
    let late = Instant::now() >= end;
    let unanswered = || match late {
        true => timed_out(timeout),
        false => Failure::new(ErrorKind::Internal, "the store gave no answer"),
    };
    let secret = |(result, request): (Option<Result<Secret>>, &SecretRequest)| match result {
        Some(Ok(secret)) => bounded(secret, request.secret_id(), request.region()),
        Some(Err(error)) => Err(with_attempts(error, attempt)),
        None => Err(unanswered().with_secret_id(request.secret_id()).with_region(request.region()).into()),
    };
    let of_find = |(result, find): (Option<Result<Vec<Secret>>>, &Find)| {
        let result = match result {
            Some(Ok(secrets)) => bounded_find(secrets, find),
            Some(Err(error)) => Err(with_attempts(error, attempt)),
            None => Err(unanswered().into()),
        };
        result.map_err(|error| about(error, find))
    };
    Answers {
        secrets: secrets.into_answers().zip(requests).map(secret).collect(),
        found: found.into_answers().zip(finds).map(of_find).collect(),
    }
}

/// Tells how far a store is, as events under the target `secretfetch::progress` that a host application may show.
fn progress(total: usize) -> impl Fn(&StoreEvent) + Send + Sync + 'static {
    let done = AtomicUsize::new(0);
    move |event| {
        if let StoreEvent::Answered { secrets } = event {
            let done = done.fetch_add(*secrets, Ordering::Relaxed) + secrets;
            tracing::debug!(target: "secretfetch::progress", done, total, "fetching secrets");
        }
    }
}

/// Whether a step's time was over.
fn is_late<T>(result: &Result<T>) -> bool {
    result.as_ref().is_err_and(|error| matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Dns))
}

/// Whether a request still waits for an answer that counts.
fn is_open<T>(result: &Option<Result<T>>) -> bool {
    match result {
        None => true,
        Some(Ok(_)) => false,
        Some(Err(error)) => error.is_retryable(),
    }
}

fn log_wait(error: Option<&Error>, failing: usize, all: usize, wait: Duration, attempt: u32) {
    let Some(error) = error else { return };
    let failure = error.primary().clone().without_hint();
    tracing::warn!(
        kind = failure.kind().name(),
        secretId = failure.secret_id().map(|id| id.as_str()),
        region = failure.region().map(|region| region.as_str()),
        waitMs = wait.as_millis() as u64,
        attempt,
        "{failure}; asking again in {:.1} s ({failing} of {all} secrets are open)",
        wait.as_secs_f64(),
    );
}

fn with_attempts(error: Error, attempts: u32) -> Error {
    if attempts == 1 || !error.is_retryable() {
        return error;
    }
    error.map_failures(|failure| failure.with_attempts(attempts))
}

fn timed_out(timeout: Duration) -> Failure {
    Failure::new(ErrorKind::Timeout, format!("no answer within {:.1} s", timeout.as_secs_f64()))
        .with_hint("check that the endpoint can be reached from here, or raise the timeout")
        .with_setting(Setting::Timeout)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;
    use crate::secret::SecretValue;

    async fn fetch_secrets(
        store: &dyn SecretStore,
        requests: &[SecretRequest],
        timeout: Duration,
        policy: RetryPolicy,
    ) -> Vec<Result<Secret>> {
        fetch_all(store, Questions { requests, finds: &[] }, timeout, policy).await.secrets
    }

    /// Throttles so many times, then answers; or never answers.
    struct Moody(Mutex<u32>, ErrorKind);

    #[async_trait]
    impl SecretStore for Moody {
        async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
            {
                let mut left = self.0.lock().unwrap();
                if *left > 0 {
                    *left -= 1;
                    return Err(Failure::new(self.1, "no").with_secret_id(request.secret_id()).into());
                }
            }
            if self.1 == ErrorKind::Timeout {
                std::future::pending::<()>().await;
            }
            Ok(Secret::new("x", SecretValue::from_text("v".into())))
        }
    }

    async fn run(store: Moody, policy: RetryPolicy) -> (Vec<Result<Secret>>, Duration) {
        let started = Instant::now();
        let requests = vec![SecretRequest::new("x".parse().unwrap())];
        (fetch_secrets(&store, &requests, Duration::from_secs(30), policy).await, started.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_retried() {
        let (results, _) = run(Moody(Mutex::new(5), ErrorKind::Throttled), RetryPolicy::default()).await;
        assert!(results[0].is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_pass_is_told_at_once() {
        let (results, took) = run(Moody(Mutex::new(1), ErrorKind::AccessDenied), RetryPolicy::default()).await;
        assert_eq!(results[0].as_ref().unwrap_err().kind(), ErrorKind::AccessDenied);
        assert!(took < Duration::from_millis(1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_ends_retries_with_the_last_cause() {
        let (results, took) = run(Moody(Mutex::new(u32::MAX), ErrorKind::Throttled), RetryPolicy::default()).await;
        let error = results[0].as_ref().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert!(error.to_string().contains("attempts"), "{error}");
        assert!(took <= Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_never_answers_ends_with_the_deadline() {
        let (results, took) = run(Moody(Mutex::new(0), ErrorKind::Timeout), RetryPolicy::default()).await;
        assert_eq!(results[0].as_ref().unwrap_err().kind(), ErrorKind::Timeout);
        assert_eq!(took, Duration::from_secs(30));
    }

    /// When each of so many attempts began, of a store that throttles for ever.
    async fn waits(policy: RetryPolicy, timeout: Duration) -> Vec<Duration> {
        struct Noted(Mutex<Vec<Instant>>);

        #[async_trait]
        impl SecretStore for Noted {
            async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
                self.0.lock().unwrap().push(Instant::now());
                Err(Failure::new(ErrorKind::Throttled, "no").with_secret_id(request.secret_id()).into())
            }
        }

        let store = Noted(Mutex::default());
        let requests = vec![SecretRequest::new("x".parse().unwrap())];
        fetch_secrets(&store, &requests, timeout, policy).await;
        let begun = store.0.into_inner().unwrap();
        begun.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// The waits of many runs, by which one of its run each is.
    async fn waits_of_runs(attempts: u32) -> Vec<Vec<Duration>> {
        let policy = RetryPolicy::default().with_attempts(attempts);
        let mut by_number: Vec<Vec<Duration>> = vec![Vec::new(); attempts as usize - 1];
        for _ in 0..200 {
            for (number, wait) in waits(policy, Duration::from_secs(3600)).await.into_iter().enumerate() {
                by_number[number].push(wait);
            }
        }
        by_number
    }

    /// tokio's timers count whole milliseconds.
    const TICK: Duration = Duration::from_millis(2);

    #[tokio::test(start_paused = true)]
    async fn waits_grow_twofold_up_to_the_longest() {
        for (number, waits) in waits_of_runs(11).await.into_iter().enumerate() {
            let bound = Duration::from_millis(200 << number).min(Duration::from_secs(10));
            let longest = waits.iter().max().unwrap();
            assert!(*longest <= bound + TICK, "wait {number} is {longest:?}, over {bound:?}");
            // Of 200 random waits one is in the upper fifth, but for one run in 10^19.
            assert!(*longest > bound * 4 / 5, "wait {number} is never more than {longest:?} of {bound:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waits_have_full_jitter() {
        for (number, waits) in waits_of_runs(5).await.into_iter().enumerate() {
            let bound = Duration::from_millis(200 << number);
            let shortest = waits.iter().min().unwrap();
            assert!(*shortest < bound / 5, "wait {number} is never less than {shortest:?} of {bound:?}");
            let distinct: std::collections::HashSet<_> = waits.iter().collect();
            assert!(distinct.len() > 50, "wait {number} has only {} lengths", distinct.len());
            let mean = waits.iter().sum::<Duration>() / waits.len() as u32;
            assert!(mean > bound * 2 / 5 && mean < bound * 3 / 5, "wait {number} is {mean:?} in the mean of {bound:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_wait_goes_beyond_the_deadline() {
        for _ in 0..50 {
            let all = waits(RetryPolicy::default(), Duration::from_secs(5)).await;
            assert!(all.iter().sum::<Duration>() <= Duration::from_secs(5), "{all:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_are_as_many_as_the_policy_allows() {
        for attempts in [1, 2, 5] {
            let policy = RetryPolicy::default().with_attempts(attempts);
            assert_eq!(waits(policy, Duration::from_secs(60)).await.len() as u32, attempts - 1);
        }
    }

    /// Lets some requests of each call through and throttles the rest.
    struct Narrow(usize);

    #[async_trait]
    impl SecretStore for Narrow {
        async fn fetch(&self, _: &SecretRequest) -> Result<Secret> {
            unreachable!("only asked for many")
        }

        async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
            let answer = |(n, request): (usize, &SecretRequest)| match n < self.0 {
                true => Ok(Secret::new("x", SecretValue::from_text("v".into()))),
                false => Err(Failure::new(ErrorKind::Throttled, "no").with_secret_id(request.secret_id()).into()),
            };
            requests.iter().enumerate().map(answer).collect()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_thousand_comes_through_in_parts() {
        let requests: Vec<_> = (0..1000).map(|n| SecretRequest::new(format!("s{n}").parse().unwrap())).collect();
        let results = fetch_secrets(&Narrow(5), &requests, Duration::from_secs(60), RetryPolicy::default()).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1000);
    }

    /// Throttles, and hangs when it is asked again, as long as its limit allows.
    struct Slowing(Mutex<u32>);

    #[async_trait]
    impl SecretStore for Slowing {
        async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
            let first = std::mem::take(&mut *self.0.lock().unwrap()) > 0;
            let kind = if first { ErrorKind::Throttled } else { ErrorKind::Timeout };
            if !first {
                tokio::time::sleep(Call::current().limit(Duration::from_secs(100))).await;
            }
            Err(Failure::new(kind, "no").with_secret_id(request.secret_id()).into())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_end_cuts_short_does_not_hide_the_cause() {
        let requests = vec![SecretRequest::new("x".parse().unwrap())];
        let policy = RetryPolicy::default();
        let results = fetch_secrets(&Slowing(Mutex::new(1)), &requests, Duration::from_secs(30), policy).await;
        assert_eq!(results[0].as_ref().unwrap_err().kind(), ErrorKind::Throttled);
    }

    #[tokio::test(start_paused = true)]
    async fn never_means_one_attempt() {
        let (results, took) = run(Moody(Mutex::new(1), ErrorKind::Throttled), RetryPolicy::never()).await;
        assert!(results[0].is_err());
        assert!(took.is_zero());
    }
}
