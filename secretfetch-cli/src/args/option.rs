//! The options, as data. What is typed, what the environment says, the help and the tips all come from this table.

use std::ffi::OsString;

use secretfetch::{Format, parse_duration};

use super::command::CommandName;
use super::given::{Given, Unfit, write_variable};
use super::values::Values;

/// One option: how it is written, who has it, and where its value goes.
pub(super) struct Definition {
    pub(super) long: &'static str,
    pub(super) short: Option<char>,
    /// The value's name in the help; empty if the option takes none.
    pub(super) value: &'static str,
    /// What the option says without a value. Such an option takes one only after `=`.
    pub(super) without_value: Option<&'static str>,
    pub(super) group: Group,
    pub(super) place: Place,
    pub(super) help: &'static str,
    pub(super) is_hidden: bool,
    /// The values that it can have, where these are a few words.
    pub(super) words: &'static [&'static str],
}

/// Where a value goes.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Help,
    Version,
    Flag(fn(&mut Values) -> &mut Option<Given<()>>),
    Count(fn(&mut Values) -> &mut Option<Given<u8>>),
    /// One value, which is read as the type of its place.
    One(fn(&mut Values, Given<OsString>) -> Result<(), Unfit>),
    /// One each time that the option is typed; commas separate several in the variable.
    Each(fn(&mut Values, Given<OsString>) -> Result<(), Unfit>),
}

/// Options that the same commands have, and that say something about the same thing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    General,
    Configuration,
    /// Which secret: takes the place of a configuration.
    SecretId,
    Secret,
    /// Where the secret goes, and as what: of one that becomes a file.
    Output,
    Format,
    Conversion,
    Aws,
    Time,
    Files,
    Watch,
    Exec,
    /// Where a watch is asked how it is.
    Listen,
    Check,
    Policy,
    Messages,
}

impl Group {
    /// What the help writes above the group. Neighbours with one heading stand together.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Group::General => "Options",
            Group::Configuration => "Many files",
            Group::SecretId | Group::Secret | Group::Output => "One secret",
            Group::Format | Group::Conversion => "Format",
            Group::Aws => "Where the secrets are",
            Group::Time => "Time",
            Group::Files => "Files",
            Group::Watch | Group::Listen => "Watch",
            Group::Exec => "Exec",
            Group::Check => "Check",
            Group::Policy => "Policy",
            Group::Messages => "Messages",
        }
    }

    /// Whether the command has these options; without a command, whether they can stand before one.
    fn is_of(self, command: Option<CommandName>) -> bool {
        use CommandName::{Check, Convert, Exec, Fetch, Manifest, Policy, Probe, Watch};
        match self {
            Group::General | Group::Messages => true,
            Group::Configuration => matches!(command, Some(Fetch | Check | Watch | Exec | Policy | Manifest)),
            Group::SecretId | Group::Secret | Group::Aws | Group::Files => {
                matches!(command, Some(Fetch | Check | Watch | Exec | Policy))
            }
            Group::Output => matches!(command, Some(Fetch | Check | Watch | Policy)),
            Group::Format => matches!(command, Some(Fetch | Check | Watch | Policy | Convert)),
            Group::Conversion => matches!(command, Some(Fetch | Check | Watch | Exec | Policy | Convert)),
            Group::Time => matches!(command, Some(Fetch | Check | Watch | Exec | Probe | Policy)),
            Group::Watch => command == Some(Watch),
            Group::Listen => matches!(command, Some(Watch | Probe)),
            Group::Exec => command == Some(Exec),
            Group::Check => command == Some(Check),
            Group::Policy => command == Some(Policy),
        }
    }

    /// Whether the options say something about one file, and so nothing about the many of a configuration.
    pub(super) fn is_about_one_file(self) -> bool {
        matches!(self, Group::Secret | Group::Output | Group::Format | Group::Conversion)
    }
}

impl Definition {
    const fn short(self, short: char) -> Self {
        Definition { short: Some(short), ..self }
    }

