//! The command line as it is typed; every option can come from the environment as well.
//!
//! Two tables say everything about them: `command` and `option`. Nothing is built but the values of a run.

mod command;
mod completions;
mod given;
mod help;
mod man;
mod operand;
mod option;
mod parse;
mod refusal;
mod setting;
mod settle;
mod values;

use std::ffi::OsString;

use lexopt::Parser;
use secretfetch::Error;

pub(crate) use completions::completions;
pub(crate) use given::{Given, Origin, value_of};
pub(crate) use man::man;
use parse::{Question, Reading};
use refusal::Mistake;
pub(crate) use refusal::Refusal;
pub(crate) use setting::Settings;
pub(crate) use values::{
    CheckArguments, Command, ConfigArguments, ConversionArguments, ConvertArguments, ExecArguments, InstallArguments,
    Interval, LogFormat, ManifestArguments, Output, OutputArguments, PlanArguments, PolicyArguments, Probe,
    ProbeArguments, ReportFormat, SecretArguments, Target, WatchArguments,
};

pub(crate) struct Arguments {
    pub(crate) command: Command,
    pub(crate) output: OutputArguments,
}

/// What there is to do instead of running a command.
pub(crate) enum Instead {
    /// To print the help or the version.
    Print(String),
    Refuse(Box<Refusal>),
}

impl Arguments {
    /// Reads the command line and the environment.
    pub(crate) fn read() -> Result<Self, Instead> {
        Self::of(Parser::from_args(std::env::args_os().skip(1)), |name| std::env::var_os(name))
    }

    fn of(words: Parser, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Instead> {
        let mut reading = Reading::default();
        match reading.words(words) {
            Some(Question::Help { about, is_long }) => return Err(Instead::Print(help::text(about, is_long))),
            Some(Question::Version) => return Err(Instead::Print(help::version())),
            None => reading.variables(variable),
        }
        let Reading { command, values, mistake, mut unfit, .. } = reading;
        let (command, mut output) = values.of_command(command);
        unfit.extend(settle::free_stdout(command.as_ref(), &mut output).map(Error::from));
        let unfit = Error::join(unfit).map(|error| (Mistake::Unfit(error), None));
        let (command, (mistake, during)) = match (command, mistake.or(unfit)) {
            (Some(command), None) => return Ok(Arguments { command, output }),
            (command, mistake) => (command, mistake.unwrap_or((Mistake::NoCommand, None))),
        };
        Err(Instead::Refuse(Box::new(Refusal { mistake, during, command, output })))
    }
}
