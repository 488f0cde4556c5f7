//! Words and variables to values.

use std::ffi::{OsStr, OsString};

use lexopt::{Arg, Parser};

use secretfetch::Error;

use super::command::CommandName;
use super::given::{Given, Origin, Unfit};
use super::operand::Operand;
use super::option::{Definition, OPTIONS, OptionSet, Place};
use super::refusal::Mistake;
use super::settle::is_displaced;
use super::values::Values;

/// What has been read so far.
///
/// After a mistake the rest is read all the same: the form in which to tell of it may stand there.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) command: Option<CommandName>,
    pub(super) values: Values,
    /// The first mistake, and the command that had been read by then.
    pub(super) mistake: Option<(Mistake, Option<CommandName>)>,
    /// Values that their options cannot have.
    pub(super) unfit: Vec<Error>,
    /// The command that `help` is to tell about.
    topic: Option<CommandName>,
    typed: OptionSet,
    /// Whether the word that the command needs was there.
    has_operand: bool,
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
                let rest = words.try_raw_args().into_iter().flatten().skip(1);
                match self.command {
                    Some(CommandName::Exec) => self.values.program.extend(rest),
                    Some(command) if Operand::of(command).is_some() => rest.for_each(|word| self.word(word, None)),
                    // Nothing has a place behind it.
                    _ => rest.for_each(|word| self.refuse(Mistake::Unexpected { word, after: None })),
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
        if let Some(operand) = self.command.and_then(Operand::of).filter(|_| !self.has_operand) {
            self.refuse(Mistake::MissingOperand(operand.name));
        }
        if self.command == Some(CommandName::Exec) && self.values.program.first().is_none_or(|name| name.is_empty()) {
            self.refuse(Mistake::NoProgram);
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
            if let Err(mistake) = self.set(place, value, Origin::Variable(option.long)) {
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
            Some(command) => {
                return match Operand::of(command).filter(|_| !self.has_operand) {
                    Some(operand) => self.operand(operand, word),
                    None => self.refuse(Mistake::Unexpected { word, after }),
                };
            }
        };
        *slot = CommandName::of_word(&word);
        if slot.is_none() {
            self.refuse(Mistake::UnknownCommand(word));
        }
    }

    /// The word that the command needs.
    fn operand(&mut self, operand: &Operand, word: OsString) {
        // As with options, an empty one says nothing.
        self.has_operand = !word.is_empty();
        if word.is_empty() {
            return;
        }
        match (operand.put)(&mut self.values, Given { value: word.clone(), origin: Origin::Operand(operand.name) }) {
            Ok(()) => {}
            Err(Unfit::NotUtf8) => self.refuse(Mistake::Unexpected { word, after: None }),
            Err(Unfit::Empty) => self.refuse(Mistake::MissingOperand(operand.name)),
            Err(Unfit::Wrong(error)) => self.unfit.push(error),
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
        let is_first = !self.typed.insert(place) || matches!(option.place, Place::Count(_) | Place::Each(_));
        let done = match value {
            Ok(_) if !is_first => Err(Mistake::Twice(option)),
            Ok(value) => self.set(place, value, Origin::Typed(option.long)),
            Err(mistake) => Err(mistake),
        };
        done.unwrap_or_else(|mistake| self.refuse(mistake));
    }

    /// Brings a value to its place. An empty one says nothing, but a typed one still hides the variable.
    fn set(&mut self, place: usize, value: OsString, origin: Origin) -> Result<(), Mistake> {
        let option = &OPTIONS[place];
        let is_typed = matches!(origin, Origin::Typed(_));
        let is_empty = value.is_empty();
        let given = Given { value, origin };
        let values = &mut self.values;
        let done = match option.place {
            Place::Help | Place::Version => return Ok(()),
            Place::Flag(at) if is_typed => {
                *at(values) = Some(Given { value: (), origin });
                Ok(())
            }
            Place::Flag(at) => given.text().map(|given| {
                *at(values) = is_true(&given.value).then_some(Given { value: (), origin });
            }),
            Place::Count(at) if is_typed => {
                let before = at(values).as_ref().map_or(0, |given| given.value);
                *at(values) = Some(Given { value: before.saturating_add(1), origin });
                Ok(())
            }
            // What is not a number is not quoted: it may be meant for something else.
            Place::Count(at) => given.put_as(at(values), |text| {
                text.parse().map_err(|_| format!("the value is not a number from 0 to {}", u8::MAX))
            }),
            Place::One(_) if is_empty => return Ok(()),
            Place::One(put) | Place::Each(put) => put(values, given),
        };
        match done {
            Ok(()) => {
                let is_on = !matches!(option.place, Place::Flag(at) if at(values).is_none());
                if option.group.is_about_one_file() && is_on && !values.plan.of_one_file.contains(&origin) {
                    values.plan.of_one_file.push(origin);
                }
                Ok(())
            }
            Err(Unfit::NotUtf8) => Err(Mistake::NotUtf8 { option, origin }),
            Err(Unfit::Empty) => Err(Mistake::MissingValue { option, may_be_meant: false }),
            Err(Unfit::Wrong(error)) => {
                self.unfit.push(error);
                Ok(())
            }
        }
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
    use crate::args::values::{
        AwsArguments, ConfigArguments, ConversionArguments, FileArguments, LogFormat, Output, OutputArguments,
        PlanArguments, SecretArguments,
    };
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

    /// A value that the option can have.
    fn sample(option: &Definition) -> &'static str {
        match option.long {
            "version-id" => "EXAMPLE1-90ab-cdef-fedc-ba987EXAMPLE",
            "key-style" => "upper-snake",
            "on-conflict" => "keep",
            "nulls" => "omit",
            "flatten" => "true",
            "region" => "eu-west-1",
            "batch" => "never",
            "timeout" | "interval" | "max-stale" => "5s",
            "listen" => ":8080",
            "mode" => "0400",
            "log-format" | "report" => "json",
            _ => "1",
        }
    }

    #[test]
    fn every_option_has_a_field_of_its_own_and_every_field_an_option() {
        let mut reading = Reading::default();
        let mut origins = Vec::new();
        for (place, option) in OPTIONS.iter().enumerate() {
            assert!(reading.set(place, sample(option).into(), Origin::Typed(option.long)).is_ok());
        }
        assert!(reading.unfit.is_empty(), "{:?}", reading.unfit);
        let Values { plan, interval, max_stale, listen, probe, install, resolve_env, .. } = reading.values;
        let Values { on_conflict, unset_aws, program, .. } = reading.values;
        let Values { offline, as_uid, account_id, kms_key_arns, output, .. } = reading.values;
        assert_eq!((probe, install, program), (None, None, Vec::new()), "words, and no options");
        let PlanArguments { config, secret, conversion, aws, files, of_one_file } = plan;
        let ConfigArguments { config, config_inline } = config;
        let SecretArguments { secret_id, version_stage, version_id, output: to, optional } = secret;
        let ConversionArguments {
            format,
            dialect,
            template,
            keys,
            prefix,
            key_style,
            as_name,
            nulls,
            flatten,
            separator,
        } = conversion;
        let AwsArguments { store, region, profile, role_arn, external_id, endpoint_url, batch, timeout } = aws;
        let FileArguments { directory, mode, owner } = files;
        let OutputArguments { log_format, report, verbose, quiet } = output;
        fn from<T>(given: Option<Given<T>>) -> Origin {
            given.unwrap().origin
        }
        origins.extend([from(config), from(config_inline), from(secret_id), from(version_stage), from(version_id)]);
        origins.extend([
            from(to),
            from(optional),
            from(format),
            from(dialect),
            from(template),
            from(keys.into_iter().next()),
        ]);
        origins.extend([from(prefix), from(key_style), from(as_name), from(nulls), from(flatten), from(separator)]);
        origins.extend([from(store), from(region), from(profile), from(role_arn), from(external_id)]);
        origins.extend([from(endpoint_url), from(batch), from(timeout), from(directory), from(mode), from(owner)]);
        origins.extend([from(interval), from(max_stale), from(listen), from(resolve_env), from(on_conflict)]);
        origins.extend([from(unset_aws), from(offline), from(as_uid), from(account_id)]);
        origins.extend([
            from(kms_key_arns.into_iter().next()),
            from(log_format),
            from(report),
            from(verbose),
            from(quiet),
        ]);
        let fields: Vec<&str> = origins.into_iter().map(Origin::long).collect();
        let options: Vec<&str> = OPTIONS.iter().map(|option| option.long).collect();
        assert_eq!(fields, options[2..], "all but the help and the version");
        let of_one_file = of_one_file.into_iter().map(Origin::long);
        let expected = OPTIONS.iter().filter(|option| option.group.is_about_one_file()).map(|option| option.long);
        assert!(of_one_file.eq(expected));
    }

    #[test]
    fn a_value_can_be_written_in_every_form() {
        let output = |words: &[&str]| values(words, &[]).plan.secret.output.unwrap().value;
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
            assert_eq!(output(words), Output::Path("x".to_owned()), "{words:?}");
        }
        for (words, value) in [
            (&["fetch", "--output", "-"][..], "-"),
            (&["fetch", "-o-"], "-"),
            (&["fetch", "--output=--format"], "--format"),
            (&["fetch", "-o=-x"], "-x"),
            (&["fetch", "-o==x"], "=x"),
            (&["fetch", "-o", "fetch"], "fetch"),
        ] {
            assert_eq!(output(words), value.parse().unwrap(), "{words:?}");
        }
    }

    #[test]
    fn options_of_every_command_can_stand_before_it() {
        let output = values(&["-v", "--report", "json", "fetch", "-vq", "--log-format=json"], &[]).output;
        assert!(output.verbose.is_some_and(|given| given.value == 2) && output.quiet.is_some());
        assert!(output.report.is_some() && output.log_format.is_some_and(|given| given.value == LogFormat::Json));
    }

    #[test]
    fn flatten_takes_a_value_only_after_the_equals_sign() {
        for (words, value) in [(&["convert", "--flatten"][..], true), (&["convert", "--flatten=false"], false)] {
            assert_eq!(values(words, &[]).plan.conversion.flatten.unwrap().value, value);
        }
        let mistake = read(&["convert", "--flatten", "false"], &[]).mistake;
        assert!(matches!(mistake, Some((Mistake::Unexpected { after: Some(_), .. }, Some(CommandName::Convert)))));
    }

    #[test]
    fn several_keys_are_several_options_or_one_variable() {
        let keys = |words: &[&str], variable: &str| -> Vec<String> {
            let keys = values(words, &[("SECRETFETCH_KEY", variable)]).plan.conversion.keys;
            keys.into_iter().map(|key| key.value).collect()
        };
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
            assert_eq!(values.output.quiet.is_some(), expected, "{value:?}");
            let optional = expected.then_some(Given { value: (), origin: Origin::Variable("optional") });
            assert_eq!(values.plan.of_one_file, optional.iter().map(|given| given.origin).collect::<Vec<_>>());
            assert_eq!(values.plan.secret.optional, optional, "{value:?}");
        }
        let verbose = |words: &[&str], value: &str| {
            values(words, &[("SECRETFETCH_VERBOSE", value)]).output.verbose.map_or(0, |given| given.value)
        };
        for (words, value, expected) in
            [(&["fetch"][..], "2", 2), (&["fetch"], "", 0), (&["fetch"], "0", 0), (&["fetch", "-v"], "x", 1)]
        {
            assert_eq!(verbose(words, value), expected);
        }
        let many = format!("-{}", "v".repeat(300));
        assert_eq!(verbose(&["fetch", &many], ""), u8::MAX);
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
        assert!(matches!(reading.mistake, Some((Mistake::NotUtf8 { origin: Origin::Variable(_), .. }, _))));
        let mut reading = Reading::default();
        assert_eq!(reading.words(Parser::from_args(["fetch".as_ref(), "--region".as_ref(), bytes])), None);
        assert!(matches!(reading.mistake, Some((Mistake::NotUtf8 { origin: Origin::Typed(_), .. }, _))));
    }

    #[test]
    fn an_operand_can_stand_among_options_and_behind_two_hyphens() {
        for (words, operand) in [
            (&["install", "x"][..], "x"),
            (&["install", "-q", "x"], "x"),
            (&["install", "x", "-q", "--"], "x"),
            (&["install", "--", "-q"], "-q"),
            (&["install", "--", "--"], "--"),
            (&["install", "", "fetch"], "fetch"),
        ] {
            assert_eq!(values(words, &[]).install.unwrap().value.as_os_str(), operand, "{words:?}");
        }
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
