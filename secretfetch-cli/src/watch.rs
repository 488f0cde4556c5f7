//! `watch`: the files as `fetch` leaves them, and kept fresh.

use std::time::Duration;

use secretfetch::{FileOutcome, Report, Result, Rounds};

use crate::Ended;
use crate::args::WatchArguments;
use crate::fetch::after_the_change;
use crate::plan::{Resolved, parse_length, resolve, usage};
use crate::report::Printer;
use crate::run::{materialize, open, run, within};
use crate::watchdog;

const DEFAULT_INTERVAL: Duration = Duration::from_secs(300);

pub(crate) fn watch(arguments: &WatchArguments, printer: &Printer) -> Result<(), Ended> {
    let Resolved { plan, to_stdout } = resolve(&arguments.plan, true)?;
    if to_stdout {
        return Err(Ended::Failed(usage("`watch` keeps files fresh, and `--output -` is none").into()));
    }
    let interval =
        arguments.interval.as_deref().map_or(Ok(DEFAULT_INTERVAL), |text| parse_length("--interval", text))?;
    let mut rounds =
        Rounds::every(interval).map_err(|_| Ended::Failed(usage("`--interval` is at least `1s`").into()))?;
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
            rounds.wait().await;
            watchdog::allow(Some(plan.timeout()));
            match within(plan.timeout(), materialize(fetcher, &plan)).await {
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
                    printer.fail(&error);
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
