//! What is typed and what the environment says, brought to one set of options.

use std::ffi::OsStr;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::{ConversionArguments, PlanArguments};

/// An option that says something about one file, and so nothing about the many of a configuration.
pub(crate) struct FileOption {
    /// The name that clap knows it by.
    id: &'static str,
    /// As it is typed.
    pub(crate) name: &'static str,
    pub(crate) is_given: fn(&PlanArguments) -> bool,
    forget: fn(&mut PlanArguments),
}

macro_rules! file_options {
    ($($name:literal => $group:ident.$field:ident,)*) => {
        &[$(FileOption {
            id: stringify!($field),
            name: $name,
            is_given: |arguments| is_set(&arguments.$group.$field),
            forget: |arguments| arguments.$group.$field = Default::default(),
        },)*]
    };
}

/// Every option of one file. `--secret-id` itself is not among them: it takes the place of a configuration.
pub(crate) const FILE_OPTIONS: &[FileOption] = file_options! {
    "--version-stage" => secret.version_stage,
    "--version-id" => secret.version_id,
    "--output" => secret.output,
    "--optional" => secret.optional,
    "--format" => conversion.format,
    "--dialect" => conversion.dialect,
    "--key" => conversion.keys,
    "--prefix" => conversion.prefix,
    "--key-style" => conversion.key_style,
    "--as" => conversion.as_name,
    "--nulls" => conversion.nulls,
    "--flatten" => conversion.flatten,
    "--separator" => conversion.separator,
};

fn is_set<T: Default + PartialEq>(option: &T) -> bool {
    *option != T::default()
}

impl PlanArguments {
    pub(super) fn settle(&mut self, given: &ArgMatches) {
        self.conversion.settle(given);
        self.drop_empty();
        let from = |id: &str| given.value_source(id);
        let typed = |id: &str| from(id) == Some(ValueSource::CommandLine);
        let in_environment = |id: &str| from(id) == Some(ValueSource::EnvVariable);
        if typed("config") {
            drop_if(&mut self.config.config_inline, |_| in_environment("config_inline"));
            drop_if(&mut self.secret.secret_id, |_| in_environment("secret_id"));
            FILE_OPTIONS.iter().filter(|option| in_environment(option.id)).for_each(|option| (option.forget)(self));
        }
        if typed("secret_id") {
            drop_if(&mut self.config.config, |_| in_environment("config"));
            drop_if(&mut self.config.config_inline, |_| in_environment("config_inline"));
        }
    }

    /// Kubernetes manifests often set a variable to nothing: an empty option is one that is not given.
    fn drop_empty(&mut self) {
        let PlanArguments { config, secret, aws, files, .. } = self;
        let texts = [
            &mut config.config_inline,
            &mut secret.secret_id,
            &mut secret.version_stage,
            &mut secret.version_id,
            &mut secret.output,
            &mut aws.store,
            &mut aws.region,
            &mut aws.profile,
            &mut aws.endpoint_url,
            &mut aws.batch,
            &mut aws.timeout,
            &mut files.mode,
            &mut files.owner,
        ];
        texts.into_iter().for_each(|text| drop_if(text, String::is_empty));
        let paths = [&mut config.config, &mut files.directory];
        paths.into_iter().for_each(|path| drop_if(path, |path| path == OsStr::new("")));
    }
}

impl ConversionArguments {
    pub(super) fn settle(&mut self, given: &ArgMatches) {
        // A variable can hold several keys; on the command line each has its own option.
        if given.value_source("keys") == Some(ValueSource::EnvVariable) {
            self.keys = self.keys.iter().flat_map(|keys| keys.split(',')).map(str::to_owned).collect();
        }
        self.drop_empty();
    }

    fn drop_empty(&mut self) {
        self.keys.retain(|key| !key.is_empty());
        let texts = [
            &mut self.format,
            &mut self.dialect,
            &mut self.prefix,
            &mut self.key_style,
            &mut self.as_name,
            &mut self.nulls,
            &mut self.flatten,
            &mut self.separator,
        ];
        texts.into_iter().for_each(|text| drop_if(text, String::is_empty));
    }
}

fn drop_if<T>(option: &mut Option<T>, empty: impl FnOnce(&T) -> bool) {
    if option.as_ref().is_some_and(empty) {
        *option = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{ConversionArguments, SecretArguments};
    use clap::Args as _;

    #[test]
    fn every_option_of_one_file_is_in_the_table_under_its_name() {
        let command = SecretArguments::augment_args(clap::Command::new("x"));
        let command = ConversionArguments::augment_args(command);
        let mut options: Vec<(String, String)> = command
            .get_arguments()
            .map(|option| (option.get_id().to_string(), format!("--{}", option.get_long().unwrap())))
            .filter(|(id, _)| id != "secret_id")
            .collect();
        let mut table: Vec<(String, String)> =
            FILE_OPTIONS.iter().map(|option| (option.id.to_owned(), option.name.to_owned())).collect();
        options.sort();
        table.sort();
        assert_eq!(options, table);
    }
}
