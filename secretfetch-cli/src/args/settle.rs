//! What is typed wins over the environment as a whole: a typed `--config` is not disturbed by a
//! `SECRETFETCH_SECRET_ID`, nor a typed `--secret-id` by a `SECRETFETCH_CONFIG`.

use super::PlanArguments;
use super::option::{Group, OptionSet};

/// Whether what is typed makes the variables of this group say nothing.
pub(super) fn is_displaced(group: Group, typed: OptionSet) -> bool {
    let is_typed = |wanted| typed.iter().any(|option| option.group == wanted);
    match group {
        Group::Configuration => is_typed(Group::Configuration) || is_typed(Group::SecretId),
        Group::SecretId => is_typed(Group::Configuration),
        group => group.is_about_one_file() && is_typed(Group::Configuration),
    }
}

impl PlanArguments {
    /// The names of the options, given in whatever way, that say something about one file.
    pub(crate) fn options_of_one_file(&self) -> impl Iterator<Item = &'static str> {
        self.given.iter().filter(|option| option.group.is_about_one_file()).map(|option| option.long)
    }
}

#[cfg(test)]
mod tests {
    use crate::args::{Arguments, Command, Instead};

    /// The options that say something after these words, with every variable of a plan set.
    fn given(words: &[&str]) -> Vec<&'static str> {
        let variables =
            ["CONFIG", "CONFIG_INLINE", "SECRET_ID", "OUTPUT", "OPTIONAL", "KEY", "FLATTEN", "REGION", "MODE"];
        let is_set = |name: &str| variables.iter().any(|variable| name.strip_prefix("SECRETFETCH_") == Some(variable));
        match Arguments::of(lexopt::Parser::from_args(words), |name| is_set(name).then(|| "1".into())) {
            Ok(Arguments { command: Command::Fetch(plan), .. }) => {
                plan.given.iter().map(|option| option.long).collect()
            }
            Ok(_) => panic!("{words:?}"),
            Err(Instead::Print(text)) => panic!("{words:?}: {text}"),
            Err(Instead::Refuse(refusal)) => panic!("{words:?}: {}", refusal.message()),
        }
    }

    #[test]
    fn what_is_typed_displaces_the_variables_that_contradict_it() {
        let one_file = ["output", "optional", "key", "flatten"];
        let everywhere = ["region", "mode"];
        let all = [&["config", "config-inline", "secret-id"][..], &one_file, &everywhere].concat();
        assert_eq!(given(&["fetch"]), all);
        assert_eq!(given(&["fetch", "--region", "x"]), all);
        assert_eq!(given(&["fetch", "--config", "x"]), [&["config"][..], &everywhere].concat());
        assert_eq!(given(&["fetch", "--config", ""]), everywhere, "an empty one, too");
        assert_eq!(given(&["fetch", "--config-inline", "x"]), [&["config-inline"][..], &everywhere].concat());
        assert_eq!(given(&["fetch", "--secret-id", "x"]), [&["secret-id"][..], &one_file, &everywhere].concat());
        assert_eq!(given(&["fetch", "--config", "x", "--format", "env"]), ["config", "format", "region", "mode"]);
    }

    #[test]
    fn the_options_of_one_file_are_those_that_say_something() {
        let words = ["fetch", "--config", "x", "--secret-id", "y", "--format", "z", "--prefix=", "--optional", "-o="];
        match Arguments::of(lexopt::Parser::from_args(words), |_| None) {
            Ok(Arguments { command: Command::Fetch(plan), .. }) => {
                assert_eq!(plan.options_of_one_file().collect::<Vec<_>>(), ["optional", "format"]);
            }
            _ => panic!("refused"),
        }
    }
}
