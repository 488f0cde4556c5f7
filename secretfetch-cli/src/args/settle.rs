//! What is typed wins over the environment as a whole: a typed `--config` is not disturbed by a
//! `SECRETFETCH_SECRET_ID`, nor a typed `--secret-id` by a `SECRETFETCH_CONFIG`.

use secretfetch::Failure;

use super::option::{Group, OptionSet};
use super::values::{Command, OutputArguments};
use crate::outcome::usage;

/// Whether what is typed makes the variables of this group say nothing.
pub(super) fn is_displaced(group: Group, typed: OptionSet) -> bool {
    let is_typed = |wanted| typed.iter().any(|option| option.group == wanted);
    match group {
        Group::Configuration => is_typed(Group::Configuration) || is_typed(Group::SecretId),
        Group::SecretId => is_typed(Group::Configuration),
        group => group.is_about_one_file() && is_typed(Group::Configuration),
    }
}

/// Takes the report away from a standard output that is for something else, and says so: whoever reads that must not get
/// a report in its place.
pub(super) fn free_stdout(command: Option<&Command>, output: &mut OutputArguments) -> Option<Failure> {
    let what = command?.stdout_is_for()?;
    let report = output.report.take()?;
    Some(usage(format!("{} and {what} both need standard output", report.origin.with("json"))))
}

#[cfg(test)]
mod tests {
    use crate::args::given::Origin;
    use crate::args::{Arguments, Command, Instead};

    /// The options that say something after these words, with these variables set, the options of one file last.
    fn given(words: &[&str]) -> Vec<&'static str> {
        let variables =
            ["CONFIG", "CONFIG_INLINE", "SECRET_ID", "OUTPUT", "OPTIONAL", "KEY", "FLATTEN", "REGION", "MODE"];
        let is_set = |name: &str| variables.iter().any(|variable| name.strip_prefix("SECRETFETCH_") == Some(variable));
        let value = |name: &str| match name {
            "SECRETFETCH_FLATTEN" => "true",
            "SECRETFETCH_MODE" => "0400",
            _ => "1",
        };
        match Arguments::of(lexopt::Parser::from_args(words), |name| is_set(name).then(|| value(name).into())) {
            Ok(Arguments { command: Command::Fetch(plan), .. }) => {
                let config = plan.config.config.map(|given| given.origin);
                let config_inline = plan.config.config_inline.map(|given| given.origin);
                let secret_id = plan.secret.secret_id.map(|given| given.origin);
                let region = plan.aws.region.map(|given| given.origin);
                let mode = plan.files.mode.map(|given| given.origin);
                let others = [config, config_inline, secret_id, region, mode];
                others.into_iter().flatten().chain(plan.of_one_file).map(Origin::long).collect()
            }
            Ok(_) => panic!("{words:?}"),
            Err(Instead::Print(text)) => panic!("{words:?}: {text}"),
            Err(Instead::Refuse(refusal)) => panic!("{words:?}: {}", refusal.error()),
        }
    }

    #[test]
    fn what_is_typed_displaces_the_variables_that_contradict_it() {
        let one_file = ["output", "optional", "key", "flatten"];
        let everywhere = ["region", "mode"];
        let all = [&["config", "config-inline", "secret-id"][..], &everywhere, &one_file].concat();
        assert_eq!(given(&["fetch"]), all);
        assert_eq!(given(&["fetch", "--region", "x"]), all);
        assert_eq!(given(&["fetch", "--config", "x"]), [&["config"][..], &everywhere].concat());
        assert_eq!(given(&["fetch", "--config", ""]), everywhere, "an empty one, too");
        assert_eq!(given(&["fetch", "--config-inline", "x"]), [&["config-inline"][..], &everywhere].concat());
        assert_eq!(given(&["fetch", "--secret-id", "x"]), [&["secret-id"][..], &everywhere, &one_file].concat());
        assert_eq!(given(&["fetch", "--config", "x", "--format", "env"]), ["config", "region", "mode", "format"]);
    }

    #[test]
    fn the_options_of_one_file_are_those_that_say_something() {
        let words = ["fetch", "--config", "x", "--secret-id", "y", "--format", "z", "--prefix=", "--optional", "-o="];
        match Arguments::of(lexopt::Parser::from_args(words), |_| None) {
            Ok(Arguments { command: Command::Fetch(plan), .. }) => {
                assert_eq!(plan.of_one_file, [Origin::Typed("format"), Origin::Typed("optional")]);
            }
            _ => panic!("refused"),
        }
    }
}
