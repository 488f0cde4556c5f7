//! Connections that are begun before there is a request for them.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::http::uri::Authority;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::cause::BoxError;

/// A connection that has waited longer for its request may have been closed by the other side, and what failed
/// earlier may work now.
const FRESH: Duration = Duration::from_secs(5);

/// Connections under way; the first request to a host takes the one to it.
///
/// What comes before the first request (the SDK's client, and credentials, which may be several round trips to STS)
/// needs no connection to Secrets Manager, and that connection needs none of it: so they are made side by side.
pub(super) struct EarlyConnections<C>(Arc<Mutex<Vec<Begun<C>>>>);

/// A connection under way, given up when it is dropped.
pub(super) struct Begun<C> {
    authority: Authority,
    begun_at: Instant,
    task: JoinHandle<(Instant, Result<C, BoxError>)>,
}

impl<C: Send + 'static> EarlyConnections<C> {
    /// Begins a connection, unless there is one to the same host already that may still be of use.
    pub(super) fn begin(
        &self,
        authority: &Authority,
        connection: impl Future<Output = Result<C, BoxError>> + Send + 'static,
    ) {
        let mut begun = self.begun();
        begun.retain(|begun| !begun.task.is_finished() || begun.begun_at.elapsed() < FRESH);
        if begun.iter().all(|begun| begun.authority != *authority) {
            let task = tokio::spawn(async move {
                let made = connection.await;
                (Instant::now(), made)
            });
            begun.push(Begun { authority: authority.clone(), begun_at: Instant::now(), task });
        }
    }

    pub(super) fn take(&self, authority: &Authority) -> Option<Begun<C>> {
        let mut begun = self.begun();
        let index = begun.iter().position(|begun| begun.authority == *authority)?;
        Some(begun.swap_remove(index))
    }

    /// Gives up those that were not taken.
    pub(super) fn forget(&self) {
        self.begun().clear();
    }

    fn begun(&self) -> MutexGuard<'_, Vec<Begun<C>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> Begun<C> {
    /// The connection, or why there is none; `None` if that was longer ago than it says something about now.
    pub(super) async fn finish(mut self) -> Option<Result<C, BoxError>> {
        let (made_at, made) = (&mut self.task).await.ok()?;
        (made_at.elapsed() < FRESH).then_some(made)
    }
}

impl<C> Drop for Begun<C> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl<C> Clone for EarlyConnections<C> {
    fn clone(&self) -> Self {
        EarlyConnections(self.0.clone())
    }
}

impl<C> Default for EarlyConnections<C> {
    fn default() -> Self {
        EarlyConnections(Arc::default())
    }
}

impl<C> fmt::Debug for EarlyConnections<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EarlyConnections")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str) -> Authority {
        name.parse().unwrap()
    }

    async fn after<T>(time: Duration, result: Result<T, BoxError>) -> Result<T, BoxError> {
        tokio::time::sleep(time).await;
        result
    }

    const MOMENT: Duration = Duration::from_millis(100);

    #[tokio::test(start_paused = true)]
    async fn the_first_request_to_a_host_takes_what_was_begun_for_it() {
        let early = EarlyConnections::default();
        early.begin(&host("a:443"), after(MOMENT, Ok(1)));
        // One is enough.
        early.begin(&host("a:443"), after(MOMENT, Ok(2)));
        early.begin(&host("b:443"), after(MOMENT, Ok(3)));
        assert!(early.take(&host("c:443")).is_none());
        let begun = early.take(&host("a:443")).unwrap();
        assert!(early.take(&host("a:443")).is_none());
        assert_eq!(begun.finish().await.unwrap().unwrap(), 1);
        assert_eq!(early.take(&host("b:443")).unwrap().finish().await.unwrap().unwrap(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_of_it_long_ago_does_not_count() {
        let early = EarlyConnections::default();
        for (wait, counts) in [(Duration::ZERO, true), (FRESH / 2, true), (FRESH * 2, false)] {
            for result in [Ok(()), Err("refused")] {
                early.begin(&host("a"), after(MOMENT, result.map_err(BoxError::from)));
                tokio::time::sleep(wait).await;
                let made = early.take(&host("a")).unwrap().finish().await;
                assert_eq!(made.map(|made| made.is_ok()), counts.then_some(result.is_ok()), "{wait:?}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_taken_is_given_up() {
        let early = EarlyConnections::default();
        let (alive, mut ended) = tokio::sync::mpsc::channel::<()>(1);
        early.begin(&host("a"), async move {
            let _alive = alive;
            std::future::pending::<Result<(), BoxError>>().await
        });
        tokio::task::yield_now().await;
        early.forget();
        assert_eq!(tokio::time::timeout(MOMENT, ended.recv()).await, Ok(None));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_left_over_does_not_stand_in_the_way_of_a_new_one() {
        let early = EarlyConnections::default();
        early.begin(&host("a"), after(MOMENT, Ok(1)));
        tokio::time::sleep(FRESH * 2).await;
        early.begin(&host("a"), after(MOMENT, Ok(2)));
        assert_eq!(early.take(&host("a")).unwrap().finish().await.unwrap().unwrap(), 2);
    }
}
