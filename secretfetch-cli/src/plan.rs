//! Arguments and configuration to one plan: options win over the configuration.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secretfetch::{
    Config, Delimiters, EnvironmentConfig, Error, Failure, FileConfig, Format, Plan, Result, SecretId, Selection,
    SourceConfig, StoreName, Template,
};

use crate::args::{
    ConversionArguments, ExecArguments, Given, Interval, Origin, Output, PlanArguments, SecretArguments,
    WatchArguments, value_of,
};
use crate::outcome::usage;

/// The plan, and whether it is for standard output instead of files.
pub(crate) struct Resolved {
    pub(crate) plan: Plan,
    pub(crate) to_stdout: bool,
}

pub(crate) fn resolve(arguments: &PlanArguments, output_needed: bool) -> Result<Resolved> {
    resolve_with(arguments, output_needed, |_| {})
}

/// The same for what is kept fresh.
pub(crate) fn resolve_watched(arguments: &WatchArguments) -> Result<Resolved> {
    resolve_with(&arguments.plan, true, |config| {
        if let Some(Given { value: Interval(interval), .. }) = arguments.interval {
            config.watch.interval = Some(interval);
        }
    })
}

fn resolve_with(arguments: &PlanArguments, output_needed: bool, change: impl FnOnce(&mut Config)) -> Result<Resolved> {
    let (mut config, to_stdout) = match (source(arguments)?, &arguments.secret.secret_id) {
        (Some((config, origin)), None) => {
            refuse_file_options(arguments, origin)?;
            (config, false)
        }
        (None, Some(id)) => one_file(arguments, &id.value, output_needed)?,
        (Some((_, origin)), Some(id)) => return Err(both(id.origin, origin).into()),
        (None, None) => return Err(nothing("fetch").into()),
    };
    // Only who looks at all of a configuration looks at what is for a program.
    if output_needed && config.environment.take().is_some() && config.files.is_empty() {
        let failure = usage("the configuration has an `environment` and no `files`, so there is nothing to write");
        return Err(failure.with_hint("`secretfetch exec` takes it to a program; or list files").into());
    }
    override_config(&mut config, arguments, &[])?;
    change(&mut config);
    Ok(Resolved { plan: Plan::new(config)?, to_stdout })
}

/// The plan of a program's environment, with these sources beside what the arguments say; `None` if there are neither.
pub(crate) fn environment_plan(arguments: &ExecArguments, references: Vec<SourceConfig>) -> Result<Option<Plan>> {
    let plan = &arguments.plan;
    let mut config = match (source(plan)?, &plan.secret.secret_id) {
        (Some((config, origin)), None) => {
            refuse_file_options(plan, origin)?;
            config
        }
        (None, Some(id)) => Config::default().with_environment(one_secret(plan, &id.value)),
        (Some((_, origin)), Some(id)) => return Err(both(id.origin, origin).into()),
        (None, None) if arguments.resolve_env.is_none() => return Err(nothing("exec").into()),
        (None, None) if references.is_empty() => return Ok(None),
        (None, None) => Config::default(),
    };
    let stores: Vec<StoreName> = references.iter().filter_map(|source| source.store.clone()).collect();
    if !references.is_empty() {
        config.environment.get_or_insert_default().sources.extend(references);
    }
    if let (Some(environment), Some(given)) = (&mut config.environment, &arguments.on_conflict) {
        environment.on_conflict = given.value;
    }
    override_config(&mut config, plan, &stores)?;
    Ok(Some(Plan::new(config)?))
}

fn both(secret_id: Origin, config: Origin) -> Failure {
    usage(format!("{secret_id} and {config} are both given")).with_hint("use one: a configuration lists secrets itself")
}

fn nothing(command: &str) -> Failure {
    usage("nothing to fetch: neither `--secret-id` nor `--config` is given")
        .with_hint(format!("see `secretfetch {command} --help`"))
}

/// The environment of one secret, from options.
fn one_secret(arguments: &PlanArguments, secret_id: &SecretId) -> EnvironmentConfig {
    let conversion = &arguments.conversion;
    let mut source = source_of(&arguments.secret, secret_id);
    source.selection = selection(conversion);
    let mut environment = EnvironmentConfig::new(source);
    environment.nulls = value_of(&conversion.nulls);
    environment.flatten = value_of(&conversion.flatten);
    environment.separator = value_of(&conversion.separator);
    environment
}