    const fn without_value(self, says: &'static str) -> Self {
        Definition { without_value: Some(says), ..self }
    }

    const fn help(self, help: &'static str) -> Self {
        Definition { help, ..self }
    }

    const fn hidden(self) -> Self {
        Definition { is_hidden: true, ..self }
    }

    const fn words(self, words: &'static [&'static str]) -> Self {
        Definition { words, ..self }
    }

    pub(super) fn is_of(&self, command: Option<CommandName>) -> bool {
        self.group.is_of(command)
    }

    /// Whether the word, which starts with a hyphen, is this option, perhaps with its value.
    pub(super) fn is_written(&self, word: &str) -> bool {
        match word.strip_prefix("--") {
            Some(long) => long.split('=').next() == Some(self.long),
            None => self.short.is_some() && word.chars().nth(1) == self.short,
        }
    }

    /// The option with its value's name, as messages and the help show it.
    pub(super) fn usage(&self) -> String {
        let Definition { long, value, .. } = self;
        match self.place {
            Place::Count(_) => format!("--{long}..."),
            _ if value.is_empty() => format!("--{long}"),
            _ if self.without_value.is_some() => format!("--{long}[=<{value}>]"),
            _ => format!("--{long} <{value}>"),
        }
    }

    /// The name of the option's variable, made in `buffer`: a run looks for some thirty of them.
    pub(super) fn variable<'a>(&self, buffer: &'a mut String) -> Option<&'a str> {
        if matches!(self.place, Place::Help | Place::Version) {
            return None;
        }
        buffer.clear();
        write_variable(self.long, buffer);
        Some(buffer)
    }
}

/// Some of the [`OPTIONS`].
#[derive(Clone, Copy, Default)]
pub(crate) struct OptionSet(u64);

impl OptionSet {
    /// Adds the option at this place of the table; answers whether it was there already.
    pub(super) fn insert(&mut self, place: usize) -> bool {
        let before = self.contains(place);
        self.0 |= 1 << place;
        before
    }

    pub(super) fn contains(self, place: usize) -> bool {
        self.0 >> place & 1 == 1
    }

    pub(super) fn iter(self) -> impl Iterator<Item = &'static Definition> {
        OPTIONS.iter().enumerate().filter(move |(place, _)| self.contains(*place)).map(|(_, option)| option)
    }
}

const _: () = assert!(OPTIONS.len() <= u64::BITS as usize, "an option is a bit of an OptionSet");

/// The dialects of all formats, each once.
const DIALECTS: &[&str] = &[
    "java",
    "spring",
    "quarkus",
    "dotenv",
    "posix",
    "systemd",
    "docker",
    "compose",
    "kubectl",
    "kubernetes",
    "node",
    "npm-dotenv",
    "dotenv-expand",
    "bun",
    "phpdotenv",
    "python-dotenv",
    "dotenvy",
    "godotenv",
    "envdir",
    "configtree",
    "bundle",
    "fullchain",
    "key",
];

const fn option(group: Group, long: &'static str, value: &'static str, place: Place) -> Definition {
    Definition { long, short: None, value, without_value: None, group, place, help: "", is_hidden: false, words: &[] }
}

fn parse_bool(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("`{text}` is not `true` or `false`"))
}

