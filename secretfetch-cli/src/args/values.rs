//! The values of a run, each of its own type, by what they are about.

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secretfetch::{
    BatchMode, KeyStyle, Mode, Nulls, OnConflict, Owner, Region, Rounds, SecretId, User, VersionId, VersionStage,
    parse_duration,
};

use super::command::CommandName;
use super::given::{Given, Origin};
use crate::health::ListenAddress;

pub(crate) enum Command {
    Fetch(PlanArguments),
    Check(CheckArguments),
    Watch(WatchArguments),
    Exec(ExecArguments),
    Probe(ProbeArguments),
    Convert(ConvertArguments),
    Install(InstallArguments),
    Policy(PolicyArguments),
    Manifest(ManifestArguments),
    Schema,
    Completions(Shell),
    Man,
}

impl Command {
    /// What is to be fetched, of a command that has it.
    pub(crate) fn plan(&self) -> Option<&PlanArguments> {
        match self {
            Command::Fetch(plan) => Some(plan),
            Command::Check(CheckArguments { plan, .. })
            | Command::Watch(WatchArguments { plan, .. })
            | Command::Exec(ExecArguments { plan, .. })
            | Command::Policy(PolicyArguments { plan, .. }) => Some(plan),
            // One of a configuration that another run will fetch.
            Command::Manifest(_) => None,
            Command::Probe(_) | Command::Convert(_) | Command::Install(_) => None,
            Command::Schema | Command::Completions(_) | Command::Man => None,
        }
    }

    /// What standard output is for, where that is not the report.
    pub(super) fn stdout_is_for(&self) -> Option<String> {
        match self {
            Command::Fetch(plan) => {
                let output = plan.secret.output.as_ref().filter(|output| output.value == Output::Stdout)?;
                Some(output.origin.with("-"))
            }
            Command::Check(_) | Command::Watch(_) | Command::Install(_) => None,
            Command::Exec(_) => Some("the program of `exec`".to_owned()),
            Command::Probe(_) => Some("`probe`".to_owned()),
            Command::Convert(_) => Some("`convert`".to_owned()),
            Command::Policy(_) => Some("`policy`".to_owned()),
            Command::Manifest(_) => Some("`manifest`".to_owned()),
            Command::Schema => Some("`schema`".to_owned()),
            Command::Completions(_) => Some("`completions`".to_owned()),
            Command::Man => Some("`man`".to_owned()),
        }
    }
}

/// The values of every option of any command, and its operand.
#[derive(Default)]
pub(super) struct Values {
    pub(super) plan: PlanArguments,
    pub(super) interval: Option<Given<Interval>>,
    pub(super) max_stale: Option<Given<Duration>>,
    pub(super) listen: Option<Given<ListenAddress>>,
    pub(super) probe: Option<Given<Probe>>,
    pub(super) install: Option<Given<PathBuf>>,
    pub(super) manifest: Option<Given<Target>>,
    pub(super) shell: Option<Given<Shell>>,
    pub(super) resolve_env: Option<Given<()>>,
    pub(super) unset_aws: Option<Given<()>>,
    pub(super) on_conflict: Option<Given<OnConflict>>,
    /// What stands behind `--`.
    pub(super) program: Vec<OsString>,
    pub(super) offline: Option<Given<()>>,
    pub(super) as_uid: Option<Given<User>>,
    pub(super) account_id: Option<Given<String>>,
    pub(super) kms_key_arns: Vec<Given<String>>,
    pub(super) output: OutputArguments,
}