fn source_of(secret: &SecretArguments, secret_id: &SecretId) -> SourceConfig {
    let mut source = SourceConfig::new(secret_id.clone());
    source.version_stage = value_of(&secret.version_stage);
    source.version_id = value_of(&secret.version_id);
    source.optional = secret.optional.is_some();
    source
}

/// The time that the options give, or the usual one: what a configuration says is known when it is read.
pub(crate) fn time_of(arguments: &PlanArguments) -> Duration {
    value_of(&arguments.aws.timeout).unwrap_or(Plan::DEFAULT_TIMEOUT)
}

/// The configuration, from the file or the variable that holds it, and where that was given.
fn source(arguments: &PlanArguments) -> Result<Option<(Config, Origin)>> {
    match (&arguments.config.config, &arguments.config.config_inline) {
        (Some(path), Some(text)) => Err(usage(format!("{} and {} are both given", path.origin, text.origin))
            .with_hint("use one of them")
            .into()),
        (Some(path), None) => Ok(Some((Config::from_file(&path.value)?, path.origin))),
        (None, Some(text)) => {
            let read = Config::from_text(&text.value, Path::new(""));
            Ok(Some((read.map_err(|error| error.in_text(&text.origin.to_string()))?, text.origin)))
        }
        (None, None) => Ok(None),
    }
}

/// Options of one file say nothing about the many of a configuration.
fn refuse_file_options(arguments: &PlanArguments, config: Origin) -> Result<()> {
    let errors = arguments.of_one_file.iter().map(|option| {
        let failure = usage(format!("{option} belongs to `--secret-id`, and {config} is given"));
        Error::from(failure.with_hint("write it in the configuration, at its file"))
    });
    Error::join(errors).map_or(Ok(()), Err)
}

/// A configuration of one file, from options.
fn one_file(arguments: &PlanArguments, secret_id: &SecretId, output_needed: bool) -> Result<(Config, bool)> {
    let PlanArguments { secret, conversion, files, .. } = arguments;
    let source = source_of(secret, secret_id);
    let mut config = Config::default();
    let path = match &secret.output {
        Some(Given { value: Output::Path(path), origin }) => Some((path.as_str(), *origin)),
        Some(Given { value: Output::Stdout, .. }) => None,
        None if output_needed => {
            return Err(usage("`--output` is missing")
                .with_hint("it names the file to write; `-` is standard output")
                .into());
        }
        None => None,
    };
    let mut file = conversion_file(conversion, source)?;
    let is_files = file.format.is_files();
    if let (None, true, Some(format)) = (path, is_files, &conversion.format) {
        return Err(usage(format!("{} writes a directory, not standard output", format.origin.with("files")))
            .with_hint("name it with `--output DIR`")
            .into());
    }
    file.path = match path {
        None => "stdout".to_owned(),
        Some((path, _)) if is_files && files.directory.is_none() => {
            config.directory = Some(path.into());
            ".".to_owned()
        }
        Some((path, _)) if files.directory.is_some() => path.to_owned(),
        Some((path, origin)) => {
            let name = Path::new(path).file_name().and_then(|name| name.to_str()).filter(|_| !path.ends_with('/'));
            let Some(name) = name else {
                return Err(usage(format!("{origin} does not name a file")).with_file(path).into());
            };
            config.directory = Some(Path::new(path).parent().map(PathBuf::from).unwrap_or_default());
            name.to_owned()
        }
    };
    config.files = vec![file];
    Ok((config, path.is_none()))
}

