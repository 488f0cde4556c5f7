//! What a call of a store knows of its caller, and what it tells it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::secret::Region;
use crate::store::BatchMode;

/// What is left for telling, at the most: a tenth of what is left of a short run.
const MARGIN: Duration = Duration::from_millis(200);

/// Requests that a call without haste sends one after the other before it has others under way beside them: a second at
/// 100 ms each, so that hundreds of them fit into a usual timeout still.
const IN_A_ROW: usize = 10;

tokio::task_local! {
    static CALL: Call;
}

/// What hands a call of a [`SecretStore`](crate::SecretStore) from its caller to whichever store answers it: when it must
/// be done, whether batches may be asked for, and who wants to hear how far it is.
///
/// It goes with the task, through every wrapper, so that no wrapper need pass it on. The [`Fetcher`](crate::Fetcher)
/// makes one for each of its calls; a store asks for [`Call::current`]. A wrapper that spawns a task takes it along:
///
/// ```
/// use std::time::Duration;
/// use secretfetch::{Call, StoreEvent};
/// use tokio::time::Instant;
///
/// # async fn demo() {
/// let call = Call::current().with_deadline(Instant::now() + Duration::from_secs(5));
/// let limit = call.run(async {
///     // In a store, however deep: a step that hangs is told as what it is before the whole call ends.
///     let limit = Call::current().limit(Duration::from_secs(10));
///     Call::current().tell(&StoreEvent::Answered { secrets: 1 });
///     limit
/// });
/// assert!(limit.await < Duration::from_secs(5));
///
/// // Into a task of its own:
/// let call = Call::current();
/// tokio::spawn(call.run(async { /* … */ }));
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(demo());
/// ```
#[derive(Clone, Default)]
#[must_use = "a call is in force while `run` runs"]
pub struct Call {
    end: Option<Instant>,
    batch: BatchMode,
    unhurried: bool,
    /// The innermost last: each of them hears everything.
    observers: Option<Arc<Observer>>,
}

struct Observer {
    observe: Box<dyn Fn(&StoreEvent) + Send + Sync>,
    outer: Option<Arc<Observer>>,
}

/// What a store tells its caller while it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreEvent {
    /// A request goes out: to where the secrets are, or for the credentials that are needed there.
    Requested,
    /// So many more of the requests have their answer, good or bad.
    Answered {
        /// The number of requests.
        secrets: usize,
    },
    /// Secrets are asked for one by one that would have been asked for together.
    BatchRefused {
        /// Where.
        region: Option<Region>,
        /// Why.
        reason: BatchRefusal,
    },
}

/// Why a batch was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BatchRefusal {
    /// The identity may not ask for batches.
    Denied,
    /// The endpoint has no batches.
    Unknown,
    /// There are too many batches at this moment.
    Throttled,
}

impl Call {
    /// The call that this task works for; outside of any, one without a deadline, whose events nobody hears.
    pub fn current() -> Self {
        CALL.try_with(Clone::clone).unwrap_or_default()
    }

    /// Sets the end of the call. It can only become earlier.
    pub fn with_deadline(mut self, end: Instant) -> Self {
        self.end = Some(self.end.map_or(end, |known| known.min(end)));
        self
    }

    /// Forbids batches, or leaves it as it is: what an outer caller has forbidden stays so.
    pub fn with_batch(mut self, mode: BatchMode) -> Self {
        if mode == BatchMode::Never {
            self.batch = mode;
        }
        self
    }

    /// Says that nobody waits for the answers: a round of what is kept fresh, which is in no hurry. A store then asks one
    /// request after the other, so that one connection that it keeps is enough for a few of them.
    pub fn unhurried(mut self) -> Self {
        self.unhurried = true;
        self
    }

    /// Has `observe` hear every event, besides whoever hears it already.
    pub fn with_observer(mut self, observe: impl Fn(&StoreEvent) + Send + Sync + 'static) -> Self {
        self.observers = Some(Arc::new(Observer { observe: Box::new(observe), outer: self.observers.take() }));
        self
    }

    /// When the call must be done.
    pub fn deadline(&self) -> Option<Instant> {
        self.end
    }

