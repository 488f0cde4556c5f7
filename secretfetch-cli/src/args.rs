//! The command line as it is typed; every option can come from the environment as well.

mod deferred;
mod settle;

use std::ffi::OsString;

pub(crate) use settle::FILE_OPTIONS;

use clap::{ArgAction, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use deferred::Deferred;

#[derive(Parser)]
#[command(
    name = "secretfetch",
    version,
    about = "Fetch secrets from AWS Secrets Manager and leave them as files",
    long_about = "Fetch secrets from AWS Secrets Manager and leave them as files for the program that starts next: \
                  as a Kubernetes init container, or by hand.\n\n\
                  Every option can be given by the environment variable named in its help. Options win over \
                  SECRETFETCH_* variables, these over the configuration, and that over AWS_* variables. Credentials \
                  come from where every AWS SDK takes them: AWS_* variables, a service account's role (IRSA, Pod \
                  Identity), profiles, ECS, EC2.",
    after_help = EXAMPLES,
    after_long_help = EXAMPLES_AND_EXIT_CODES,
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

const EXAMPLES: &str = "\
Examples:
  secretfetch fetch --secret-id vinsguru/prod --output app.properties --format properties
  secretfetch fetch --config secretfetch.yaml
  secretfetch convert --format env --dialect docker < secret.json > app.env";

const EXAMPLES_AND_EXIT_CODES: &str = "\
Examples:
  # one secret, a JSON object, as a Java properties file
  secretfetch fetch --secret-id vinsguru/prod --output /secret/application.properties --format properties

  # one key's value, alone in a file
  secretfetch fetch --secret-id vinsguru/tls --key privateKey --output /secret/tls.key --mode 0400

  # every file that the application needs, from a configuration
  secretfetch fetch --config /etc/secretfetch/config.yaml

  # the same without writing anything
  secretfetch check --config /etc/secretfetch/config.yaml

  # without AWS: a secret's JSON text as an env-file
  secretfetch convert --format env --dialect docker < secret.json > app.env

Exit codes:
  0  done
  1  internal error
  2  wrong arguments or configuration; an untrusted TLS certificate
  3  a secret, version or key does not exist
  4  credentials or permissions are missing
  5  unavailable, worth retrying: timeout, throttling, network
  6  a secret has the wrong shape, or a value that the format cannot hold
  7  a file cannot be written
  143, 130  ended by SIGTERM, SIGINT";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Fetch secrets and write their files: all of them, or none
    Fetch(Deferred<PlanArguments>),
    /// Do everything but the writing, to see whether it would work
    Check(Deferred<CheckArguments>),
    /// Do as fetch, then stay and keep the files fresh: as a native sidecar
    Watch(Deferred<WatchArguments>),
    /// Convert a secret's text from standard input, without AWS and without files
    Convert(Deferred<ConvertArguments>),
    /// Print the least IAM policy that the same arguments of fetch need: no network, no credentials
    Policy(Deferred<PolicyArguments>),
    /// Print the JSON Schema of the configuration, for editors and CI
    Schema,
}

impl Arguments {
    /// Reads the command line and the environment.
    ///
    /// What is typed wins over the environment as a whole: a typed `--config` is not disturbed by a
    /// `SECRETFETCH_SECRET_ID`, nor a typed `--secret-id` by a `SECRETFETCH_CONFIG`.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches()?;
        let mut arguments = Self::from_arg_matches(&matches)?;
        if let Some((_, given)) = matches.subcommand() {
            match &mut arguments.command {
                Command::Fetch(plan) => plan.settle(given),
                Command::Check(check) => check.plan.settle(given),
                Command::Watch(watch) => watch.plan.settle(given),
                Command::Convert(convert) => convert.conversion.settle(given),
                Command::Policy(policy) => policy.plan.settle(given),
                Command::Schema => {}
            }
        }
        Ok(arguments)
    }
}

