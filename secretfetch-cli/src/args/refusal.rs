//! What is wrong with a command line, in one sentence, and the way out.

use std::ffi::OsString;

use secretfetch::Error;

use super::command::CommandName;
use super::given::Origin;
use super::help;
use super::option::{Definition, shown};
use super::values::{Command, OutputArguments};
use crate::escape::one_line;
use crate::outcome::usage;

/// How much two names must be alike for one to be taken as meant (the Jaro similarity).
const ALIKE: f64 = 0.7;

/// A command line that is refused, with what it says about how to tell that.
pub(crate) struct Refusal {
    pub(super) mistake: Mistake,
    /// The command that had been read when the mistake came.
    pub(super) during: Option<CommandName>,
    pub(crate) command: Option<Command>,
    pub(crate) output: OutputArguments,
}

pub(super) enum Mistake {
    NoCommand,
    /// Of `exec`.
    NoProgram,
    UnknownCommand(OsString),
    /// With its hyphens.
    UnknownOption(String),
    Unexpected {
        word: OsString,
        after: Option<&'static Definition>,
    },
    /// Perhaps the next word, which starts with a hyphen and is not an option, is meant.
    MissingValue {
        option: &'static Definition,
        may_be_meant: bool,
    },
    UnwantedValue(&'static Definition),
    /// The word that the command needs, by what it is called.
    MissingOperand(&'static str),
    Twice(&'static Definition),
    NotUtf8 {
        option: &'static Definition,
        origin: Origin,
    },
    /// Every word has its place, and some values are none of their options.
    Unfit(Error),
}

impl Refusal {
    /// What is wrong, as any other failure: of the words the first mistake, of the values every one.
    pub(crate) fn error(&self) -> Error {
        if let Mistake::Unfit(error) = &self.mistake {
            return error.clone();
        }
        let hint = self.tip().unwrap_or_else(|| format!("see `{}`", self.see()));
        usage(self.message()).with_hint(hint).into()
    }

    /// The mistake in one sentence.
    fn message(&self) -> String {
        match &self.mistake {
            Mistake::NoCommand => "no command is given".to_owned(),
            Mistake::NoProgram => "no program is given".to_owned(),
            Mistake::UnknownCommand(word) => format!("unrecognized subcommand '{}'", one_line(&word.to_string_lossy())),
            Mistake::UnknownOption(word) => format!("unexpected argument '{}' found", one_line(word)),
            Mistake::Unexpected { word, .. } => {
                format!("unexpected argument '{}' found", one_line(&word.to_string_lossy()))
            }
            Mistake::MissingValue { option, .. } => {
                format!("a value is required for '{}' but none was supplied", option.usage())
            }
            Mistake::MissingOperand(name) => format!("a value is required for '<{name}>' but none was supplied"),
            Mistake::UnwantedValue(option) => format!("'--{}' takes no value", option.long),
            Mistake::Twice(option) => format!("the argument '{}' cannot be used multiple times", option.usage()),
            Mistake::NotUtf8 { origin: origin @ Origin::Variable(_), .. } => format!("{origin} is not UTF-8"),
            Mistake::NotUtf8 { option, .. } => format!("the value of '{}' is not UTF-8", option.usage()),
            Mistake::Unfit(error) => error.to_string(),
        }
    }

    /// What was probably meant.
    fn tip(&self) -> Option<String> {
        match &self.mistake {
            Mistake::UnknownCommand(word) => {
                let name = nearest(&word.to_string_lossy(), CommandName::all().map(CommandName::word))?;
                Some(format!("a similar subcommand exists: '{name}'"))
            }
            Mistake::UnknownOption(word) => {
                let elsewhere =
                    CommandName::all().find(|command| shown(Some(*command)).any(|option| option.is_written(word)));
                if let Some(command) = elsewhere {
                    return Some(format!("'{} {word}' exists", command.word()));
                }
                let name = nearest(word.strip_prefix("--")?, shown(self.during).map(|option| option.long))?;
                Some(format!("a similar argument exists: '--{name}'"))
            }
            Mistake::NoProgram => Some("it stands behind `--`, with its arguments".to_owned()),
            Mistake::Unexpected { .. } if self.during == Some(CommandName::Exec) => {
                Some("the program stands behind `--`, with its arguments".to_owned())
            }
            Mistake::Unexpected { word, after: Some(option) } if option.without_value.is_some() => {
                let word = one_line(&word.to_string_lossy());
                Some(format!("to give '--{0}' a value, write '--{0}={word}'", option.long))
            }
            Mistake::MissingValue { option, may_be_meant: true } => {
                Some(format!("a value that starts with a hyphen is given as '--{}=VALUE'", option.long))
            }
            _ => None,
        }
    }

    /// Where to read on.
    fn see(&self) -> String {
        match self.during {
            None | Some(CommandName::Help) => "secretfetch --help".to_owned(),
            Some(command) => format!("secretfetch {} --help", command.word()),
        }
    }

    /// Mistakes in the words with the usage, for a person at a terminal; of values the error says enough.
    pub(crate) fn text(&self) -> Option<String> {
        match self.mistake {
            Mistake::NoCommand => return Some(help::text(None, false)),
            Mistake::Unfit(_) => return None,
            _ => {}
        }
        let tip = self.tip().map(|tip| format!("  tip: {}\n\n", one_line(&tip))).unwrap_or_default();
        let (message, usage, see) = (one_line(&self.message()), help::usage(self.during), self.see());
        Some(format!("error: {message}\n\n{tip}{usage}\n\nFor more information, try '{see}'.\n"))
    }
}

/// The name most like the word, if one is like it.
fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let alike = names.map(|name| (strsim::jaro(&word, name), name)).filter(|(alike, _)| *alike > ALIKE);
    alike.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Arguments, Instead, LogFormat, Parser, ReportFormat};

    fn refusal(words: &[&str], variables: &[(&str, &str)]) -> Box<Refusal> {
        let variable = |wanted: &str| variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.into());
        match Arguments::of(Parser::from_args(words), variable) {
            Err(Instead::Refuse(refusal)) => refusal,
            Err(Instead::Print(text)) => panic!("{words:?}: {text}"),
            Ok(_) => panic!("{words:?} {variables:?} are not refused"),
        }
    }

