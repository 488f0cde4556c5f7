//! A command line that clap refuses. It is told as any other failure, in the form that was asked for as far as that
//! can be read from such a command line.

use std::ffi::OsString;

use clap::error::ErrorKind;
use secretfetch::{Error, Failure};

use crate::args::{OutputArguments, is_stdout};
use crate::plan::usage;
use crate::report::Printer;
use crate::termination;

/// Tells what clap has refused, and answers the exit code.
pub(crate) fn refuse(refusal: &clap::Error) -> u8 {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let wanted = Wanted::read(&arguments, variable);
    // What is wrong with these options as well is less than what clap has found.
    let (printer, _) = Printer::new(&wanted.output, wanted.stdout_is_taken.then_some("the output"));
    let error = Error::from(failure(refusal));
    termination::failed(&error);
    if !printer.is_json_log() {
        // With the usage and colours that a person at a terminal wants; a closed stream cannot be told about.
        let _ = refusal.print();
    }
    printer.refused(&error)
}

/// The options about output of a command line that is wrong somewhere.
struct Wanted {
    output: OutputArguments,
    stdout_is_taken: bool,
}

impl Wanted {
    fn read(arguments: &[OsString], variable: impl Fn(&str) -> Option<String>) -> Self {
        let words: Vec<&str> = arguments.iter().map(|word| word.to_str().unwrap_or_default()).collect();
        let words = words.split(|word| *word == "--").next().unwrap_or_default();
        let typed = |names: &[&str]| {
            let given = words.iter().enumerate().rev().find_map(|(at, word)| {
                names.iter().find_map(|name| match word.strip_prefix(name)? {
                    "" => words.get(at + 1).copied(),
                    // `--report=json`, and `-o-` of an option of one letter.
                    rest => rest.strip_prefix('=').or((name.len() == 2).then_some(rest)),
                })
            });
            given.map(str::to_owned)
        };
        let command =
            words.iter().find(|word| ["fetch", "check", "watch", "convert", "policy", "schema"].contains(word));
        let output = typed(&["--output", "-o"]).or_else(|| variable("SECRETFETCH_OUTPUT"));
        Wanted {
            stdout_is_taken: matches!(command, Some(&("convert" | "policy" | "schema")))
                || command == Some(&"fetch") && output.as_deref().is_some_and(is_stdout),
            output: OutputArguments {
                log_format: typed(&["--log-format"])
                    .or_else(|| variable("SECRETFETCH_LOG_FORMAT"))
                    .unwrap_or_else(|| "text".to_owned()),
                report: typed(&["--report"]).or_else(|| variable("SECRETFETCH_REPORT")),
                verbose: 0,
                quiet: false,
            },
        }
    }
}

/// The refusal in one sentence, and clap's tips as the hint.
fn failure(refusal: &clap::Error) -> Failure {
    if matches!(refusal.kind(), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand) {
        return usage("no command is given").with_hint("see `secretfetch --help`");
    }
    let text = refusal.to_string();
    let (message, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let message: Vec<&str> = message.strip_prefix("error: ").unwrap_or(message).split_whitespace().collect();
    let tips: Vec<&str> = rest.lines().filter_map(|line| line.trim_start().strip_prefix("tip: ")).collect();
    let hint = if tips.is_empty() { "see `--help`".to_owned() } else { tips.join("; ") };
    usage(message.join(" ")).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(words: &str, variables: &[(&str, &str)]) -> (String, Option<String>, bool) {
        let arguments: Vec<OsString> = words.split_whitespace().map(OsString::from).collect();
        let variable =
            |wanted: &str| variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned());
        let Wanted { output, stdout_is_taken } = Wanted::read(&arguments, variable);
        (output.log_format, output.report, stdout_is_taken)
    }

    #[test]
    fn the_form_is_read_from_a_command_line_that_is_wrong() {
        let json = || Some("json".to_owned());
        assert_eq!(wanted("fetch --bogus --log-format json", &[]), ("json".into(), None, false));
        assert_eq!(wanted("--report=json fetch --log-format=text", &[]), ("text".into(), json(), false));
        assert_eq!(wanted("fetch --bogus", &[("SECRETFETCH_REPORT", "json")]), ("text".into(), json(), false));
        assert_eq!(
            wanted("fetch --log-format text", &[("SECRETFETCH_LOG_FORMAT", "json")]),
            ("text".into(), None, false),
            "what is typed wins"
        );
        assert_eq!(wanted("fetch -- --report json", &[]), ("text".into(), None, false));
        assert_eq!(wanted("fetch --report", &[]), ("text".into(), None, false));
        assert_eq!(wanted("fetch --report-x json", &[]), ("text".into(), None, false));
    }

    #[test]
    fn standard_output_that_is_for_something_else_is_seen() {
        for words in
            ["convert", "--report json convert", "fetch -o -", "fetch -o-", "fetch --output=/dev/stdout", "schema"]
        {
            assert!(wanted(words, &[]).2, "{words}");
        }
        assert!(wanted("fetch", &[("SECRETFETCH_OUTPUT", "-")]).2);
        for words in ["fetch -o file", "check -o -", "fetch"] {
            assert!(!wanted(words, &[]).2, "{words}");
        }
    }
}
