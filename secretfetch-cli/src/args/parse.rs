//! Words and variables to values.

use std::ffi::{OsStr, OsString};

use lexopt::{Arg, Parser};

use super::Values;
use super::command::CommandName;
use super::option::{Definition, OPTIONS, OptionSet, Place};
use super::refusal::Mistake;
use super::settle::is_displaced;

/// What has been read so far.
///
/// After a mistake the rest is read all the same: the form in which to tell of it may stand there.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) command: Option<CommandName>,
    pub(super) values: Values,
    /// The first mistake, and the command that had been read by then.
    pub(super) mistake: Option<(Mistake, Option<CommandName>)>,
    /// The command that `help` is to tell about.
    topic: Option<CommandName>,
    typed: OptionSet,
}

/// What can be asked for instead of a run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Question {
    Help { about: Option<CommandName>, is_long: bool },
    Version,
}

impl Reading {
    /// Reads the command line to its end, or to a question.
    pub(super) fn words(&mut self, mut words: Parser) -> Option<Question> {
        let mut last: Option<&'static Definition> = None;
        loop {
            if peek(&mut words, |next| next == "--") {
                // Nothing has a place behind it.
                if let Some(word) = words.try_raw_args().and_then(|mut rest| rest.nth(1)) {
                    self.refuse(Mistake::Unexpected { word, after: None });
                }
                break;
            }
            let (place, is_long) = match words.next() {
                Ok(Some(Arg::Long(long))) => {
                    (self.place_of(|option| option.long == long, || format!("--{long}")), true)
                }
                Ok(Some(Arg::Short(short))) => {
                    (self.place_of(|option| option.short == Some(short), || format!("-{short}")), false)
                }
                Ok(Some(Arg::Value(word))) => {
                    self.word(word, last);
                    continue;
                }
                Ok(None) => break,
                // What the option before did not take, as in `--quiet=yes`.
                Err(_) => {
                    if let Some(option) = last {
                        self.refuse(Mistake::UnwantedValue(option));
                    }
                    continue;
                }
            };
            let Some(place) = place else {
                // What is attached to an unknown option is nothing that could be known.
                words.optional_value();
                continue;
            };
            let option = &OPTIONS[place];
            match option.place {
                Place::Version if self.mistake.is_none() => return Some(Question::Version),
                Place::Help if self.mistake.is_none() => {
                    return Some(Question::Help { about: self.topic.or(self.command), is_long });
                }
                _ => self.option(place, &mut words),
            }
            last = Some(option);
        }
        let is_help = self.command == Some(CommandName::Help) && self.mistake.is_none();
        is_help.then_some(Question::Help { about: self.topic, is_long: true })
    }

    /// Reads the variables of the command's options that are not typed.
    pub(super) fn variables(&mut self, variable: impl Fn(&str) -> Option<OsString>) {
        let mut buffer = String::with_capacity(32);
        for (place, option) in OPTIONS.iter().enumerate() {
            if !option.is_of(self.command) || self.typed.contains(place) {
                continue;
            }
            let Some(name) = option.variable(&mut buffer) else { continue };
            // Kubernetes manifests often set a variable to nothing.
            let Some(value) = variable(name).filter(|value| !value.is_empty()) else { continue };
            if is_displaced(option.group, self.typed) {
                continue;
            }
            if let Err(mistake) = self.set(place, value, Some(name)) {
                self.refuse(mistake);
            }
        }
    }

    /// The place of an option in the table, if the command has it.
    fn place_of(&mut self, is_it: impl Fn(&Definition) -> bool, word: impl Fn() -> String) -> Option<usize> {
        let place = OPTIONS.iter().position(|option| is_it(option) && option.is_of(self.command));
        if place.is_none() {
            self.refuse(Mistake::UnknownOption(word()));
        }
        place
    }

    /// A word that is neither an option nor one's value.
    fn word(&mut self, word: OsString, after: Option<&'static Definition>) {
        let slot = match self.command {
            None => &mut self.command,
            Some(CommandName::Help) if self.topic.is_none() => &mut self.topic,
            Some(_) => return self.refuse(Mistake::Unexpected { word, after }),
        };
        *slot = CommandName::of_word(&word);
        if slot.is_none() {
            self.refuse(Mistake::UnknownCommand(word));
        }
    }