impl Values {
    /// The command with its own, and how to report.
    pub(super) fn of_command(self, name: Option<CommandName>) -> (Option<Command>, OutputArguments) {
        let Values { plan, interval, max_stale, listen, probe, install, resolve_env, .. } = self;
        let Values { manifest, shell, .. } = self;
        let Values { unset_aws, on_conflict, program, offline, as_uid, account_id, kms_key_arns, output, .. } = self;
        let command = name.and_then(|name| match name {
            CommandName::Fetch => Some(Command::Fetch(plan)),
            CommandName::Check => Some(Command::Check(CheckArguments { plan, offline, as_uid })),
            CommandName::Watch => Some(Command::Watch(WatchArguments { plan, interval, max_stale, listen })),
            CommandName::Exec => {
                Some(Command::Exec(ExecArguments { plan, program, resolve_env, unset_aws, on_conflict }))
            }
            CommandName::Probe => {
                let timeout = plan.aws.timeout;
                probe.map(|Given { value: probe, .. }| Command::Probe(ProbeArguments { probe, listen, timeout }))
            }
            CommandName::Convert => Some(Command::Convert(ConvertArguments { conversion: plan.conversion })),
            CommandName::Install => {
                install.map(|Given { value: path, .. }| Command::Install(InstallArguments { path }))
            }
            CommandName::Policy => Some(Command::Policy(PolicyArguments { plan, account_id, kms_key_arns })),
            CommandName::Manifest => manifest.map(|Given { value: target, .. }| {
                Command::Manifest(ManifestArguments { target, config: plan.config })
            }),
            CommandName::Schema => Some(Command::Schema),
            CommandName::Completions => shell.map(|Given { value: shell, .. }| Command::Completions(shell)),
            CommandName::Man => Some(Command::Man),
            CommandName::Help => None,
        });
        (command, output)
    }
}

/// How to report.
#[derive(Default)]
pub(crate) struct OutputArguments {
    pub(crate) log_format: Option<Given<LogFormat>>,
    pub(crate) report: Option<Given<ReportFormat>>,
    pub(crate) verbose: Option<Given<u8>>,
    pub(crate) quiet: Option<Given<()>>,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err(format!("`{text}` is not a log format (`text` or `json`)")),
        }
    }
}

/// The form of the report on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportFormat {
    Json,
}

impl FromStr for ReportFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "json" => Ok(ReportFormat::Json),
            _ => Err(format!("`{text}` is not a report format (`json`)")),
        }
    }
}

/// What to fetch, and where to write it.
#[derive(Default)]
pub(crate) struct PlanArguments {
    pub(crate) config: ConfigArguments,
    pub(crate) secret: SecretArguments,
    pub(crate) conversion: ConversionArguments,
    pub(crate) aws: AwsArguments,
    pub(crate) files: FileArguments,
    /// The options that say something about one file, in the order in which they were read.
    pub(crate) of_one_file: Vec<Origin>,
}

#[derive(Default)]
pub(crate) struct ConfigArguments {
    pub(crate) config: Option<Given<PathBuf>>,
    pub(crate) config_inline: Option<Given<String>>,
}

#[derive(Default)]
pub(crate) struct SecretArguments {
    pub(crate) secret_id: Option<Given<SecretId>>,
    pub(crate) version_stage: Option<Given<VersionStage>>,
    pub(crate) version_id: Option<Given<VersionId>>,
    pub(crate) output: Option<Given<Output>>,
    pub(crate) optional: Option<Given<()>>,
}

/// What `--output` names. `/dev/stdout` is a symlink, which would be replaced by a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    Stdout,
    Path(String),
}

impl FromStr for Output {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if matches!(text, "-" | "/dev/stdout") { Output::Stdout } else { Output::Path(text.to_owned()) })
    }
}

/// How a secret's content becomes a file's.
#[derive(Default)]
pub(crate) struct ConversionArguments {
    pub(crate) format: Option<Given<String>>,
    pub(crate) dialect: Option<Given<String>>,
    pub(crate) template: Option<Given<PathBuf>>,
    pub(crate) keys: Vec<Given<String>>,
    pub(crate) prefix: Option<Given<String>>,
    pub(crate) key_style: Option<Given<KeyStyle>>,
    pub(crate) as_name: Option<Given<String>>,
    pub(crate) nulls: Option<Given<Nulls>>,
    pub(crate) flatten: Option<Given<bool>>,
    pub(crate) separator: Option<Given<String>>,
}

