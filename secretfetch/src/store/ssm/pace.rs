//! How fast Parameter Store is asked.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Requests in flight at once.
pub(super) const IN_FLIGHT: usize = 10;

/// The time between two requests after it has asked to slow down: half of the quota of 40 a second, which all of an account's
/// readers in a region share
/// ([quotas](https://docs.aws.amazon.com/general/latest/gr/ssm.html#limits_ssm)).
const STEP: Duration = Duration::from_millis(50);

/// How long that holds.
const CAREFUL: Duration = Duration::from_secs(60);

/// As fast as it goes, until there was a request too many.
#[derive(Default)]
pub(super) struct Pace(Mutex<State>);

#[derive(Default)]
struct State {
    throttled: Option<Instant>,
    /// When the next request may be sent.
    next: Option<Instant>,
}

impl Pace {
    /// Waits until a request may be sent.
    pub(super) async fn turn(&self) {
        let now = Instant::now();
        let turn = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if state.throttled.is_none_or(|throttled| now >= throttled + CAREFUL) {
                return;
            }
            let turn = state.next.map_or(now, |next| next.max(now));
            state.next = Some(turn + STEP);
            turn
        };
        tokio::time::sleep_until(turn).await;
    }

    /// Notes that the service has asked to slow down; `true` if that is news.
    pub(super) fn slow_down(&self) -> bool {
        let now = Instant::now();
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = state.throttled.replace(now);
        known.is_none_or(|throttled| now >= throttled + CAREFUL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn after_a_request_too_many_they_are_spaced_for_a_minute() {
        let pace = Pace::default();
        let start = Instant::now();
        for _ in 0..100 {
            pace.turn().await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert!(pace.slow_down() && !pace.slow_down());
        futures_util::future::join_all((0..21).map(|_| pace.turn())).await;
        assert_eq!(start.elapsed(), 20 * STEP);
        tokio::time::sleep(CAREFUL).await;
        let start = Instant::now();
        pace.turn().await;
        pace.turn().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
