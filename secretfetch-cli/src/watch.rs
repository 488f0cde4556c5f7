//! `watch`: the files as `fetch` leaves them, and kept fresh.

use secretfetch::{Call, FileOutcome, Report, Result, Rounds};

use crate::args::{Interval, WatchArguments, value_of};
use crate::fetch::after_the_change;
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
    watchdog::allow_in_all(plan.timeout());
    run(async {
        // The first round is `fetch`: without the files nothing may start, so that its failure ends the run.
        let (fetcher, report) = within(plan.timeout(), async {
            let fetcher = open(&plan).await?;
            let report = materialize(fetcher, &plan).await?;
            Ok((fetcher, report))
        })
        .await?;
        printer.done(&report, &[]).map_err(after_the_change)?;
        loop {
            watchdog::allow(None);
            watchdog::sleep(rounds.until_next()).await;
            watchdog::allow(Some(plan.timeout()));
            // Nobody waits for what is new: one connection is enough to ask for it.
            let round = Call::current().unhurried().run(materialize(fetcher, &plan));
            match within(plan.timeout(), round).await {
                Ok(report) => {
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
                    rounds.failed(error.kind());
                    last_words.tell_in_passing(&error);
                    printer.note("the files are kept as they are until the next round");
                }
            }
        }
    })
}

/// The report, if there is something new in it; without its notes, which the first one had.
fn changed(mut report: Report) -> Option<Report> {
    let is_new = |outcome| matches!(outcome, FileOutcome::Written | FileOutcome::Removed);
    report.notes.clear();
    report.files.iter().any(|file| is_new(file.outcome)).then_some(report)
}