#[derive(Default)]
pub(crate) struct AwsArguments {
    pub(crate) store: Option<Given<String>>,
    pub(crate) region: Option<Given<Region>>,
    pub(crate) profile: Option<Given<String>>,
    pub(crate) role_arn: Option<Given<String>>,
    pub(crate) external_id: Option<Given<String>>,
    pub(crate) endpoint_url: Option<Given<String>>,
    pub(crate) batch: Option<Given<BatchMode>>,
    pub(crate) timeout: Option<Given<Duration>>,
}

#[derive(Default)]
pub(crate) struct FileArguments {
    pub(crate) directory: Option<Given<PathBuf>>,
    pub(crate) mode: Option<Given<Mode>>,
    pub(crate) owner: Option<Given<Owner>>,
}

pub(crate) struct WatchArguments {
    pub(crate) plan: PlanArguments,
    pub(crate) interval: Option<Given<Interval>>,
    pub(crate) max_stale: Option<Given<Duration>>,
    pub(crate) listen: Option<Given<ListenAddress>>,
}

/// What a `watch` is to be asked, and where.
pub(crate) struct ProbeArguments {
    pub(crate) probe: Probe,
    pub(crate) listen: Option<Given<ListenAddress>>,
    pub(crate) timeout: Option<Given<Duration>>,
}

/// What a `watch` can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    Ready,
    Live,
}

impl FromStr for Probe {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "ready" => Ok(Probe::Ready),
            "live" => Ok(Probe::Live),
            _ => Err(format!("`{text}` is neither `ready` nor `live`")),
        }
    }
}

/// How long `watch` waits between two rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval(pub(crate) Duration);

impl FromStr for Interval {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match parse_duration(text).map_err(|error| error.to_string())? {
            interval if interval < Rounds::SHORTEST_INTERVAL => Err(format!("`{text}` is shorter than `1s`")),
            interval => Ok(Interval(interval)),
        }
    }
}

/// What to fetch, and the program for which.
pub(crate) struct ExecArguments {
    pub(crate) plan: PlanArguments,
    /// Its name and its arguments; at least the name.
    pub(crate) program: Vec<OsString>,
    pub(crate) resolve_env: Option<Given<()>>,
    pub(crate) unset_aws: Option<Given<()>>,
    pub(crate) on_conflict: Option<Given<OnConflict>>,
}

pub(crate) struct CheckArguments {
    pub(crate) plan: PlanArguments,
    pub(crate) offline: Option<Given<()>>,
    pub(crate) as_uid: Option<Given<User>>,
}

pub(crate) struct ConvertArguments {
    pub(crate) conversion: ConversionArguments,
}

pub(crate) struct InstallArguments {
    pub(crate) path: PathBuf,
}

pub(crate) struct PolicyArguments {
    pub(crate) plan: PlanArguments,
    pub(crate) account_id: Option<Given<String>>,
    pub(crate) kms_key_arns: Vec<Given<String>>,
}

/// What is to be brought where.
pub(crate) struct ManifestArguments {
    pub(crate) target: Target,
    pub(crate) config: ConfigArguments,
}

/// What runs a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Kubernetes,
    Ecs,
    Compose,
    Systemd,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "kubernetes" => Ok(Target::Kubernetes),
            "ecs" => Ok(Target::Ecs),
            "compose" => Ok(Target::Compose),
            "systemd" => Ok(Target::Systemd),
            _ => Err(format!("`{text}` is none of `kubernetes`, `ecs`, `compose` and `systemd`")),
        }
    }
}

/// A shell that completes arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl FromStr for Shell {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "bash" => Ok(Shell::Bash),
            "zsh" => Ok(Shell::Zsh),
            "fish" => Ok(Shell::Fish),
            _ => Err(format!("`{text}` is none of `bash`, `zsh` and `fish`")),
        }
    }
}
