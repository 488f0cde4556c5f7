//! `secretfetch`: secrets from AWS Secrets Manager into files, before the program that needs them starts.
//!
//! Arguments → plan → library → exit code; the work itself is in the crate `secretfetch`.

mod args;
mod convert;
mod document;
mod escape;
mod fetch;
mod hardening;
mod log;
mod plan;
mod policy;
mod report;
mod run;
mod store;
mod termination;
mod usage;
mod watch;

use secretfetch::{Config, Error, ErrorKind, Failure};

use args::{Arguments, Command, Instead};
use report::Printer;

fn main() {
    install_panic_hook(Printer::default());
    hardening::forbid_core_dumps();
    let code = match Arguments::read() {
        Ok(arguments) => run(&arguments),
        Err(Instead::Print(text)) => {
            // A closed stream cannot be told about.
            let _ = convert::write_output(text.as_bytes());
            0
        }
        Err(Instead::Refuse(refusal)) => usage::refuse(&refusal),
    };
    // Not by returning: what is still open, the system closes faster.
    std::process::exit(code.into());
}

/// Runs one command, tells how it ended, and answers the exit code.
fn run(arguments: &Arguments) -> u8 {
    let (printer, valid) = Printer::new(&arguments.output, arguments.command.stdout_is_for());
    install_panic_hook(printer);
    log::install(&printer);
    let result = valid.map_err(Ended::Failed).and_then(|()| match &arguments.command {
        Command::Fetch(plan) => fetch::fetch(plan, &printer),
        Command::Watch(watch) => watch::watch(watch, &printer),
        Command::Check(check) => fetch::check(check, &printer),
        Command::Convert(convert) => Ok(convert::convert(convert)?),
        Command::Policy(policy) => Ok(policy::policy(policy, &printer)?),
        Command::Schema => Ok(convert::write_output(Config::JSON_SCHEMA.as_bytes())?),
    });
    match result {
        Ok(()) => 0,
        Err(Ended::Failed(error)) => {
            termination::failed(&error);
            printer.fail(&error)
        }
        Err(Ended::Signal { name, code }) => {
            let message = format!("ended by {name}; nothing was left half-written");
            termination::ended(&message, code);
            printer.ended(&message, name, code);
            code
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
fn install_panic_hook(printer: Printer) {
    std::panic::set_hook(Box::new(move |panic| {
        secretfetch::remove_unfinished();
        // Of a dependency's path only the crate and file: where it was built is nobody's business.
        let place = panic.location().map(|at| {
            let file = at.file().split_once("registry/src/").map_or(at.file(), |(_, path)| path);
            format!(" at {file}:{}", at.line())
        });
        let failure = Failure::new(ErrorKind::Internal, format!("internal error{}", place.unwrap_or_default()))
            .with_hint("this is a defect in secretfetch");
        let error = Error::from(failure);
        termination::failed(&error);
        std::process::exit(printer.fail(&error).into());
    }));
}
