//! `fetch` and `check`: the plan through the library, once.

use secretfetch::{Error, Failure, Result};

use crate::args::{CheckArguments, PlanArguments, value_of};
use crate::outcome::{Ended, usage};
use crate::output::write_output;
use crate::plan::{Resolved, resolve};
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
    if let Some(offline) = &arguments.offline {
        if let Some(reader) = &arguments.as_uid {
            let (reader, offline) = (reader.origin, offline.origin);
            return Err(usage(format!("{reader} looks at directories, and {offline} at the configuration only")).into());
        }
        let count = plan.paths().count();
        notes.push(format!("the configuration is valid: {count} {}", if count == 1 { "file" } else { "files" }));
    }
    notes.iter().for_each(|note| printer.note(note));
    if arguments.offline.is_some() {
        return Ok(printer.valid(&notes)?);
    }
    watchdog::allow_in_all(plan.timeout());
    run(within(plan.timeout(), async {
        let fetcher = open(&plan).await?;
        watchdog::doing(Doing::Fetching);
        let rendered = fetcher.render(&plan).await?;
        // What goes to standard output needs no directory.
        let report =
            if to_stdout { rendered.report() } else { rendered.rehearse(value_of(&arguments.as_uid).as_ref())? };
        printer.done(&report, &notes)
    }))
}