/// An empty variable is one that is not set.
fn verbosity(text: &str) -> Result<u8, std::num::ParseIntError> {
    if text.is_empty() { Ok(0) } else { text.parse() }
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
#[derive(Args)]
#[command(next_help_heading = "Messages")]
pub(crate) struct OutputArguments {
    /// The form of log lines and errors on standard error: text or json
    #[arg(
        long,
        global = true,
        env = "SECRETFETCH_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "text",
        hide_env_values = true
    )]
    pub(crate) log_format: String,
    /// Write one JSON document about the run to standard output, on failure too
    #[arg(long, global = true, env = "SECRETFETCH_REPORT", value_name = "json", hide_env_values = true)]
    pub(crate) report: Option<String>,
    /// Say more; twice (or 2 in the variable) for details
    #[arg(short, long, global = true, env = "SECRETFETCH_VERBOSE", hide_env_values = true, value_parser = verbosity, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Print errors only
    #[arg(short, long, global = true, env = "SECRETFETCH_QUIET", hide_env_values = true, value_parser = clap::builder::FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub(crate) quiet: bool,
}

/// What to fetch, and where to write it.
#[derive(Args)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) config: ConfigArguments,
    #[command(flatten)]
    pub(crate) secret: SecretArguments,
    #[command(flatten)]
    pub(crate) conversion: ConversionArguments,
    #[command(flatten)]
    pub(crate) aws: AwsArguments,
    #[command(flatten)]
    pub(crate) files: FileArguments,
}

#[derive(Args)]
#[command(next_help_heading = "Many files")]
pub(crate) struct ConfigArguments {
    /// A YAML or JSON file that lists the files to write; SECRETFETCH_CONFIG_INLINE holds one itself
    #[arg(long, env = "SECRETFETCH_CONFIG", value_name = "PATH", hide_env_values = true)]
    pub(crate) config: Option<OsString>,
    /// Whole configuration, in the environment only
    #[arg(long, env = "SECRETFETCH_CONFIG_INLINE", value_name = "YAML", hide = true)]
    pub(crate) config_inline: Option<String>,
}

#[derive(Args)]
#[command(next_help_heading = "One secret")]
pub(crate) struct SecretArguments {
    /// The secret's name or ARN
    #[arg(long, env = "SECRETFETCH_SECRET_ID", value_name = "ID", hide_env_values = true)]
    pub(crate) secret_id: Option<String>,
    /// The staging label of the version, such as AWSPREVIOUS
    #[arg(long, env = "SECRETFETCH_VERSION_STAGE", value_name = "STAGE", hide_env_values = true)]
    pub(crate) version_stage: Option<String>,
    /// The id of the version
    #[arg(long, env = "SECRETFETCH_VERSION_ID", value_name = "ID", hide_env_values = true)]
    pub(crate) version_id: Option<String>,
    /// The file to write; `-` is standard output
    #[arg(short, long, env = "SECRETFETCH_OUTPUT", value_name = "PATH", hide_env_values = true)]
    pub(crate) output: Option<String>,
    /// A secret or version that does not exist is no error: its file is not written, and an old one removed
    #[arg(long, env = "SECRETFETCH_OPTIONAL", hide_env_values = true, value_parser = clap::builder::FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub(crate) optional: bool,
}

/// How a secret's content becomes a file's.
#[derive(Args)]
#[command(next_help_heading = "Format")]
pub(crate) struct ConversionArguments {
    /// raw, properties, env, json, yaml or files (one file per key, in the directory --output)
    #[arg(short, long, env = "SECRETFETCH_FORMAT", value_name = "FORMAT", hide_env_values = true)]
    pub(crate) format: Option<String>,
    /// The program that will read the file: java, spring (properties); dotenv, posix, systemd, docker, compose,
    /// kubectl, kubernetes, node, npm-dotenv, python-dotenv, dotenvy, godotenv (env)
    #[arg(short, long, env = "SECRETFETCH_DIALECT", value_name = "DIALECT", hide_env_values = true)]
    pub(crate) dialect: Option<String>,
    /// Only this key, under this name; with raw, the one key whose value is written. Repeatable; commas separate
    /// several in the variable
    #[arg(short, long = "key", env = "SECRETFETCH_KEY", value_name = "TARGET[=SOURCE]", hide_env_values = true)]
    pub(crate) keys: Vec<String>,
    /// What every name is prefixed with
    #[arg(long, env = "SECRETFETCH_PREFIX", value_name = "TEXT", hide_env_values = true)]
    pub(crate) prefix: Option<String>,
    /// as-is, or upper-snake: db.password becomes DB_PASSWORD
    #[arg(long, env = "SECRETFETCH_KEY_STYLE", value_name = "STYLE", hide_env_values = true)]
    pub(crate) key_style: Option<String>,
    /// The name under which a secret that is a plain text is written
    #[arg(long = "as", env = "SECRETFETCH_AS", value_name = "NAME", hide_env_values = true)]
    pub(crate) as_name: Option<String>,
    /// What a flat format does with null: refuse, omit or empty
    #[arg(long, env = "SECRETFETCH_NULLS", value_name = "HOW", hide_env_values = true)]
    pub(crate) nulls: Option<String>,
    /// Whether nested values become entries of their own: true or false
    #[arg(long, env = "SECRETFETCH_FLATTEN", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_env_values = true)]
    pub(crate) flatten: Option<String>,
    /// What stands between the names of nested keys
    #[arg(long, env = "SECRETFETCH_SEPARATOR", value_name = "TEXT", hide_env_values = true)]
    pub(crate) separator: Option<String>,
}

