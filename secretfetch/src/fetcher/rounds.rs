//! When to look again, and what is news about it.

use std::time::Duration;

use crate::error::{ErrorKind, Failure, Result};

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
}

impl Rounds {
    /// The shortest interval, one second: more often costs more than a person would want to pay AWS.
    pub const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

    /// Rounds at this interval, less up to a tenth of it: what started together does not ask together for ever.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for an interval below [`SHORTEST_INTERVAL`](Rounds::SHORTEST_INTERVAL).
    pub fn every(interval: Duration) -> Result<Self> {
        if interval < Rounds::SHORTEST_INTERVAL {
            let failure = Failure::new(ErrorKind::Config, "the interval between two rounds is shorter than a second");
            return Err(failure.with_hint("each round is a request to the store; minutes are usual").into());
        }
        Ok(Rounds { interval, failing: None })
    }

    /// Waits until the next round is due, from now.
    pub async fn wait(&self) {
        tokio::time::sleep(self.until_next()).await;
    }

    /// How long that is, by chance: for a caller that has its own way to wait.
    pub fn until_next(&self) -> Duration {
        // Not a factor for the whole: the longest duration times a float does not fit into one.
        let spread = (self.interval / 10).mul_f64(fastrand::f64());
        self.interval - spread
    }

    /// Notes that the round brought what it should; whether that is news, because the one before failed.
    pub fn succeeded(&mut self) -> bool {
        self.failing.take().is_some()
    }

    /// Notes what the round failed with; whether that is news, because the one before did not, or with something else.
    pub fn failed(&mut self, kind: ErrorKind) -> bool {
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
