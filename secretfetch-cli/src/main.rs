//! `secretfetch`: secrets from AWS Secrets Manager into files, before the program that needs them starts.
//!
//! Arguments → plan → library → exit code; the work itself is in the crate `secretfetch`.

mod args;
mod child;
mod convert;
mod escape;
mod exec;
mod fetch;
mod hardening;
mod health;
mod install;
mod last_words;
mod log;
mod manifest;
mod outcome;
mod output;
mod plan;
mod policy;
mod probe;
mod report;
mod run;
mod watch;
mod watchdog;

use secretfetch::{Config, DEFAULT_TIMEOUT};

use args::{Arguments, Command, Instead};
use last_words::LastWords;
use report::Printer;

fn main() {
    LastWords::default().of_a_panic();
    hardening::forbid_core_dumps();
    let code = match Arguments::read() {
        Ok(arguments) => run(&arguments),
        Err(Instead::Print(text)) => {
            // A closed stream cannot be told about.
            let _ = output::write_output(text.as_bytes());
            0
        }
        Err(Instead::Refuse(refusal)) => {
            LastWords::new(Printer::new(&refusal.output), refusal.command.as_ref().and_then(Command::plan))
                .refuse(&refusal)
        }
    };
    // Not by returning: what is still open, the system closes faster.
    std::process::exit(code.into());
}

/// Runs one command, tells how it ended, and answers the exit code.
fn run(arguments: &Arguments) -> u8 {
    if !matches!(arguments.command, Command::Exec(_)) {
        hardening::forbid_core_dumps_for_good();
    }
    let printer = Printer::new(&arguments.output);
    let plan = arguments.command.plan();
    let last_words = LastWords::new(printer, plan);
    last_words.of_a_panic();
    log::install(&printer);
    let runs_on = matches!(arguments.command, Command::Watch(_));
    // The other commands read standard input, for which there is no time, or a configuration alone.
    let time = match (&arguments.command, plan) {
        (Command::Fetch(_) | Command::Check(_) | Command::Watch(_) | Command::Exec(_), Some(plan)) => {
            Some(plan::time_of(plan))
        }
        (Command::Install(_), _) => Some(DEFAULT_TIMEOUT),
        _ => None,
    };
    let guarded = time.map_or(Ok(()), |time| watchdog::start(time, last_words, runs_on));
    let result = guarded.map_err(Into::into).and_then(|()| match &arguments.command {
        Command::Fetch(plan) => fetch::fetch(plan, &printer),
        Command::Watch(watch) => watch::watch(watch, &printer, last_words),
        Command::Exec(exec) => exec::exec(exec, &printer),
        Command::Probe(probe) => probe::probe(probe),
        Command::Check(check) => fetch::check(check, &printer),
        Command::Convert(convert) => Ok(convert::convert(convert, &printer)?),
        Command::Install(install) => install::install(install, &printer),
        Command::Policy(policy) => Ok(policy::policy(policy, &printer)?),
        Command::Manifest(manifest) => Ok(manifest::manifest(manifest, &printer)?),
        Command::Schema => Ok(output::write_output(Config::JSON_SCHEMA.as_bytes())?),
        Command::Completions(shell) => Ok(output::write_output(args::completions(*shell).as_bytes())?),
        Command::Man => Ok(output::write_output(args::man().as_bytes())?),
    });
    match result {
        Ok(()) => 0,
        Err(ended) => last_words.tell(ended),
    }
}