    /// Whether secrets may be asked for in batches.
    pub fn batch(&self) -> BatchMode {
        self.batch
    }

    /// How many of so many requests a store has under way at once, which has at most `usual` of them otherwise; at least one.
    ///
    /// A call [without haste](Call::unhurried) sends up to ten in a row before it has others beside them: more than a
    /// few seconds it need not take either.
    ///
    /// ```
    /// use secretfetch::Call;
    ///
    /// assert_eq!(Call::default().in_flight(5, 10), 10);
    /// let call = Call::default().unhurried();
    /// assert_eq!((call.in_flight(5, 10), call.in_flight(50, 10), call.in_flight(1_000, 10)), (1, 5, 10));
    /// ```
    pub fn in_flight(&self, requests: usize, usual: usize) -> usize {
        let rows = if self.unhurried { requests.div_ceil(IN_A_ROW) } else { usual };
        rows.clamp(1, usual.max(1))
    }

    /// How long a step may take that has `limit` by itself: it fits into what is left of the call, with a margin in which
    /// its failure is told.
    pub fn limit(&self, limit: Duration) -> Duration {
        let Some(end) = self.end else { return limit };
        let left = end.saturating_duration_since(Instant::now());
        limit.min(left - MARGIN.min(left / 10))
    }

    /// Tells everyone who wants to hear it.
    pub fn tell(&self, event: &StoreEvent) {
        let observers = std::iter::successors(self.observers.as_deref(), |observer| observer.outer.as_deref());
        observers.for_each(|observer| (observer.observe)(event));
    }

    /// Does `work` as a part of this call.
    pub fn run<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CALL.scope(self, work)
    }
}

/// Does `work` until `end` and no longer; `None` if it is not done by then. A deadline around this one holds too.
pub(crate) async fn until<F: Future>(end: Instant, work: F) -> Option<F::Output> {
    let call = Call::current().with_deadline(end);
    let end = call.end.unwrap_or(end);
    tokio::time::timeout_at(end, call.run(work)).await.ok()
}

/// Whether a step that ends now may have been cut short by the end of the run.
pub(crate) fn is_near(end: Instant) -> bool {
    Instant::now() + MARGIN >= end
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("deadline", &self.end)
            .field("batch", &self.batch)
            .field("unhurried", &self.unhurried)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn limit(limit: Duration) -> Duration {
        Call::current().limit(limit)
    }

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

    #[tokio::test]
    async fn what_is_forbidden_stays_so() {
        let never = Call::default().with_batch(BatchMode::Never);
        let inner = never.run(async { Call::current().with_batch(BatchMode::Auto).batch() }).await;
        assert_eq!(inner, BatchMode::Never);
        assert_eq!(Call::current().batch(), BatchMode::Auto);
    }

    #[test]
    fn what_is_in_no_hurry_goes_one_after_the_other_until_that_takes_long() {
        let in_flight = |call: Call| [0, 1, 10, 11, 100, 101, usize::MAX].map(|requests| call.in_flight(requests, 10));
        assert_eq!(in_flight(Call::default()), [10; 7]);
        assert_eq!(in_flight(Call::default().unhurried()), [1, 1, 1, 2, 10, 10, 10]);
        assert_eq!(Call::default().in_flight(5, 0), 1, "a stream with none in flight never ends");
    }

    #[tokio::test]
    async fn every_caller_hears_what_a_store_tells_even_from_a_task_of_its_own() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let observer = |name: &'static str| {
            let heard = heard.clone();
            move |event: &StoreEvent| heard.lock().unwrap().push((name, event.clone()))
        };
        let event = StoreEvent::Answered { secrets: 2 };
        let told = event.clone();
        let outer = Call::default().with_observer(observer("outer"));
        outer
            .run(async {
                let inner = Call::current().with_observer(observer("inner"));
                tokio::spawn(inner.run(async move { Call::current().tell(&told) })).await.unwrap();
            })
            .await;
        assert_eq!(*heard.lock().unwrap(), [("inner", event.clone()), ("outer", event)]);
    }
}
