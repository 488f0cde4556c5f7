//! Arguments and configuration to one plan: options win over the configuration.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use secretfetch::{
    AwsStoreConfig, Config, Error, ErrorKind, Failure, FileConfig, Format, Nulls, Plan, Result, Selection,
    SourceConfig, StoreName,
};

use crate::args::{ConversionArguments, PlanArguments, SecretArguments, is_stdout};

/// The plan, and whether it is for standard output instead of files.
pub(crate) struct Resolved {
    pub(crate) plan: Plan,
    pub(crate) to_stdout: bool,
}

pub(crate) fn resolve(arguments: &PlanArguments, output_needed: bool) -> Result<Resolved> {
    let (mut config, to_stdout) = match (source(arguments)?, &arguments.secret.secret_id) {
        (Some(config), None) => {
            refuse_file_options(arguments)?;
            (config, false)
        }
        (None, Some(_)) => one_file(arguments, output_needed)?,
        (Some(_), Some(_)) => {
            return Err(usage("`--secret-id` and a configuration are both given").with_hint(
                "use one: a configuration lists secrets itself (environment variables SECRETFETCH_* count as options)",
            ).into());
        }
        (None, None) => {
            return Err(usage("nothing to fetch: neither `--secret-id` nor `--config` is given")
                .with_hint("see `secretfetch fetch --help`")
                .into());
        }
    };
    override_config(&mut config, arguments)?;
    Ok(Resolved { plan: Plan::new(config)?, to_stdout })
}

/// The time that the options give, or the usual one: what a configuration says is known when it is read.
pub(crate) fn time_of(arguments: &PlanArguments) -> Duration {
    let given = arguments.aws.timeout.as_deref().and_then(|text| secretfetch::parse_duration(text).ok());
    given.unwrap_or(Plan::DEFAULT_TIMEOUT)
}

/// The configuration, from the file or the variable that holds it.
fn source(arguments: &PlanArguments) -> Result<Option<Config>> {
    match (&arguments.config.config, &arguments.config.config_inline) {
        (Some(_), Some(_)) => {
            Err(usage("`--config` and SECRETFETCH_CONFIG_INLINE are both given").with_hint("use one of them").into())
        }
        (Some(path), None) => Config::from_file(Path::new(path)).map(Some),
        (None, Some(text)) => Config::from_text(text, Path::new("")).map(Some),
        (None, None) => Ok(None),
    }
}

/// Options of one file say nothing about the many of a configuration.
fn refuse_file_options(arguments: &PlanArguments) -> Result<()> {
    let errors = arguments.options_of_one_file().map(|option| {
        let failure = usage(format!("`--{option}` belongs to `--secret-id`, and a configuration is given"));
        Error::from(failure.with_hint("write it in the configuration, at its file"))
    });
    Error::join(errors).map_or(Ok(()), Err)
}

/// A configuration of one file, from options.
fn one_file(arguments: &PlanArguments, output_needed: bool) -> Result<(Config, bool)> {
    let PlanArguments { secret, conversion, files, .. } = arguments;
    let source = secret_source(secret)?;
    let mut config = Config::default();
    let output = match secret.output.as_deref() {
        Some(output) => output,
        None if output_needed => {
            return Err(usage("`--output` is missing")
                .with_hint("it names the file to write; `-` is standard output")
                .into());
        }
        None => "-",
    };
    let to_stdout = is_stdout(output);
    let mut file = conversion_file(conversion, source)?;
    let is_files = file.format.is_files();
    if to_stdout && is_files {
        return Err(usage("`--format files` writes a directory, not standard output")
            .with_hint("name it with `--output DIR`")
            .into());
    }
    file.path = match Path::new(output) {
        _ if to_stdout => "stdout".to_owned(),
        path if is_files && files.directory.is_none() => {
            config.directory = Some(path.to_owned());
            ".".to_owned()
        }
        _ if files.directory.is_some() => output.to_owned(),
        path => {
            let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| !output.ends_with('/')) else {
                return Err(usage("`--output` names no file").with_file(output).into());
            };
            config.directory = Some(path.parent().map(PathBuf::from).unwrap_or_default());
            name.to_owned()
        }
    };
    config.files = vec![file];
    Ok((config, to_stdout))
}

fn secret_source(secret: &SecretArguments) -> Result<SourceConfig> {
    let id = secret.secret_id.as_deref().unwrap_or_default();
    let mut source = SourceConfig::new(parse("--secret-id", id)?);
    source.version_stage = parse_optional("--version-stage", secret.version_stage.as_deref())?;
    source.version_id = parse_optional("--version-id", secret.version_id.as_deref())?;
    source.optional = secret.optional;
    Ok(source)
}

