//! `secretfetch`: secrets from AWS Secrets Manager into files, before the program that needs them starts.
//!
//! Arguments → plan → library → exit code; the work itself is in the crate `secretfetch`.

mod args;
mod convert;
mod fetch;
mod hardening;
mod log;
mod plan;
mod report;
mod store;
mod termination;

use std::process::ExitCode;

use clap::error::ErrorKind as UsageKind;
use secretfetch::Error;

use args::{Arguments, Command};
use report::Printer;

fn main() -> ExitCode {
    install_panic_hook();
    hardening::forbid_core_dumps();
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(usage) => {
            let asked_for = matches!(usage.kind(), UsageKind::DisplayHelp | UsageKind::DisplayVersion);
            // A closed stream cannot be told about.
            let _ = usage.print();
            if !asked_for {
                termination::write(&usage.to_string());
            }
            return ExitCode::from(if asked_for { 0 } else { 2 });
        }
    };
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => ExitCode::from(code),
    }
}

/// Runs one command; the error is the exit code, everything about it has been printed.
fn run(arguments: Arguments) -> Result<(), u8> {
    let printer = Printer::new(&arguments).map_err(|error| {
        termination::write(&error.to_string());
        Printer::plain().fail(&error)
    })?;
    log::install(&printer);
    let result = match &arguments.command {
        Command::Fetch(plan) => fetch::fetch(plan, &printer),
        Command::Check(check) => fetch::check(check, &printer),
        Command::Convert(convert) => convert::convert(convert).map_err(Ended::Failed),
    };
    match result {
        Ok(()) => Ok(()),
        Err(Ended::Failed(error)) => {
            termination::write(&error.to_string());
            Err(printer.fail(&error))
        }
        Err(Ended::Signal { name, code }) => {
            printer.ended(name, code);
            Err(code)
        }
    }
}

/// Why a command did not come to its end.
enum Ended {
    Failed(Error),
    Signal { name: &'static str, code: u8 },
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Ended::Failed(error)
    }
}

/// A panic's message can hold anything, a secret too: only its place in the source is told.
fn install_panic_hook() {
    std::panic::set_hook(Box::new(|panic| {
        // Of a dependency's path only the crate and file: where it was built is nobody's business.
        let place = panic.location().map(|at| {
            let file = at.file().split_once("registry/src/").map_or(at.file(), |(_, path)| path);
            format!("{file}:{}", at.line())
        });
        let place = place.unwrap_or_default();
        let message = format!("error: internal error at {place}; this is a defect in secretfetch\n");
        use std::io::Write as _;
        let _ = std::io::stderr().write_all(message.as_bytes());
        termination::write(&message);
        secretfetch::remove_unfinished();
        std::process::exit(1);
    }));
}
