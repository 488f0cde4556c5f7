//! The command line as it is typed; every option can come from the environment as well.
//!
//! Two tables say everything about them: `command` and `option`. Nothing is built but the values of a run.

mod command;
mod help;
mod option;
mod parse;
mod refusal;
mod settle;

use std::ffi::OsString;

use command::CommandName;
use lexopt::Parser;
use option::OptionSet;
use parse::{Question, Reading};
use refusal::Mistake;
pub(crate) use refusal::Refusal;

pub(crate) struct Arguments {
    pub(crate) command: Command,
    pub(crate) output: OutputArguments,
}

pub(crate) enum Command {
    Fetch(PlanArguments),
    Check(CheckArguments),
    Watch(WatchArguments),
    Convert(ConvertArguments),
    Policy(PolicyArguments),
    Schema,
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
        let Reading { command, values, mistake, .. } = reading;
        let (command, output) = values.of_command(command);
        match (command, mistake) {
            (Some(command), None) => Ok(Arguments { command, output }),
            (command, mistake) => {
                let (mistake, during) = mistake.unwrap_or((Mistake::NoCommand, None));
                Err(Instead::Refuse(Box::new(Refusal { mistake, during, command, output })))
            }
        }
    }
}

/// The values of every option of any command.
#[derive(Default)]
struct Values {
    plan: PlanArguments,
    interval: Option<String>,
    offline: bool,
    as_uid: Option<String>,
    account_id: Option<String>,
    output: OutputArguments,
}

impl Values {
    /// The command with its own, and how to report.
    fn of_command(self, name: Option<CommandName>) -> (Option<Command>, OutputArguments) {
        let Values { plan, interval, offline, as_uid, account_id, output } = self;
        let command = name.and_then(|name| match name {
            CommandName::Fetch => Some(Command::Fetch(plan)),
            CommandName::Check => Some(Command::Check(CheckArguments { plan, offline, as_uid })),
            CommandName::Watch => Some(Command::Watch(WatchArguments { plan, interval })),
            CommandName::Convert => Some(Command::Convert(ConvertArguments { conversion: plan.conversion })),
            CommandName::Policy => Some(Command::Policy(PolicyArguments { plan, account_id })),
            CommandName::Schema => Some(Command::Schema),
            CommandName::Help => None,
        });
        (command, output)
    }
}

/// Whether `--output` names standard output. `/dev/stdout` is a symlink, which would be replaced by a file.
pub(crate) fn is_stdout(output: &str) -> bool {
    matches!(output, "-" | "/dev/stdout")
}

impl Command {
    /// What standard output is for, where that is not the report.
    pub(crate) fn stdout_is_for(&self) -> Option<&'static str> {
        match self {
            Command::Fetch(plan) => {
                plan.secret.output.as_deref().filter(|path| is_stdout(path)).map(|_| "`--output -`")
            }
            Command::Check(_) | Command::Watch(_) => None,
            Command::Convert(_) => Some("`convert`"),
            Command::Policy(_) => Some("`policy`"),
            Command::Schema => Some("`schema`"),
        }
    }
}

/// How to report.
#[derive(Default)]
pub(crate) struct OutputArguments {
    pub(crate) log_format: Option<String>,
    pub(crate) report: Option<String>,
    pub(crate) verbose: u8,
    pub(crate) quiet: bool,
}

/// What to fetch, and where to write it.
#[derive(Default)]
pub(crate) struct PlanArguments {
    pub(crate) config: ConfigArguments,
    pub(crate) secret: SecretArguments,
    pub(crate) conversion: ConversionArguments,
    pub(crate) aws: AwsArguments,
    pub(crate) files: FileArguments,
    /// The options that say something, each of whatever field.
    given: OptionSet,
}

#[derive(Default)]
pub(crate) struct ConfigArguments {
    pub(crate) config: Option<OsString>,
    pub(crate) config_inline: Option<String>,
}

#[derive(Default)]
pub(crate) struct SecretArguments {
    pub(crate) secret_id: Option<String>,
    pub(crate) version_stage: Option<String>,
    pub(crate) version_id: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) optional: bool,
}

/// How a secret's content becomes a file's.
#[derive(Default)]
pub(crate) struct ConversionArguments {
    pub(crate) format: Option<String>,
    pub(crate) dialect: Option<String>,
    pub(crate) keys: Vec<String>,
    pub(crate) prefix: Option<String>,
    pub(crate) key_style: Option<String>,
    pub(crate) as_name: Option<String>,
    pub(crate) nulls: Option<String>,
    pub(crate) flatten: Option<String>,
    pub(crate) separator: Option<String>,
}

#[derive(Default)]
pub(crate) struct AwsArguments {
    pub(crate) store: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) role_arn: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) endpoint_url: Option<String>,
    pub(crate) batch: Option<String>,
    pub(crate) timeout: Option<String>,
}

#[derive(Default)]
pub(crate) struct FileArguments {
    pub(crate) directory: Option<OsString>,
    pub(crate) mode: Option<String>,
    pub(crate) owner: Option<String>,
}

pub(crate) struct WatchArguments {
    pub(crate) plan: PlanArguments,
    pub(crate) interval: Option<String>,
}

pub(crate) struct CheckArguments {
    pub(crate) plan: PlanArguments,
    pub(crate) offline: bool,
    pub(crate) as_uid: Option<String>,
}

pub(crate) struct ConvertArguments {
    pub(crate) conversion: ConversionArguments,
}

pub(crate) struct PolicyArguments {
    pub(crate) plan: PlanArguments,
    pub(crate) account_id: Option<String>,
}