    #[test]
    fn each_mistake_is_told_with_the_way_out() {
        for (words, message, tip) in [
            (&[][..], "no command is given", ""),
            (&["-v"], "no command is given", ""),
            (&["--"], "no command is given", ""),
            (&["fetsh"], "unrecognized subcommand 'fetsh'", "a similar subcommand exists: 'fetch'"),
            (&["CHECK"], "unrecognized subcommand 'CHECK'", "a similar subcommand exists: 'check'"),
            (&["xyzzy"], "unrecognized subcommand 'xyzzy'", ""),
            (&["help", "bogus"], "unrecognized subcommand 'bogus'", ""),
            (&["help", "fetch", "check"], "unexpected argument 'check' found", ""),
            (
                &["fetch", "--secretid=x"],
                "unexpected argument '--secretid' found",
                "similar argument exists: '--secret-id'",
            ),
            (
                &["fetch", "--Output", "x"],
                "unexpected argument '--Output' found",
                "similar argument exists: '--output'",
            ),
            (&["fetch", "--config-inlin"], "unexpected argument '--config-inlin' found", "exists: '--config'"),
            (&["fetch", "--xyzzyxyz"], "unexpected argument '--xyzzyxyz' found", ""),
            (&["fetch", "-x5"], "unexpected argument '-x' found", ""),
            (&["fetch", "-q5"], "unexpected argument '-5' found", ""),
            (&["fetch", "--interval", "5s"], "unexpected argument '--interval' found", "'watch --interval' exists"),
            (&["--secret-id", "x", "fetch"], "unexpected argument '--secret-id' found", "'fetch --secret-id' exists"),
            (&["schema", "-o", "x"], "unexpected argument '-o' found", "'fetch -o' exists"),
            (&["fetch", "x"], "unexpected argument 'x' found", ""),
            (&["probe"], "a value is required for '<ready|live>' but none was supplied", ""),
            (&["probe", "-q", "--listen", ":1"], "a value is required for '<ready|live>' but none was supplied", ""),
            (&["probe", "redy"], "<ready|live>: `redy` is neither `ready` nor `live`", ""),
            (&["probe", "ready", "live"], "unexpected argument 'live' found", ""),
            (&["probe", "ready", "--store", "aws"], "unexpected argument '--store' found", "'fetch --store' exists"),
            (&["fetch", "-"], "unexpected argument '-' found", ""),
            (&["fetch", "--", "-v"], "unexpected argument '-v' found", ""),
            (&["--", "fetch"], "unexpected argument 'fetch' found", ""),
            (&["fetch", "--flatten", "no"], "unexpected argument 'no' found", "write '--flatten=no'"),
            (&["fetch", "--optional", "no"], "unexpected argument 'no' found", ""),
            (&["fetch", "--flatten", "--secret-id", "x", "no"], "unexpected argument 'no' found", ""),
            (&["fetch", "--output"], "a value is required for '--output <PATH>' but none was supplied", ""),
            (&["fetch", "-vo"], "a value is required for '--output <PATH>' but none was supplied", ""),
            (&["fetch", "-o", "-fraw"], "a value is required for '--output <PATH>' but none was supplied", ""),
            (&["fetch", "--output", "--format", "raw"], "a value is required for '--output <PATH>'", ""),
            (&["fetch", "--output", "--"], "a value is required for '--output <PATH>'", ""),
            (&["fetch", "--prefix", "-x"], "a value is required for '--prefix <TEXT>'", "given as '--prefix=VALUE'"),
            (&["fetch", "--quiet=yes"], "'--quiet' takes no value", ""),
            (&["fetch", "-vq=yes"], "'--quiet' takes no value", ""),
            (&["fetch", "-o", "a", "--output=b"], "the argument '--output <PATH>' cannot be used multiple times", ""),
            (&["install"], "a value is required for '<PATH>' but none was supplied", ""),
            (&["install", ""], "a value is required for '<PATH>' but none was supplied", ""),
            (&["install", "x", "y"], "unexpected argument 'y' found", ""),
            (&["install", "x", "--", "y"], "unexpected argument 'y' found", ""),
            (&["install", "--mode", "0755", "x"], "unexpected argument '--mode' found", "'fetch --mode' exists"),
            (&["-q", "fetch", "-q"], "the argument '--quiet' cannot be used multiple times", ""),
            (
                &["fetch", "--flatten", "--flatten"],
                "the argument '--flatten[=<BOOL>]' cannot be used multiple times",
                "",
            ),
        ] {
            let refusal = refusal(words, &[]);
            assert!(refusal.message().starts_with(message), "{words:?}: {}", refusal.message());
            let told = refusal.tip().unwrap_or_default();
            assert!(told.ends_with(tip) && told.is_empty() == tip.is_empty(), "{words:?}: {told}");
        }
    }