#[derive(Args)]
#[command(next_help_heading = "Where the secrets are")]
pub(crate) struct AwsArguments {
    /// aws, or file:PATH for a local JSON file
    #[arg(long, env = "SECRETFETCH_STORE", value_name = "STORE", hide_env_values = true)]
    pub(crate) store: Option<String>,
    /// The region of secrets that name none; an ARN's own region wins
    #[arg(long, env = "SECRETFETCH_REGION", value_name = "REGION", hide_env_values = true)]
    pub(crate) region: Option<String>,
    /// The profile of the AWS configuration files
    #[arg(long, env = "SECRETFETCH_PROFILE", value_name = "NAME", hide_env_values = true)]
    pub(crate) profile: Option<String>,
    /// Another endpoint than AWS's own
    #[arg(long, env = "SECRETFETCH_ENDPOINT_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) endpoint_url: Option<String>,
    /// auto, or never: whether many secrets are asked for in batches
    #[arg(long, env = "SECRETFETCH_BATCH", value_name = "MODE", hide_env_values = true)]
    pub(crate) batch: Option<String>,
    /// The time for everything, such as 60s
    #[arg(long, env = "SECRETFETCH_TIMEOUT", value_name = "TIME", hide_env_values = true)]
    pub(crate) timeout: Option<String>,
}

#[derive(Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct FileArguments {
    /// The directory that the files are under
    #[arg(long, env = "SECRETFETCH_DIRECTORY", value_name = "DIR", hide_env_values = true)]
    pub(crate) directory: Option<OsString>,
    /// The files' permissions (default 0440)
    #[arg(long, env = "SECRETFETCH_MODE", value_name = "OCTAL", hide_env_values = true)]
    pub(crate) mode: Option<String>,
    /// The files' owner, as numbers
    #[arg(long, env = "SECRETFETCH_OWNER", value_name = "UID[:GID]", hide_env_values = true)]
    pub(crate) owner: Option<String>,
}

#[derive(Args)]
pub(crate) struct WatchArguments {
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// How long to wait between two rounds, such as 30s (default 5m); up to a tenth less, so that pods spread
    #[arg(long, help_heading = "Watch", env = "SECRETFETCH_INTERVAL", value_name = "TIME", hide_env_values = true)]
    pub(crate) interval: Option<String>,
}

#[derive(Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// Check the configuration only: no network, no credentials
    #[arg(long, help_heading = "Check", env = "SECRETFETCH_OFFLINE", hide_env_values = true, value_parser = clap::builder::FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub(crate) offline: bool,
    /// Check that this user, with these groups, could read the files as well
    #[arg(
        long,
        help_heading = "Check",
        env = "SECRETFETCH_AS_UID",
        value_name = "UID[:GID,…]",
        hide_env_values = true
    )]
    pub(crate) as_uid: Option<String>,
}

#[derive(Args)]
pub(crate) struct ConvertArguments {
    #[command(flatten)]
    pub(crate) conversion: ConversionArguments,
}

#[derive(Args)]
pub(crate) struct PolicyArguments {
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// The AWS account of secrets that are not given by an ARN
    #[arg(long, help_heading = "Policy", env = "SECRETFETCH_ACCOUNT_ID", value_name = "ID", hide_env_values = true)]
    pub(crate) account_id: Option<String>,
}