    /// An option that is typed, and its value.
    fn option(&mut self, place: usize, words: &mut Parser) {
        let option = &OPTIONS[place];
        let value = match (option.value, option.without_value) {
            ("", _) => Ok(OsString::new()),
            (_, Some(says)) => Ok(words.optional_value().unwrap_or_else(|| says.into())),
            // `values` does not take an option for a value, so that a forgotten value is seen where it is missing.
            (_, None) => words.values().ok().and_then(|mut values| values.next()).ok_or_else(|| {
                let is_option =
                    |word: &str| OPTIONS.iter().any(|other| other.is_of(self.command) && other.is_written(word));
                let may_be_meant = peek(words, |next| next != "--" && !is_option(&next.to_string_lossy()));
                Mistake::MissingValue { option, may_be_meant }
            }),
        };
        let is_first = !self.typed.insert(place) || matches!(option.place, Place::Count(_) | Place::Texts(_));
        let done = match value {
            Ok(_) if !is_first => Err(Mistake::Twice(option)),
            Ok(value) => self.set(place, value, None),
            Err(mistake) => Err(mistake),
        };
        done.unwrap_or_else(|mistake| self.refuse(mistake));
    }

    /// Brings a value to its place. An empty one says nothing, but a typed one still hides the variable.
    fn set(&mut self, place: usize, value: OsString, variable: Option<&str>) -> Result<(), Mistake> {
        let option = &OPTIONS[place];
        let text = |value: OsString| {
            let not_utf8 = |_| Mistake::NotUtf8 { option, variable: variable.map(str::to_owned) };
            value.into_string().map_err(not_utf8)
        };
        let values = &mut self.values;
        let says_something = match option.place {
            Place::Help | Place::Version => false,
            Place::Flag(at) => {
                *at(values) = variable.is_none() || is_true(&text(value)?);
                *at(values)
            }
            Place::Count(at) => {
                *at(values) = match variable {
                    None => at(values).saturating_add(1),
                    Some(name) => text(value)?.parse().map_err(|_| Mistake::NotACount(name.to_owned()))?,
                };
                true
            }
            Place::Text(at) => {
                *at(values) = Some(text(value)?).filter(|text| !text.is_empty());
                at(values).is_some()
            }
            Place::Path(at) => {
                *at(values) = Some(value).filter(|path| !path.is_empty());
                at(values).is_some()
            }
            Place::Texts(at) => {
                let text = text(value)?;
                // An empty name would choose nothing, and nothing chosen is everything.
                if variable.is_none() && text.is_empty() {
                    return Err(Mistake::MissingValue { option, may_be_meant: false });
                }
                // A variable can hold several; on the command line each has its own option.
                let separator = |c| variable.is_some() && c == ',';
                let texts = text.split(separator).filter(|text| !text.is_empty());
                at(values).extend(texts.map(str::to_owned));
                !at(values).is_empty()
            }
        };
        if says_something {
            self.values.plan.given.insert(place);
        }
        Ok(())
    }

    fn refuse(&mut self, mistake: Mistake) {
        self.mistake.get_or_insert((mistake, self.command));
    }
}

/// Whether the next word, where it is not the rest of this one, is such.
fn peek(words: &mut Parser, is_such: impl Fn(&OsStr) -> bool) -> bool {
    words.try_raw_args().and_then(|rest| rest.peek().map(is_such)).unwrap_or_default()
}

