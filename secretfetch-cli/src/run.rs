//! What is around the work of a command: a runtime, signals, deadlines, and the store.

use std::time::Duration;

use secretfetch::{Error, ErrorKind, Failure, Fetcher, Plan, Result};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::PlanArguments;
use crate::{Ended, hardening, store};

/// What the work may take beyond its deadline before it is cut off: its own deadline gives a better message.
const GRACE: Duration = Duration::from_millis(500);

/// Runs the work until it ends or a signal comes.
pub(crate) fn run(work: impl Future<Output = Result<()>>) -> Result<(), Ended> {
    let internal =
        |error: std::io::Error| Error::from(Failure::new(ErrorKind::Internal, format!("cannot start: {error}")));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(internal)?;
    let result = runtime.block_on(async {
        let listen = |kind| signal(kind).map_err(internal);
        let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        tokio::select! {
            result = work => result.map_err(Ended::Failed),
            _ = terminate.recv() => Err(Ended::Signal { name: "SIGTERM", code: 143 }),
            _ = interrupt.recv() => Err(Ended::Signal { name: "SIGINT", code: 130 }),
        }
    });
    // The process ends now. A name look-up that the system blocks must not hold it, and what the system takes back as
    // a whole need not be taken apart before.
    std::mem::forget(runtime);
    result
}

/// Cuts the work off when its time is over.
pub(crate) async fn within<T>(timeout: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(timeout + GRACE, work).await.unwrap_or_else(|_| {
        let message = format!("not done within {:.1} s", timeout.as_secs_f64());
        Err(Failure::new(ErrorKind::Timeout, message).with_hint("raise `--timeout`").into())
    })
}

/// A fetcher on the store that the plan names, until the process ends. Every input has been opened then.
pub(crate) async fn open(plan: &Plan, arguments: &PlanArguments) -> Result<&'static Fetcher> {
    let store = store::open(plan, arguments).await?;
    hardening::forbid_attaching();
    Ok(Box::leak(Box::new(Fetcher::new(store))))
}
