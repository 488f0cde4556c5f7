//! The end of a run, known to each of its steps.
//!
//! A step that hangs should be told as what it is, by itself: "no answer within 60 s" of the run as a whole
//! names neither the credential endpoint nor the name look-up that was waited for. So a step's own limit
//! fits into what is left of the run, with a margin in which its failure is reported.

use std::time::Duration;

use tokio::time::Instant;

/// What is left for telling, at the most: a tenth of what is left of a short run.
const MARGIN: Duration = Duration::from_millis(200);

tokio::task_local! {
    static END: Instant;
}

/// Does `work` until `end` and no longer; `None` if it is not done by then. A deadline around this one
/// holds too.
pub(crate) async fn until<F: Future>(end: Instant, work: F) -> Option<F::Output> {
    let end = END.try_with(|outer| end.min(*outer)).unwrap_or(end);
    tokio::time::timeout_at(end, END.scope(end, work)).await.ok()
}

/// How long a step may take that has `limit` by itself.
#[cfg(any(feature = "aws", test))]
pub(crate) fn limit(limit: Duration) -> Duration {
    let Ok(left) = END.try_with(|end| end.saturating_duration_since(Instant::now())) else { return limit };
    limit.min(left - MARGIN.min(left / 10))
}

/// Whether a step that ends now may have been cut short by the end of the run.
pub(crate) fn is_near(end: Instant) -> bool {
    Instant::now() + MARGIN >= end
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_step_ends_before_the_run_does() {
        assert_eq!(limit(10 * SECOND), 10 * SECOND);
        let inside = until(Instant::now() + 60 * SECOND, async { limit(10 * SECOND) }).await;
        assert_eq!(inside, Some(10 * SECOND));
        let inside = until(Instant::now() + 5 * SECOND, async { limit(10 * SECOND) }).await;
        assert_eq!(inside, Some(5 * SECOND - MARGIN));
        let inside = until(Instant::now() + SECOND / 2, async { limit(10 * SECOND) }).await;
        assert_eq!(inside, Some(SECOND * 9 / 20));
        assert_eq!(until(Instant::now(), std::future::pending::<()>()).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_inner_deadline_can_only_be_earlier() {
        let start = Instant::now();
        let late = until(start + SECOND, until(start + 5 * SECOND, std::future::pending::<()>())).await;
        assert!(late.is_none_or(|inner| inner.is_none()));
        assert_eq!(start.elapsed(), SECOND);
        let inner = until(start + 60 * SECOND, until(Instant::now() + 2 * SECOND, async { limit(10 * SECOND) })).await;
        assert_eq!(inner, Some(Some(2 * SECOND - MARGIN)));
    }
}
