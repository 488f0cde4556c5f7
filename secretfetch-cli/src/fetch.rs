//! `fetch` and `check`: the plan through the library, with a deadline and signals around it.

use std::time::Duration;

use secretfetch::{Error, ErrorKind, Failure, Fetcher, Reader, Result};
use tokio::signal::unix::{SignalKind, signal};

use crate::Ended;
use crate::args::{CheckArguments, PlanArguments};
use crate::convert::write_output;
use crate::hardening;
use crate::plan::{Resolved, parse_optional, resolve, usage};
use crate::report::Printer;
use crate::store;

/// What the run may take beyond its deadline before it is cut off: its own deadline gives a better message.
const GRACE: Duration = Duration::from_millis(500);

pub(crate) fn fetch(arguments: &PlanArguments, printer: &Printer) -> Result<(), Ended> {
    let resolved = resolve(arguments, true)?;
    run(resolved, arguments, async |fetcher, resolved| {
        if resolved.to_stdout {
            let rendered = fetcher.render(&resolved.plan).await?;
            return rendered.expose_files().filter_map(|(_, bytes)| bytes).try_for_each(write_output);
        }
        printer.done(&fetcher.materialize(&resolved.plan).await?, &[])
    })
}

pub(crate) fn check(arguments: &CheckArguments, printer: &Printer) -> Result<(), Ended> {
    let resolved = resolve(&arguments.plan, false)?;
    let as_uid = arguments.as_uid.as_deref().filter(|text| !text.is_empty());
    let reader = parse_optional::<Reader>("--as-uid", as_uid)?;
    let mut notes: Vec<String> = Vec::new();
    for path in resolved.plan.portable_env_files() {
        notes.push(format!(
            "{} uses the portable env dialect `dotenv`, which cannot hold every password that a rotation may bring; \
             name the dialect of the program that reads it",
            path.display()
        ));
    }
    if arguments.offline {
        if reader.is_some() {
            let failure = usage("`--as-uid` looks at directories, and `--offline` at the configuration only");
            return Err(Error::from(failure).into());
        }
        notes.push(format!("the configuration is valid: {} files", resolved.plan.paths().count()));
    }
    notes.iter().for_each(|note| printer.note(note));
    if arguments.offline {
        return Ok(printer.valid(&notes)?);
    }
    run(resolved, &arguments.plan, async |fetcher, resolved| {
        let rendered = fetcher.render(&resolved.plan).await?;
        // What goes to standard output needs no directory.
        let report = if resolved.to_stdout { rendered.report() } else { rendered.rehearse(reader.as_ref())? };
        printer.done(&report, &notes)
    })
}

/// Runs `work` with a fetcher on the plan's store, until it ends, its time is over, or a signal comes.
fn run(
    resolved: Resolved,
    arguments: &PlanArguments,
    work: impl AsyncFnOnce(&Fetcher, &Resolved) -> Result<()>,
) -> Result<(), Ended> {
    let internal = |error: std::io::Error| Failure::new(ErrorKind::Internal, format!("cannot start: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Ended::Failed(internal(error).into()))?;
    let result = runtime.block_on(async {
        let listen = |kind| signal(kind).map_err(|error| Ended::Failed(internal(error).into()));
        let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        let timeout = resolved.plan.timeout();
        let all = tokio::time::timeout(timeout + GRACE, async {
            let store = store::open(&resolved.plan, arguments).await?;
            hardening::forbid_attaching();
            work(&Fetcher::new(store), &resolved).await
        });
        tokio::select! {
            result = all => match result {
                Ok(result) => result.map_err(Ended::Failed),
                Err(_) => {
                    let message = format!("not done within {:.1} s", timeout.as_secs_f64());
                    let failure = Failure::new(ErrorKind::Timeout, message).with_hint("raise `--timeout`");
                    Err(Ended::Failed(failure.into()))
                }
            },
            _ = terminate.recv() => Err(Ended::Signal { name: "SIGTERM", code: 143 }),
            _ = interrupt.recv() => Err(Ended::Signal { name: "SIGINT", code: 130 }),
        }
    });
    // A name look-up that the system blocks must not hold the exit.
    runtime.shutdown_background();
    result
}
