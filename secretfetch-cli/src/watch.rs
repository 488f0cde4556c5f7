//! `watch`: the files as `fetch` leaves them, and kept fresh.

use std::time::Duration;

use secretfetch::{FileOutcome, Report, Result, Rounds};

use crate::args::{Interval, WatchArguments, value_of};
use crate::fetch::after_the_change;
use crate::health::Health;
use crate::last_words::LastWords;
use crate::outcome::{Ended, usage};
use crate::plan::{Resolved, resolve};
use crate::report::Printer;
use crate::run::{materialize, open, run, within};
use crate::watchdog;

pub(crate) fn watch(arguments: &WatchArguments, printer: &Printer, last_words: LastWords) -> Result<(), Ended> {
    let Resolved { plan, to_stdout } = resolve(&arguments.plan, true)?;
    if to_stdout {
        return Err(usage("`watch` keeps files fresh, and standard output is not a file").into());
    }
    let Interval(interval) = value_of(&arguments.interval).unwrap_or_default();
    let mut rounds = Rounds::every(interval)?;
    let max_stale = max_stale(arguments, interval)?;
    watchdog::allow_in_all(plan.timeout());
    run(async {
        // Before anything is fetched, so that who asks is told to wait, and a port that is taken ends the run.
        let health = match value_of(&arguments.listen) {
            None => Health::default(),
            Some(address) => {
                let (health, bound) = Health::listen(address, max_stale)?;
                printer.note(&format!("listening on {bound}"));
                health
            }
        };
        health.round_began(plan.timeout());
        // The first round is `fetch`: without the files nothing may start, so that its failure ends the run.
        let first = async {
            let fetcher = open(&plan).await?;
            let report = materialize(fetcher, &plan).await?;
            Ok((fetcher, report))
        };
        let (fetcher, report) = within(plan.timeout(), health.counting(first)).await?;
        health.succeeded(&report);
        printer.done(&report, &[]).map_err(after_the_change)?;
        loop {
            watchdog::allow(None);
            rounds.wait().await;
            watchdog::allow(Some(plan.timeout()));
            health.round_began(plan.timeout());
            match within(plan.timeout(), health.counting(materialize(fetcher, &plan))).await {
                Ok(report) => {
                    health.succeeded(&report);
                    if rounds.succeeded() {
                        printer.note("the files are up to date again");
                    }
                    if let Some(report) = changed(report)
                        && let Err(error) = printer.done(&report, &[])
                    {
                        // Whoever reads the report is gone; whoever reads the files is not.
                        printer.note(&after_the_change(error).to_string());
                    }
                }
                // The files are those of the last good round, which is better than none: the next round tries again.
                Err(error) => {
                    health.failed(&error);
                    rounds.failed(error.kind());
                    last_words.tell_in_passing(&error);
                    printer.note("the files are kept as they are until the next round");
                }
            }
        }
    })
}

/// How old the files may become, if that is seen anywhere and can be kept.
fn max_stale(arguments: &WatchArguments, interval: Duration) -> Result<Option<Duration>> {
    let Some(max_stale) = &arguments.max_stale else { return Ok(None) };
    if arguments.listen.is_none() {
        return Err(usage(format!("{} is about /readyz, and nothing listens", max_stale.origin))
            .with_hint("say where to listen with `--listen`")
            .into());
    }
    if max_stale.value <= interval {
        return Err(max_stale
            .wrong("the watch would not be ready between two good rounds")
            .with_hint("it must be longer than the interval (`--interval`); several of them are usual")
            .into());
    }
    Ok(Some(max_stale.value))
}

/// The report, if there is something new in it; without its notes, which the first one had.
fn changed(mut report: Report) -> Option<Report> {
    let is_new = |outcome| matches!(outcome, FileOutcome::Written | FileOutcome::Removed);
    report.notes.clear();
    report.files.iter().any(|file| is_new(file.outcome)).then_some(report)
}