/// The file's options, and the source's that belong to its content.
pub(crate) fn conversion_file(conversion: &ConversionArguments, mut source: SourceConfig) -> Result<FileConfig> {
    let format = format(conversion)?;
    let raw = format.is_raw();
    source.selection = selection(conversion);
    match conversion.keys.as_slice() {
        [key] if raw && key.value.contains('=') => {
            let hint = "with `raw`, it is the key whose value is written; a key with `=` in it needs a configuration";
            let what = key.origin.with("TARGET=SOURCE");
            return Err(usage(format!("{what} renames an entry, and the format `raw` has none"))
                .with_hint(hint)
                .into());
        }
        [key] if raw => {
            source.key = Some(key.value.clone());
            source.selection.keys.clear();
        }
        [first, _, ..] if raw => {
            let hint = "choose a format with keys, such as `env` (`--format`)";
            let what = first.origin;
            return Err(usage(format!("the format `raw` writes one key's value, and {what} names several"))
                .with_hint(hint)
                .into());
        }
        _ => {}
    }
    let mut file = FileConfig::new("", source).with_format(format);
    file.template = template(conversion, format)?;
    file.nulls = value_of(&conversion.nulls);
    file.flatten = value_of(&conversion.flatten);
    file.separator = value_of(&conversion.separator);
    Ok(file)
}

fn selection(conversion: &ConversionArguments) -> Selection {
    let pair = |key: &Given<String>| match key.value.split_once('=') {
        Some((target, source)) => (target.to_owned(), source.to_owned()),
        None => (key.value.clone(), key.value.clone()),
    };
    Selection {
        keys: conversion.keys.iter().map(pair).collect(),
        key_style: value_of(&conversion.key_style).unwrap_or_default(),
        prefix: value_of(&conversion.prefix).unwrap_or_default(),
        as_name: value_of(&conversion.as_name),
    }
}

/// `stores` has the names of further stores that the options of AWS are about, beside the default one.
fn override_config(config: &mut Config, arguments: &PlanArguments, stores: &[StoreName]) -> Result<()> {
    let PlanArguments { aws, files, .. } = arguments;
    if let Some(store) = &aws.store {
        let name: StoreName = store.value.parse().map_err(|error| store.wrong(error))?;
        // `--store aws` chooses AWS; where the configuration's own store is of that kind, that one stays.
        if config.default_store_kind() != Some(name.as_str()) {
            config.store = Some(name);
        }
    }
    config.change_aws_settings(stores, |settings| {
        // Another role than the configuration's does not hear the external id that is meant for that one.
        if aws.role_arn.as_ref().is_some_and(|arn| settings.role_arn.as_ref() != Some(&arn.value)) {
            settings.external_id = None;
        }
        let fields = [
            (&mut settings.role_arn, &aws.role_arn),
            (&mut settings.external_id, &aws.external_id),
            (&mut settings.endpoint_url, &aws.endpoint_url),
        ];
        for (field, given) in fields {
            if given.is_some() {
                *field = value_of(given);
            }
        }
    });
    config.profile = value_of(&aws.profile).or(config.profile.take());
    config.region = value_of(&aws.region).or(config.region.take());
    config.batch = value_of(&aws.batch).unwrap_or(config.batch);
    config.timeout = value_of(&aws.timeout).or(config.timeout);
    config.directory = value_of(&files.directory).or(config.directory.take());
    // Options win over what the configuration says of each file, too.
    if let Some(mode) = &files.mode {
        config.mode = Some(mode.value);
        config.files.iter_mut().for_each(|file| file.mode = None);
    }
    if let Some(owner) = &files.owner {
        config.owner = Some(owner.value);
        config.files.iter_mut().for_each(|file| file.owner = None);
    }
    Ok(())
}

fn template(conversion: &ConversionArguments, format: Format) -> Result<Option<Template>> {
    match (&conversion.template, &conversion.format) {
        (None, Some(given)) if format.is_template() => {
            let failure = usage(format!("{} needs a template", given.origin.with("template")));
            Err(failure.with_hint("name its file with `--template PATH`").into())
        }
        (Some(template), Some(given)) if !format.is_template() => {
            let what = format!("{} and {} are both given", given.origin.with(format.name()), template.origin);
            Err(usage(what).with_hint("leave the format out: a template has its own").into())
        }
        (template, _) => {
            template.as_ref().map(|path| Template::from_file(&path.value, &Delimiters::default())).transpose()
        }
    }
}

/// The format that the options name; of a template, its own.
pub(crate) fn format(conversion: &ConversionArguments) -> Result<Format> {
    let (format, dialect) = (value_of(&conversion.format), value_of(&conversion.dialect));
    let unsaid = if conversion.template.is_some() { "template" } else { "raw" };
    Format::parse(format.as_deref().unwrap_or(unsaid), dialect.as_deref())
}