    #[test]
    fn a_wrong_variable_is_named_and_not_quoted() {
        for value in ["x5Xk", "-1", "300"] {
            let refusal = refusal(&["fetch"], &[("SECRETFETCH_VERBOSE", value)]);
            assert_eq!(refusal.message(), "SECRETFETCH_VERBOSE: the value is not a number from 0 to 255");
        }
    }

    #[test]
    fn the_first_mistake_is_told() {
        let refusal = refusal(&["fetch", "--bogus", "--wrong", "x", "-o"], &[("SECRETFETCH_VERBOSE", "x")]);
        assert_eq!(refusal.message(), "unexpected argument '--bogus' found");
    }

    #[test]
    fn a_person_reads_the_usage_of_the_command_that_was_wrong() {
        let text = refusal(&["fetch", "--frmat", "env"], &[]).text().unwrap();
        let expected = "error: unexpected argument '--frmat' found\n\n  tip: a similar argument exists: '--format'\n\n\
                        Usage: secretfetch fetch [OPTIONS]\n\nFor more information, try 'secretfetch fetch --help'.\n";
        assert_eq!(text, expected);
        let text = refusal(&["--bogus", "fetch"], &[]).text().unwrap();
        assert!(text.ends_with(
            "\n\nUsage: secretfetch [OPTIONS] <COMMAND>\n\nFor more information, try 'secretfetch --help'.\n"
        ));
    }

    #[test]
    fn a_word_cannot_forge_a_line() {
        let text = refusal(&["fetch", "x\nerror: y\u{1b}[31m"], &[]).text().unwrap();
        assert!(text.starts_with("error: unexpected argument 'x\\nerror: y\\u{1b}[31m' found\n"), "{text}");
    }

    fn form(words: &str, variables: &[(&str, &str)]) -> (Option<LogFormat>, Option<ReportFormat>) {
        let words: Vec<&str> = words.split_whitespace().collect();
        let output = refusal(&words, variables).output;
        (output.log_format.map(|given| given.value), output.report.map(|given| given.value))
    }

    #[test]
    fn the_form_is_read_from_a_command_line_that_is_wrong() {
        let (json, text, report) = (Some(LogFormat::Json), Some(LogFormat::Text), Some(ReportFormat::Json));
        assert_eq!(form("fetch --bogus --log-format json", &[]), (json, None));
        assert_eq!(form("fetch --bogus=x --log-format json", &[]), (json, None));
        assert_eq!(form("fetch -xyz --log-format json", &[]), (json, None));
        assert_eq!(form("fetsh --log-format json", &[]), (json, None));
        assert_eq!(form("fetch --secret-id --report json", &[]), (None, report));
        assert_eq!(form("--report=json fetch x --log-format=text", &[]), (text, report));
        assert_eq!(form("fetch --bogus", &[("SECRETFETCH_REPORT", "json")]), (None, report));
        assert_eq!(form("fetsh", &[("SECRETFETCH_REPORT", "json")]), (None, report));
        assert_eq!(
            form("fetch x --log-format text", &[("SECRETFETCH_LOG_FORMAT", "json")]),
            (text, None),
            "what is typed wins"
        );
        assert_eq!(form("fetch -- --report json", &[]), (None, None));
        assert_eq!(form("fetch --report", &[]), (None, None));
        assert_eq!(form("fetch --report-x json", &[]), (None, None));
    }

    #[test]
    fn standard_output_that_is_for_something_else_is_seen() {
        let is_taken = |words: &str, variables: &[(&str, &str)]| {
            let words: Vec<&str> = words.split_whitespace().collect();
            let words = [&["--report", "json"], words.as_slice()].concat();
            refusal(&words, variables).output.report.is_none()
        };
        for words in [
            "convert --bogus",
            "convert x",
            "fetch --bogus -o -",
            "fetch -o- --bogus",
            "fetch x --output=/dev/stdout",
            "schema x",
        ] {
            assert!(is_taken(words, &[]), "{words}");
        }
        assert!(is_taken("fetch x", &[("SECRETFETCH_OUTPUT", "-")]));
        for words in ["fetch x -o file", "check x -o -", "fetch x", "-o - x", "fetch -xo-"] {
            assert!(!is_taken(words, &[]), "{words}");
        }
    }
}
