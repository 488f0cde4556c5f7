//! What is around the work of a command: a runtime, its end, and the store.

use std::time::Duration;

use secretfetch::{Error, ErrorKind, Failure, Fetcher, Plan, Rendered, Report, Result};
use tokio::time::Instant;

use crate::hardening;
use crate::outcome::Ended;
use crate::watchdog::{self, Doing};

/// What the work may take beyond its deadline before it is cut off: its own deadline gives a better message.
const GRACE: Duration = Duration::from_millis(500);

/// Runs the work until it ends or a signal comes.
pub(crate) fn run(work: impl Future<Output = Result<()>>) -> Result<(), Ended> {
    let internal =
        |error: std::io::Error| Error::from(Failure::new(ErrorKind::Internal, format!("cannot start: {error}")));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(internal)?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = work => result.map_err(Ended::Failed),
            ended = watchdog::signalled() => Err(ended),
        }
    });
    // The process ends now. A name look-up that the system blocks must not hold it, and what the system takes back as
    // a whole need not be taken apart before.
    std::mem::forget(runtime);
    result
}

/// Cuts the work off when its time is over.
pub(crate) async fn within<T>(time: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(time + GRACE, work).await.unwrap_or_else(|_| Err(watchdog::overdue(time).into()))
}

/// Fetches, and leaves the files.
pub(crate) async fn materialize(fetcher: &Fetcher, plan: &Plan) -> Result<Report> {
    let started = Instant::now();
    write(plan, &render(fetcher, plan).await?, started).await
}

/// Fetches, and renders in memory.
pub(crate) async fn render(fetcher: &Fetcher, plan: &Plan) -> Result<Rendered> {
    watchdog::doing(Doing::Fetching);
    fetcher.render(plan).await
}

/// Leaves what is rendered, in what is left of the time since the work began.
pub(crate) async fn write(plan: &Plan, rendered: &Rendered, started: Instant) -> Result<Report> {
    watchdog::doing(Doing::Writing(plan.directory().to_owned()));
    rendered.write_within(plan.timeout().saturating_sub(started.elapsed())).await
}

/// A fetcher on the stores that the plan names, until the process ends. Every input has been opened then.
pub(crate) async fn open(plan: &Plan) -> Result<&'static Fetcher> {
    let fetcher = Fetcher::open(plan).await?;
    hardening::forbid_attaching();
    Ok(Box::leak(Box::new(fetcher)))
}
