//! `exec`: the files as `fetch` leaves them, then the program, with secrets in its environment.

mod environment;
mod limits;
mod program;

use std::ffi::OsString;
use std::path::Path;

use secretfetch::{Plan, SourceConfig};
use tokio::time::Instant;

use crate::args::ExecArguments;
use crate::hardening;
use crate::outcome::Ended;
use crate::plan::environment_plan;
use crate::report::Printer;
use crate::run::{open, render, run, within, write};
use crate::watchdog;

use environment::Rules;

/// Becomes the program: only what keeps it from that is an answer.
pub(crate) fn exec(arguments: &ExecArguments, printer: &Printer) -> Result<(), Ended> {
    let inherited: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    let references = if arguments.resolve_env.is_some() { environment::references(&inherited)? } else { Vec::new() };
    let resolved = references.iter().map(|(name, _)| name.clone()).collect();
    let sources: Vec<SourceConfig> = references.into_iter().map(|(_, source)| source).collect();
    let plan = environment_plan(arguments, sources)?;
    let program = &arguments.program;
    if !plan.as_ref().is_some_and(|plan| is_written(plan, program)) {
        program::check(program)?;
    }
    let rules = Rules {
        on_conflict: plan.as_ref().and_then(|plan| plan.on_conflict()).unwrap_or_default(),
        unset_aws: arguments.unset_aws.is_some(),
        resolved,
    };
    let mut variables = Vec::new();
    match &plan {
        Some(plan) => {
            watchdog::allow_in_all(plan.timeout());
            run(within(plan.timeout(), async {
                let started = Instant::now();
                let rendered = render(open(plan).await?, plan).await?;
                // What cannot be is told before the first file is written.
                let secrets = rendered.expose_environment();
                let assembled = environment::assemble(inherited, secrets, &rules)?;
                limits::check(program, &assembled.variables, secrets)?;
                let report = match plan.paths().next() {
                    Some(_) => write(plan, &rendered, started).await?,
                    None => rendered.report(),
                };
                assembled.notes.iter().for_each(|note| printer.detail(note));
                variables = assembled.variables;
                printer.done(&report, &[])
            }))?;
        }
        None => variables = environment::assemble(inherited, &[], &rules)?.variables,
    }
    watchdog::allow(None);
    hardening::undo();
    Err(program::become_it(program, variables))
}

/// Whether the program is one of the files that the run leaves.
fn is_written(plan: &Plan, program: &[OsString]) -> bool {
    program.first().is_some_and(|name| plan.paths().any(|path| plan.directory().join(path) == Path::new(name)))
}