/// In the order of the help.
pub(super) static OPTIONS: &[Definition] = &[
    option(Group::General, "help", "", Place::Help).short('h').help("Print help"),
    option(Group::General, "version", "", Place::Version).short('V').help("Print version"),
    option(Group::Configuration, "config", "PATH", Place::One(|to, given| given.put_path(&mut to.plan.config.config)))
        .help("A YAML or JSON file that lists the files to write; SECRETFETCH_CONFIG_INLINE holds one itself"),
    option(
        Group::Configuration,
        "config-inline",
        "YAML",
        Place::One(|to, given| given.put(&mut to.plan.config.config_inline)),
    )
    .hidden()
    .help("Whole configuration, in the environment only"),
    option(Group::SecretId, "secret-id", "ID", Place::One(|to, given| given.put(&mut to.plan.secret.secret_id)))
        .help("The secret's name or ARN"),
    option(
        Group::Secret,
        "version-stage",
        "STAGE",
        Place::One(|to, given| given.put(&mut to.plan.secret.version_stage)),
    )
    .help("The staging label of the version, such as AWSPREVIOUS"),
    option(Group::Secret, "version-id", "ID", Place::One(|to, given| given.put(&mut to.plan.secret.version_id)))
        .help("The id of the version"),
    option(Group::Output, "output", "PATH", Place::One(|to, given| given.put(&mut to.plan.secret.output)))
        .short('o')
        .help("The file to write; `-` is standard output"),
    option(Group::Secret, "optional", "", Place::Flag(|to| &mut to.plan.secret.optional)).help(
        "A secret or version that does not exist is not an error: its file is not written, and an old one removed",
    ),
    option(Group::Format, "format", "FORMAT", Place::One(|to, given| given.put(&mut to.plan.conversion.format)))
        .short('f')
        .help("raw, properties, env, json, yaml, toml, files (one file per key, in the directory --output), template \
             (--template), pem, pkcs12, pgpass, mycnf, netrc or dockerconfigjson")
        .words(Format::NAMES),
    option(Group::Format, "dialect", "DIALECT", Place::One(|to, given| given.put(&mut to.plan.conversion.dialect)))
        .short('d')
        .help(
            "The program that will read the file: java, spring, quarkus (properties); dotenv, posix, systemd, docker, \
             compose, kubectl, kubernetes, node, npm-dotenv, dotenv-expand, bun, phpdotenv, python-dotenv, dotenvy, \
             godotenv (env); spring (yaml); envdir, configtree (files); bundle, fullchain, key (pem)",
        )
        .words(DIALECTS),
    option(
        Group::Format,
        "template",
        "PATH",
        Place::One(|to, given| given.put_path(&mut to.plan.conversion.template)),
    )
    .help("A text with slots such as {{ password | url }}; the format is template"),
    option(
        Group::Conversion,
        "key",
        "TARGET[=SOURCE]",
        Place::Each(|to, given| given.put_each(&mut to.plan.conversion.keys)),
    )
    .short('k')
    .help(
        "Only this key, under this name; with raw, the one key whose value is written. Repeatable; commas separate \
             several in the variable",
    ),
    option(Group::Conversion, "prefix", "TEXT", Place::One(|to, given| given.put(&mut to.plan.conversion.prefix)))
        .help("What every name is prefixed with"),
    option(
        Group::Conversion,
        "key-style",
        "STYLE",
        Place::One(|to, given| given.put(&mut to.plan.conversion.key_style)),
    )
    .help("as-is, or upper-snake: db.password becomes DB_PASSWORD")
    .words(&["as-is", "upper-snake"]),
    option(Group::Conversion, "as", "NAME", Place::One(|to, given| given.put(&mut to.plan.conversion.as_name)))
        .help("The name under which a secret that is a plain text is written"),
    option(Group::Conversion, "nulls", "HOW", Place::One(|to, given| given.put(&mut to.plan.conversion.nulls)))
        .help("What a flat format does with null: refuse, omit or empty")
        .words(&["refuse", "omit", "empty"]),
    option(
        Group::Conversion,
        "flatten",
        "BOOL",
        Place::One(|to, given| given.put_as(&mut to.plan.conversion.flatten, parse_bool)),
    )
    .without_value("true")
    .help("Whether nested values become entries of their own: true or false")
    .words(&["true", "false"]),
    option(
        Group::Conversion,
        "separator",
        "TEXT",
        Place::One(|to, given| given.put(&mut to.plan.conversion.separator)),
    )
    .help("What stands between the names of nested keys"),
    option(Group::Aws, "store", "STORE", Place::One(|to, given| given.put(&mut to.plan.aws.store)))
        .help("aws, ssm, or file:PATH for a local JSON file"),
    option(Group::Aws, "region", "REGION", Place::One(|to, given| given.put(&mut to.plan.aws.region)))
        .help("The region of secrets that name none; an ARN's own region wins"),
    option(Group::Aws, "profile", "NAME", Place::One(|to, given| given.put(&mut to.plan.aws.profile)))
        .help("The profile of the AWS configuration files"),
    option(Group::Aws, "role-arn", "ARN", Place::One(|to, given| given.put(&mut to.plan.aws.role_arn)))
        .help("The role to assume, with the credentials that are found, before secrets are read"),
    option(Group::Aws, "external-id", "ID", Place::One(|to, given| given.put(&mut to.plan.aws.external_id)))
        .help("What the role's trust policy wants to hear (sts:ExternalId)"),
    option(Group::Aws, "endpoint-url", "URL", Place::One(|to, given| given.put(&mut to.plan.aws.endpoint_url)))
        .help("Another endpoint than AWS's own"),
    option(Group::Aws, "batch", "MODE", Place::One(|to, given| given.put(&mut to.plan.aws.batch)))
        .help("auto, or never: whether many secrets are asked for in batches")
        .words(&["auto", "never"]),
    option(
        Group::Time,
        "timeout",
        "DURATION",
        Place::One(|to, given| given.put_as(&mut to.plan.aws.timeout, parse_duration)),
    )
    .help("The time for everything, such as 30s (default 60s; of probe 1s)"),
    option(Group::Files, "directory", "DIR", Place::One(|to, given| given.put_path(&mut to.plan.files.directory)))
        .help("The directory that the files are under"),
    option(Group::Files, "mode", "OCTAL", Place::One(|to, given| given.put(&mut to.plan.files.mode)))
        .help("The files' permissions (default 0440)"),
    option(Group::Files, "owner", "UID[:GID]", Place::One(|to, given| given.put(&mut to.plan.files.owner)))
        .help("The files' owner, as numbers"),
    option(Group::Watch, "interval", "DURATION", Place::One(|to, given| given.put(&mut to.interval)))
        .help("How long to wait between two rounds, such as 30s (default 5m); up to a tenth less, so that pods spread"),
    option(
        Group::Watch,
        "max-stale",
        "DURATION",
        Place::One(|to, given| given.put_as(&mut to.max_stale, parse_duration)),
    )
    .help("How long after the last good round the watch still counts as ready, such as 1h (default: for ever)"),
    option(Group::Listen, "listen", "ADDRESS", Place::One(|to, given| given.put(&mut to.listen))).help(
        "Where the watch answers /readyz, /livez and /metrics: :8080 (every interface), 127.0.0.1:8080; without it, \
         nowhere",
    ),
    option(Group::Exec, "resolve-env", "", Place::Flag(|to| &mut to.resolve_env)).help(
        "Replace each variable whose text is the ARN of a secret or parameter, as Amazon ECS writes it under valueFrom, by \
         what it stands for",
    ),
    option(Group::Exec, "on-conflict", "HOW", Place::One(|to, given| given.put(&mut to.on_conflict)))
        .help("A variable that is set already: replace it (default), keep it, or refuse to start the program")
        .words(&["replace", "keep", "refuse"]),
    option(Group::Exec, "unset-aws", "", Place::Flag(|to| &mut to.unset_aws))
        .help("Leave the program no AWS_* variable"),
    option(Group::Check, "offline", "", Place::Flag(|to| &mut to.offline))
        .help("Check the configuration only: no network, no credentials"),
    option(Group::Check, "as-uid", "UID[:GID,…]", Place::One(|to, given| given.put(&mut to.as_uid)))
        .help("Check that this user, with these groups, could read the files as well"),
    option(Group::Policy, "account-id", "ID", Place::One(|to, given| given.put(&mut to.account_id)))
        .help("The AWS account of secrets that are not given by an ARN"),
    option(Group::Policy, "kms-key-arn", "ARN", Place::Each(|to, given| given.put_each(&mut to.kms_key_arns))).help(
        "A customer managed KMS key that secrets are encrypted with. Repeatable; commas separate several in the variable",
    ),
    option(Group::Messages, "log-format", "FORMAT", Place::One(|to, given| given.put(&mut to.output.log_format)))
        .help("The form of log lines and errors on standard error: text (default) or json")
        .words(&["text", "json"]),
    option(Group::Messages, "report", "json", Place::One(|to, given| given.put(&mut to.output.report)))
        .help("Write one JSON document about the run to standard output, on failure too")
        .words(&["json"]),
    option(Group::Messages, "verbose", "", Place::Count(|to| &mut to.output.verbose))
        .short('v')
        .help("Say more; twice (or 2 in the variable) for details"),
    option(Group::Messages, "quiet", "", Place::Flag(|to| &mut to.output.quiet)).short('q').help("Print errors only"),
];