/// What a flag's variable says: everything but these words switches it on.
fn is_true(text: &str) -> bool {
    !["", "n", "no", "f", "false", "off", "0"].iter().any(|word| word.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{AwsArguments, ConfigArguments, ConversionArguments, FileArguments};
    use crate::args::{OutputArguments, PlanArguments, SecretArguments};
    use std::os::unix::ffi::OsStrExt as _;

    fn read(words: &[&str], variables: &[(&str, &str)]) -> Reading {
        let mut reading = Reading::default();
        assert_eq!(reading.words(Parser::from_args(words)), None, "{words:?}");
        let variable = |wanted: &str| variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.into());
        reading.variables(variable);
        reading
    }

    /// What a good command line gives.
    #[track_caller]
    fn values(words: &[&str], variables: &[(&str, &str)]) -> Values {
        let reading = read(words, variables);
        assert!(reading.mistake.is_none(), "{words:?} {variables:?}");
        reading.values
    }

    fn question(words: &[&str]) -> Option<Question> {
        Reading::default().words(Parser::from_args(words))
    }

    #[test]
    fn every_option_has_a_field_of_its_own_and_every_field_an_option() {
        let mut reading = Reading::default();
        for place in 0..OPTIONS.len() {
            assert!(reading.set(place, "1".into(), None).is_ok());
        }
        let Values { plan, interval, offline, as_uid, account_id, output } = reading.values;
        let PlanArguments { config, secret, conversion, aws, files, given } = plan;
        let ConfigArguments { config, config_inline } = config;
        let SecretArguments { secret_id, version_stage, version_id, output: to, optional } = secret;
        let ConversionArguments { format, dialect, keys, prefix, key_style, as_name, nulls, flatten, separator } =
            conversion;
        let AwsArguments { store, region, profile, role_arn, external_id, endpoint_url, batch, timeout } = aws;
        let FileArguments { directory, mode, owner } = files;
        let OutputArguments { log_format, report, verbose, quiet } = output;
        assert!(role_arn.is_some() && external_id.is_some());
        let texts = [
            [config_inline, secret_id, version_stage, version_id, to, format, dialect, prefix, key_style],
            [as_name, nulls, flatten, separator, store, region, profile, endpoint_url, batch],
            [timeout, mode, owner, interval, as_uid, account_id, log_format, report, keys.into_iter().next()],
        ];
        assert!(texts.iter().flatten().all(Option::is_some) && config.is_some() && directory.is_some());
        assert!(optional && offline && quiet && verbose == 1);
        let asked_for = 2; // the help and the version
        assert_eq!(OPTIONS.len(), texts.iter().flatten().count() + 2 + 2 + 4 + asked_for);
        assert_eq!(given.iter().count(), OPTIONS.len() - asked_for);
    }

    #[test]
    fn a_value_can_be_written_in_every_form() {
        for words in [
            &["fetch", "--output", "x"][..],
            &["fetch", "--output=x"],
            &["fetch", "-o", "x"],
            &["fetch", "-ox"],
            &["fetch", "-o=x"],
            &["fetch", "-vqo", "x"],
            &["fetch", "-vqox"],
            &["fetch", "-o", "x", "--"],
        ] {
            assert_eq!(values(words, &[]).plan.secret.output.as_deref(), Some("x"), "{words:?}");
        }
        for (words, value) in [
            (&["fetch", "--output", "-"][..], "-"),
            (&["fetch", "-o-"], "-"),
            (&["fetch", "--output=--format"], "--format"),
            (&["fetch", "-o=-x"], "-x"),
            (&["fetch", "-o==x"], "=x"),
            (&["fetch", "-o", "fetch"], "fetch"),
        ] {
            assert_eq!(values(words, &[]).plan.secret.output.as_deref(), Some(value), "{words:?}");
        }
    }

    #[test]
    fn options_of_every_command_can_stand_before_it() {
        let output = values(&["-v", "--report", "json", "fetch", "-vq", "--log-format=json"], &[]).output;
        assert_eq!((output.verbose, output.quiet), (2, true));
        assert_eq!((output.report.as_deref(), output.log_format.as_deref()), (Some("json"), Some("json")));
    }

    #[test]
    fn flatten_takes_a_value_only_after_the_equals_sign() {
        for (words, value) in [(&["convert", "--flatten"][..], "true"), (&["convert", "--flatten=false"], "false")] {
            assert_eq!(values(words, &[]).plan.conversion.flatten.as_deref(), Some(value));
        }
        let mistake = read(&["convert", "--flatten", "false"], &[]).mistake;
        assert!(matches!(mistake, Some((Mistake::Unexpected { after: Some(_), .. }, Some(CommandName::Convert)))));
    }

    #[test]
    fn several_keys_are_several_options_or_one_variable() {
        let keys =
            |words: &[&str], variable: &str| values(words, &[("SECRETFETCH_KEY", variable)]).plan.conversion.keys;
        assert_eq!(keys(&["convert", "--key", "A=a", "-kb", "-k=c,d"], "x"), ["A=a", "b", "c,d"]);
        assert_eq!(keys(&["convert"], "A=a,,b,"), ["A=a", "b"]);
        assert_eq!(keys(&["convert", "-k", "y"], "x"), ["y"], "what is typed hides the variable");
        for words in [&["convert", "-k", ""][..], &["convert", "--key="], &["convert", "-k", "a", "-k", ""]] {
            let mistake = read(words, &[]).mistake;
            assert!(matches!(mistake, Some((Mistake::MissingValue { .. }, _))), "{words:?}");
        }
    }

    #[test]
    fn flags_and_counts_can_be_variables() {
        for (value, expected) in
            [("1", true), ("yes", true), ("x ", true), ("", false), ("0", false), ("False", false), ("OFF", false)]
        {
            let variables = [("SECRETFETCH_QUIET", value), ("SECRETFETCH_OPTIONAL", value)];
            let values = values(&["fetch"], &variables);
            assert_eq!((values.output.quiet, values.plan.secret.optional), (expected, expected), "{value:?}");
            assert_eq!(values.plan.given.iter().count(), if expected { 2 } else { 0 }, "{value:?}");
        }
        for (words, value, expected) in
            [(&["fetch"][..], "2", 2), (&["fetch"], "", 0), (&["fetch"], "0", 0), (&["fetch", "-v"], "x", 1)]
        {
            assert_eq!(values(words, &[("SECRETFETCH_VERBOSE", value)]).output.verbose, expected);
        }
        let many = format!("-{}", "v".repeat(300));
        assert_eq!(values(&["fetch", &many], &[]).output.verbose, u8::MAX);
    }

    #[test]
    fn only_variables_of_the_command_are_looked_at() {
        for (command, expected) in [("convert", false), ("schema", false), ("fetch", true)] {
            let is_looked_at = std::cell::Cell::new(false);
            let mut reading = Reading::default();
            assert_eq!(reading.words(Parser::from_args([command])), None);
            reading.variables(|name| {
                is_looked_at.set(is_looked_at.get() || name == "SECRETFETCH_SECRET_ID");
                assert!(!["SECRETFETCH_HELP", "SECRETFETCH_VERSION", "SECRETFETCH_INTERVAL"].contains(&name));
                None
            });
            assert_eq!(is_looked_at.get(), expected, "{command}");
        }
    }

    #[test]
    fn what_is_not_utf8_is_refused_but_in_a_path() {
        let bytes = std::ffi::OsStr::from_bytes(b"\xff");
        let mut reading = Reading::default();
        let words = ["fetch".as_ref(), "--config".as_ref(), bytes, "--directory".as_ref(), bytes];
        assert_eq!(reading.words(Parser::from_args(words)), None);
        assert!(reading.mistake.is_none());
        reading.variables(|name| (name == "SECRETFETCH_REGION").then(|| bytes.to_owned()));
        assert!(matches!(reading.mistake, Some((Mistake::NotUtf8 { variable: Some(_), .. }, _))));
        let mut reading = Reading::default();
        assert_eq!(reading.words(Parser::from_args(["fetch".as_ref(), "--region".as_ref(), bytes])), None);
        assert!(matches!(reading.mistake, Some((Mistake::NotUtf8 { variable: None, .. }, _))));
    }

    #[test]
    fn the_help_is_about_the_command_that_is_named() {
        let help = |about, is_long| Some(Question::Help { about, is_long });
        let fetch = Some(CommandName::Fetch);
        for (words, expected) in [
            (&["--help"][..], help(None, true)),
            (&["-h"], help(None, false)),
            (&["--help", "--bogus"], help(None, true)),
            (&["-vh", "fetch"], help(None, false)),
            (&["help"], help(None, true)),
            (&["help", "fetch"], help(fetch, true)),
            (&["--report", "json", "help", "-q", "fetch"], help(fetch, true)),
            (&["help", "--help"], help(Some(CommandName::Help), true)),
            (&["fetch", "-h"], help(fetch, false)),
            (&["fetch", "-o", "x", "--help", "--bogus"], help(fetch, true)),
            (&["--version"], Some(Question::Version)),
            (&["fetch", "-qV"], Some(Question::Version)),
            (&["fetch", "--bogus", "--help"], None),
            (&["help", "bogus"], None),
            (&["fetch", "--", "--help"], None),
        ] {
            assert_eq!(question(words), expected, "{words:?}");
        }
    }
}
