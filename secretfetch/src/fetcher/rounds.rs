//! When to look again, and what is news about it.

use std::time::Duration;

use crate::error::{ErrorKind, Failure, Result};
use crate::plan::SHORTEST_INTERVAL;

/// The rounds of what is kept fresh: one each interval, and whether how it went is news.
///
/// [`Fetcher::watch`](crate::Fetcher::watch) goes by them, and so do the files of the command line's `watch`.
///
/// ```
/// # use std::time::Duration;
/// # use secretfetch::{ErrorKind, Fetcher, LocalSecretStore, Rounds};
/// # async fn demo() -> Result<(), secretfetch::Error> {
/// let fetcher = Fetcher::new(LocalSecretStore::from_json("{}")?);
/// let mut rounds = Rounds::every(Duration::from_secs(300))?;
/// let mut news = Vec::new();
/// # tokio::time::pause();
/// for _ in 0..3 {
///     rounds.wait().await;
///     match fetcher.fetch_secret("prod/db").await {
///         Ok(_) if rounds.succeeded() => news.push("it is there again".to_owned()),
///         Err(error) if rounds.failed(error.kind()) => news.push(error.to_string()),
///         _ => {}
///     }
/// }
/// assert_eq!(news.len(), 1, "it is missing in each round, which is news only once");
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(demo()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Rounds {
    interval: Duration,
    /// What the round before failed with.
    failing: Option<ErrorKind>,
    /// The rounds that have failed since the last good one.
    failures: u32,
}

impl Rounds {
    /// The shortest interval, one second: more often costs more than a person would want to pay AWS.
    pub const SHORTEST_INTERVAL: Duration = SHORTEST_INTERVAL;

    /// The longest wait after failures, ten minutes, unless the interval itself is longer.
    pub const LONGEST_BACK_OFF: Duration = Duration::from_secs(600);

    /// Rounds at this interval, less up to a tenth of it: what started together does not ask together for ever.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for an interval below [`SHORTEST_INTERVAL`](Rounds::SHORTEST_INTERVAL).
    pub fn every(interval: Duration) -> Result<Self> {
        if interval < Rounds::SHORTEST_INTERVAL {
            let failure = Failure::new(ErrorKind::Config, "the interval between two rounds is shorter than a second");
            return Err(failure.with_hint("each round is a request to the store; minutes are usual").into());
        }
        Ok(Rounds { interval, failing: None, failures: 0 })
    }

    /// The same rounds at another interval.
    ///
    /// # Errors
    /// As [`every`](Rounds::every).
    pub fn at_interval(&self, interval: Duration) -> Result<Self> {
        Ok(Rounds { failing: self.failing, failures: self.failures, ..Rounds::every(interval)? })
    }

    /// Waits until the next round is due, from now.
    pub async fn wait(&self) {
        tokio::time::sleep(self.until_next()).await;
    }

    /// How long that is, by chance: for a caller that has its own way to wait. After failures in a row it doubles with each
    /// further one, up to [`LONGEST_BACK_OFF`](Rounds::LONGEST_BACK_OFF).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use secretfetch::{ErrorKind, Rounds};
    /// let mut rounds = Rounds::every(Duration::from_secs(60))?;
    /// for _ in 0..3 {
    ///     rounds.failed(ErrorKind::Throttled);
    /// }
    /// assert!(rounds.until_next() > Duration::from_secs(200));
    /// rounds.succeeded();
    /// assert!(rounds.until_next() <= Duration::from_secs(60));
    /// # Ok::<(), secretfetch::Error>(())
    /// ```
    pub fn until_next(&self) -> Duration {
        let doubled = 2_u32.saturating_pow(self.failures.saturating_sub(1));
        let longest = self.interval.max(Rounds::LONGEST_BACK_OFF);
        let wait = self.interval.saturating_mul(doubled).min(longest);
        // Not a factor for the whole: the longest duration times a float does not fit into one.
        let spread = (wait / 10).mul_f64(fastrand::f64());
        wait - spread
    }

    /// Notes that the round brought what it should; whether that is news, because the one before failed.
    pub fn succeeded(&mut self) -> bool {
        self.failures = 0;
        self.failing.take().is_some()
    }

    /// Notes what the round failed with; whether that is news, because the one before did not, or with something else.
    pub fn failed(&mut self, kind: ErrorKind) -> bool {
        self.failures = self.failures.saturating_add(1);
        self.failing.replace(kind) != Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn rounds_are_spread_over_a_tenth_of_the_interval() {
        let rounds = Rounds::every(Duration::from_secs(100)).unwrap();
        let mut waits = Vec::new();
        for _ in 0..200 {
            let started = Instant::now();
            rounds.wait().await;
            waits.push(started.elapsed());
        }
        let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        assert!(*least >= Duration::from_secs(90) && *most <= Duration::from_millis(100_001), "{least:?} {most:?}");
        assert!(*most - *least > Duration::from_secs(5), "{least:?} {most:?}");
    }

    #[test]
    fn an_interval_below_a_second_is_refused() {
        assert_eq!(Rounds::every(Duration::from_millis(999)).unwrap_err().kind(), ErrorKind::Config);
        assert!(Rounds::every(Rounds::SHORTEST_INTERVAL).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_interval_is_waited_for() {
        let rounds = Rounds::every(Duration::MAX).unwrap();
        assert!(tokio::time::timeout(Duration::from_secs(3600), rounds.wait()).await.is_err());
    }

    #[test]
    fn after_failures_in_a_row_the_wait_doubles_up_to_ten_minutes_and_is_the_interval_again() {
        let mut rounds = Rounds::every(Duration::from_secs(100)).unwrap();
        for most in [100, 200, 400, 600, 600] {
            rounds.failed(ErrorKind::Throttled);
            let wait = rounds.until_next().as_secs_f64();
            let most = f64::from(most);
            assert!((0.9 * most..=most).contains(&wait), "{wait} for {most}");
        }
        (0..100).for_each(|_| _ = rounds.failed(ErrorKind::Throttled));
        assert!(rounds.until_next() <= Rounds::LONGEST_BACK_OFF);
        rounds.succeeded();
        assert!(rounds.until_next() <= Duration::from_secs(100));
        // An interval beyond that is not made shorter.
        let mut rare = Rounds::every(Duration::from_secs(3600)).unwrap();
        rare.failed(ErrorKind::Throttled);
        rare.failed(ErrorKind::Throttled);
        assert!((3240..=3600).contains(&rare.until_next().as_secs()));
    }

    #[test]
    fn another_interval_keeps_what_is_known_of_failures() {
        let mut rounds = Rounds::every(Duration::from_secs(100)).unwrap();
        rounds.failed(ErrorKind::Throttled);
        let mut rounds = rounds.at_interval(Duration::from_secs(1)).unwrap();
        assert!(rounds.until_next() <= Duration::from_secs(1));
        assert!(rounds.succeeded());
        assert!(rounds.at_interval(Duration::ZERO).is_err());
    }

    #[test]
    fn only_a_change_is_news() {
        let mut rounds = Rounds::every(Duration::from_secs(60)).unwrap();
        assert!(!rounds.succeeded());
        assert!(rounds.failed(ErrorKind::Throttled));
        assert!(!rounds.failed(ErrorKind::Throttled));
        assert!(rounds.failed(ErrorKind::AccessDenied));
        assert!(rounds.succeeded());
        assert!(!rounds.succeeded());
    }
}
