//! The one retry engine: what failed for the moment is asked again, until the deadline.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, ErrorKind, Failure, Result};
use crate::secret::{Secret, SecretRequest};
use crate::store::SecretStore;

/// How failures that may pass are retried: exponential back-off with full jitter, until the deadline.
///
/// The n-th wait is a random time between nothing and `min(longest, first × 2ⁿ)`. Source:
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

    fn wait_after(&self, attempt: u32) -> Duration {
        let factor = 2u32.saturating_pow(attempt.saturating_sub(1));
        let bound = self.first.saturating_mul(factor).min(self.longest);
        bound.mul_f64(fastrand::f64())
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy { first: Duration::from_millis(200), longest: Duration::from_secs(10), attempts: u32::MAX }
    }
}

/// Fetches all requests; the results are in their order. Nothing runs on after `timeout`.
pub(super) async fn fetch_all(
    store: &dyn SecretStore,
    requests: Vec<SecretRequest>,
    timeout: Duration,
    policy: RetryPolicy,
) -> Vec<Result<Secret>> {
    let deadline = Instant::now() + timeout;
    let mut results: Vec<Option<Result<Secret>>> = requests.iter().map(|_| None).collect();
    let mut attempt = 1;
    loop {
        let open: Vec<usize> = (0..requests.len()).filter(|&i| is_open(&results[i])).collect();
        let asked: Vec<SecretRequest> = open.iter().map(|&i| requests[i].clone()).collect();
        match tokio::time::timeout_at(deadline, store.fetch_many(&asked)).await {
            Ok(answers) => {
                for (&i, answer) in open.iter().zip(answers) {
                    results[i] = Some(answer);
                }
            }
            Err(_) => break,
        }
        let failing: Vec<usize> = open.into_iter().filter(|&i| is_open(&results[i])).collect();
        let Some(&first) = failing.first() else { break };
        // When one secret has failed for good the run has failed: waiting for others would only delay the news.
        let failed =
            results.iter().flatten().any(|result| matches!(result, Err(e) if !e.is_retryable() && !e.is_not_found()));
        if failed || attempt >= policy.attempts {
            break;
        }
        let wait = policy.wait_after(attempt);
        if Instant::now() + wait >= deadline {
            break;
        }
        attempt += 1;
        log_wait(&results[first], failing.len(), requests.len(), wait, attempt);
        tokio::time::sleep(wait).await;
    }
    let late = Instant::now() >= deadline;
    let answer = |(request, result): (&SecretRequest, Option<Result<Secret>>)| match result {
        Some(Ok(secret)) => Ok(secret),
        Some(Err(error)) => Err(with_attempts(error, attempt)),
        None if late => Err(timed_out(request, timeout)),
        None => Err(Failure::new(ErrorKind::Internal, "the store gave no answer")
            .with_secret_id(request.secret_id())
            .into()),
    };
    requests.iter().zip(results).map(answer).collect()
}

/// Whether a request still waits for an answer that counts.
fn is_open(result: &Option<Result<Secret>>) -> bool {
    match result {
        None => true,
        Some(Ok(_)) => false,
        Some(Err(error)) => error.is_retryable(),
    }
}

fn log_wait(result: &Option<Result<Secret>>, failing: usize, all: usize, wait: Duration, attempt: u32) {
    let Some(Err(error)) = result else { return };
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

fn timed_out(request: &SecretRequest, timeout: Duration) -> Error {
    Failure::new(ErrorKind::Timeout, format!("no answer within {:.1} s", timeout.as_secs_f64()))
        .with_secret_id(request.secret_id())
        .with_region(request.region())
        .with_hint("check that the endpoint can be reached from here, or raise `--timeout`")
        .into()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;
    use crate::secret::SecretValue;

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
        (fetch_all(&store, requests, Duration::from_secs(30), policy).await, started.elapsed())
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

    #[tokio::test(start_paused = true)]
    async fn never_means_one_attempt() {
        let (results, took) = run(Moody(Mutex::new(1), ErrorKind::Throttled), RetryPolicy::never()).await;
        assert!(results[0].is_err());
        assert!(took.is_zero());
    }
}
