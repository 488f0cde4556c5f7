//! `fetch` and `check`: the plan through the library, once.

use secretfetch::{Error, Failure, Reader, Result};

use crate::Ended;
use crate::args::{CheckArguments, PlanArguments};
use crate::output::write_output;
use crate::plan::{Resolved, parse_optional, resolve, usage};
use crate::report::Printer;
use crate::run::{materialize, open, run, within};
use crate::watchdog::{self, Doing};

pub(crate) fn fetch(arguments: &PlanArguments, printer: &Printer) -> Result<(), Ended> {
    let Resolved { plan, to_stdout } = resolve(arguments, true)?;
    watchdog::allow_in_all(plan.timeout());
    run(within(plan.timeout(), async {
        let fetcher = open(&plan).await?;
        if to_stdout {
            watchdog::doing(Doing::Fetching);
            let rendered = fetcher.render(&plan).await?;
            return rendered.expose_files().filter_map(|(_, bytes)| bytes).try_for_each(write_output);
        }
        let report = materialize(fetcher, &plan).await?;
        printer.done(&report, &[]).map_err(after_the_change)
    }))
}

/// The exit code is that of a run which could not write; what it could write is there.
pub(crate) fn after_the_change(error: Error) -> Error {
    let about = error.failures().iter().map(|failure| {
        let what = format!("the files are written, and only the report is missing: {}", failure.message());
        Error::from(Failure::new(failure.kind(), what))
    });
    Error::join(about.collect::<Vec<_>>()).unwrap_or(error)
}

pub(crate) fn check(arguments: &CheckArguments, printer: &Printer) -> Result<(), Ended> {
    let Resolved { plan, to_stdout } = resolve(&arguments.plan, false)?;
    let reader = parse_optional::<Reader>("--as-uid", arguments.as_uid.as_deref())?;
    let mut notes: Vec<String> = Vec::new();
    for path in plan.portable_env_files() {
        notes.push(format!(
            "{} uses the portable env dialect `dotenv`, which cannot hold every password that a rotation may bring; \
             name the dialect of the program that reads it",
            path.display()
        ));
    }
    for store in plan.unused_stores() {
        notes.push(format!("no source names the store `{store}`"));
    }
    if arguments.offline {
        if reader.is_some() {
            let failure = usage("`--as-uid` looks at directories, and `--offline` at the configuration only");
            return Err(Error::from(failure).into());
        }
        let count = plan.paths().count();
        notes.push(format!("the configuration is valid: {count} {}", if count == 1 { "file" } else { "files" }));
    }
    notes.iter().for_each(|note| printer.note(note));
    if arguments.offline {
        return Ok(printer.valid(&notes)?);
    }
    watchdog::allow_in_all(plan.timeout());
    run(within(plan.timeout(), async {
        let fetcher = open(&plan).await?;
        watchdog::doing(Doing::Fetching);
        let rendered = fetcher.render(&plan).await?;
        // What goes to standard output needs no directory.
        let report = if to_stdout { rendered.report() } else { rendered.rehearse(reader.as_ref())? };
        printer.done(&report, &notes)
    }))
}