/// The options that the help of a command shows; without a command, those that can stand before one.
pub(super) fn shown(command: Option<CommandName>) -> impl Iterator<Item = &'static Definition> {
    OPTIONS.iter().filter(move |option| option.is_of(command) && !option.is_hidden)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::given::Origin;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_options_share_a_name_or_a_letter() {
        for (place, option) in OPTIONS.iter().enumerate() {
            for other in &OPTIONS[place + 1..] {
                assert_ne!(option.long, other.long);
                assert!(option.short.is_none() || option.short != other.short, "{} and {}", option.long, other.long);
            }
        }
    }

    #[test]
    fn every_option_has_the_variable_of_its_name() {
        let mut buffer = "left over".to_owned();
        for option in OPTIONS {
            let name = format!("SECRETFETCH_{}", option.long.replace('-', "_").to_uppercase());
            let has_one = !["help", "version"].contains(&option.long);
            assert_eq!(option.variable(&mut buffer), has_one.then_some(name.as_str()));
            assert!(option.long.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{name}");
        }
    }

    #[test]
    fn exactly_what_takes_a_value_names_it() {
        for option in OPTIONS {
            let takes_one = matches!(option.place, Place::One(_) | Place::Each(_));
            assert_eq!(takes_one, !option.value.is_empty(), "{}", option.long);
            assert!(takes_one || option.without_value.is_none(), "{}", option.long);
            assert!(!option.help.is_empty() && !option.help.contains("  "), "{}", option.long);
        }
    }

    #[test]
    fn the_words_of_dialects_are_those_that_there_are() {
        let all: BTreeSet<&str> = Format::NAMES.iter().flat_map(|format| Format::dialects(format)).collect();
        assert_eq!(DIALECTS.iter().copied().collect::<BTreeSet<_>>(), all);
        assert_eq!(DIALECTS.len(), all.len());
    }

    #[test]
    fn an_option_takes_each_of_its_words_and_its_help_names_it() {
        for option in OPTIONS {
            for word in option.words {
                let Place::One(put) = option.place else { panic!("{}", option.long) };
                let given = Given { value: (*word).into(), origin: Origin::Typed(option.long) };
                assert!(put(&mut Values::default(), given).is_ok(), "--{} {word}", option.long);
                let is_named = option.help.contains(word) || option.value == *word;
                assert!(is_named, "--{} {word}", option.long);
            }
        }
    }

    #[test]
    fn a_word_is_known_as_the_option_that_it_is() {
        let option = OPTIONS.iter().find(|option| option.long == "output").unwrap();
        for word in ["--output", "--output=x", "-o", "-ox"] {
            assert!(option.is_written(word), "{word}");
        }
        for word in ["--out", "--outputs", "-x", "-", "--", "-xo"] {
            assert!(!option.is_written(word), "{word}");
        }
    }
}