/// The file's options, and the source's that belong to its content.
pub(crate) fn conversion_file(conversion: &ConversionArguments, mut source: SourceConfig) -> Result<FileConfig> {
    let format = format(conversion)?;
    let raw = format.is_raw();
    source.selection = selection(conversion)?;
    match conversion.keys.as_slice() {
        [key] if raw && key.contains('=') => {
            let hint =
                "with `raw`, `--key` is the key whose value is written; a key with `=` in it needs a configuration";
            return Err(usage("`--key TARGET=SOURCE` renames an entry, and `--format raw` has none")
                .with_hint(hint)
                .into());
        }
        [key] if raw => {
            source.key = Some(key.clone());
            source.selection.keys.clear();
        }
        [_, _, ..] if raw => {
            let hint = "choose a `--format` with keys, such as `env`";
            return Err(usage("`--format raw` writes one key's value, and several `--key` are given")
                .with_hint(hint)
                .into());
        }
        _ => {}
    }
    let mut file = FileConfig::new("", source).with_format(format);
    file.nulls = parse_optional::<Nulls>("--nulls", conversion.nulls.as_deref())?;
    file.flatten = parse_optional("--flatten", conversion.flatten.as_deref())?;
    file.separator = conversion.separator.clone();
    Ok(file)
}

fn selection(conversion: &ConversionArguments) -> Result<Selection> {
    let pair = |key: &String| match key.split_once('=') {
        Some((target, source)) => (target.to_owned(), source.to_owned()),
        None => (key.clone(), key.clone()),
    };
    Ok(Selection {
        keys: conversion.keys.iter().map(pair).collect(),
        key_style: parse_optional("--key-style", conversion.key_style.as_deref())?.unwrap_or_default(),
        prefix: conversion.prefix.clone().unwrap_or_default(),
        as_name: conversion.as_name.clone(),
    })
}

fn override_config(config: &mut Config, arguments: &PlanArguments) -> Result<()> {
    let PlanArguments { aws, files, .. } = arguments;
    if let Some(store) = &aws.store {
        let name: StoreName = parse("--store", store)?;
        // `--store aws` chooses AWS; where the configuration's own store is in AWS, that one stays.
        if name.as_str() != "aws" || config.default_store::<AwsStoreConfig>().is_none() {
            config.store = Some(name);
        }
    }
    if let Some(mut store) = config.default_store::<AwsStoreConfig>() {
        // Another role than the configuration's does not hear the external id that is meant for that one.
        if aws.role_arn.as_ref().is_some_and(|arn| store.role_arn.as_ref() != Some(arn)) {
            store.external_id = None;
        }
        let fields = [
            (&mut store.role_arn, &aws.role_arn),
            (&mut store.external_id, &aws.external_id),
            (&mut store.endpoint_url, &aws.endpoint_url),
        ];
        let mut is_changed = false;
        for (field, given) in fields {
            if given.is_some() {
                field.clone_from(given);
                is_changed = true;
            }
        }
        if is_changed {
            config.set_default_store(store);
        }
    }
    config.profile = aws.profile.clone().or(config.profile.take());
    config.region = parse_optional("--region", aws.region.as_deref())?.or(config.region.take());
    if let Some(batch) = parse_optional("--batch", aws.batch.as_deref())? {
        config.batch = batch;
    }
    if let Some(timeout) = &aws.timeout {
        config.timeout = Some(parse_length("--timeout", timeout)?);
    }
    if let Some(directory) = &files.directory {
        config.directory = Some(PathBuf::from(directory));
    }
    // Options win over what the configuration says of each file, too.
    if let Some(mode) = parse_optional("--mode", files.mode.as_deref())? {
        config.mode = Some(mode);
        config.files.iter_mut().for_each(|file| file.mode = None);
    }
    if let Some(owner) = parse_optional("--owner", files.owner.as_deref())? {
        config.owner = Some(owner);
        config.files.iter_mut().for_each(|file| file.owner = None);
    }
    Ok(())
}

/// The format that the options name.
pub(crate) fn format(conversion: &ConversionArguments) -> Result<Format> {
    Format::parse(conversion.format.as_deref().unwrap_or("raw"), conversion.dialect.as_deref())
}

pub(crate) fn usage(message: impl Into<String>) -> Failure {
    Failure::new(ErrorKind::Config, message)
}

fn parse<T: FromStr<Err: Display>>(option: &str, text: &str) -> Result<T> {
    text.parse().map_err(|error| usage(format!("`{option}`: {error}")).into())
}

pub(crate) fn parse_length(option: &str, text: &str) -> Result<Duration> {
    secretfetch::parse_duration(text).map_err(|message| usage(format!("`{option}`: {message}")).into())
}

pub(crate) fn parse_optional<T: FromStr<Err: Display>>(option: &str, text: Option<&str>) -> Result<Option<T>> {
    text.map(|text| parse(option, text)).transpose()
}
