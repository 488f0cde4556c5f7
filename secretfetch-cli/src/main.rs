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
mod output;
mod plan;
mod policy;
mod report;
mod run;
mod termination;
mod usage;
mod watch;
mod watchdog;

use secretfetch::{Config, Error, ErrorKind, Failure};

use args::{Arguments, Command, Instead};
use report::Printer;
use watchdog::Signal;

fn main() {
    install_panic_hook(Printer::default());
    hardening::forbid_core_dumps();
    let code = match Arguments::read() {
        Ok(arguments) => run(&arguments),
        Err(Instead::Print(text)) => {
            // A closed stream cannot be told about.
            let _ = output::write_output(text.as_bytes());
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
    let result = valid.and_then(|()| arguments.command.guard(printer)).map_err(Ended::Failed);
    let result = result.and_then(|()| match &arguments.command {
        Command::Fetch(plan) => fetch::fetch(plan, &printer),
        Command::Watch(watch) => watch::watch(watch, &printer),
        Command::Check(check) => fetch::check(check, &printer),
        Command::Convert(convert) => Ok(convert::convert(convert, &printer)?),
        Command::Policy(policy) => Ok(policy::policy(policy, &printer)?),
        Command::Schema => Ok(output::write_output(Config::JSON_SCHEMA.as_bytes())?),
    });
    match result {
        Ok(()) => 0,
        Err(ended) => watchdog::tell(&printer, ended),
    }
}

/// How a command ended that did not come to its end.
enum Ended {
    Failed(Error),
    Signal(Signal),
    /// By a signal, which is the normal end of what would go on for ever.
    Stopped(Signal),
}

impl Ended {
    fn code(&self) -> u8 {
        match self {
            Ended::Failed(error) => error.exit_code(),
            Ended::Signal(signal) => signal.code(),
            Ended::Stopped(_) => 0,
        }
    }
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Ended::Failed(error)
    }
}

impl Command {
    /// Has a signal, and the end of the time, end the command whatever it does then.
    fn guard(&self, printer: Printer) -> secretfetch::Result<()> {
        let (plan, runs_on) = match self {
            Command::Fetch(plan) => (plan, false),
            Command::Check(check) => (&check.plan, false),
            Command::Watch(watch) => (&watch.plan, true),
            // Their one input is standard input, for which there is no time, or a configuration alone.
            Command::Convert(_) | Command::Policy(_) | Command::Schema => return Ok(()),
        };
        watchdog::start(plan::time_of(plan), printer, runs_on)
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
