//! The profile that was asked for: whether there is one of that name, and whether the files can be read at all.

use std::borrow::Cow;
use std::error::Error as _;

use aws_config::profile::{ProfileFileLoadError, ProfileParseError, ProfileSet, load};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use super::header::{self, KEY_VARIABLES, Unfit};
use super::sources::variable;
use crate::error::{ErrorKind, Failure, Result};
use crate::text::{nearest, quoted};

/// A profile, and who asked for it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted<'a> {
    /// By an option: its credentials and no others.
    Given(&'a str),
    /// By `AWS_PROFILE`: it must be there, and one without credentials leaves them to the next source.
    Variable(&'a str),
    /// By nobody.
    Default,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(given: Option<&'a str>, variable: Option<&'a str>) -> Self {
        given.map(Wanted::Given).or(variable.map(Wanted::Variable)).unwrap_or(Wanted::Default)
    }

    fn name(self) -> &'a str {
        match self {
            Wanted::Given(name) | Wanted::Variable(name) => name,
            Wanted::Default => "default",
        }
    }
}

/// Looks into the profile files before a provider does, which passes over a name that is not there, panics on a key
/// that cannot be a header, and tells a broken line only in words.
pub(super) async fn check(wanted: Wanted<'_>) -> Result<()> {
    let name = Cow::Owned(wanted.name().to_owned());
    let set = load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), Some(name)).await;
    let set = set.map_err(|error| unreadable(&error))?;
    match (wanted, set.get_profile(wanted.name())) {
        (Wanted::Default, None) => Ok(()),
        (_, None) => Err(missing(wanted, set.profiles()).into()),
        (_, Some(_)) => check_chain(&set, wanted.name()),
    }
}

/// A profile and those that its role is assumed with.
fn check_chain(set: &ProfileSet, first: &str) -> Result<()> {
    let mut seen = Vec::new();
    let mut next = Some(first);
    while let Some((name, profile)) = next.and_then(|name| Some((name, set.get_profile(name)?))) {
        seen.push(name);
        for key in ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"] {
            if let Some(unfit) = profile.get(key).and_then(Unfit::find) {
                return Err(unfit.failure(&format!("`{key}` of the AWS profile {}", quoted(name))).into());
            }
        }
        if profile.get("credential_source") == Some("Environment") {
            header::check_variables(&KEY_VARIABLES)?;
        }
        next = profile.get("source_profile").filter(|name| !seen.contains(name));
    }
    Ok(())
}

fn missing<'a>(wanted: Wanted<'_>, present: impl Iterator<Item = &'a str>) -> Failure {
    let present: Vec<&str> = present.collect();
    let name = quoted(wanted.name());
    let by = if matches!(wanted, Wanted::Variable(_)) { " (AWS_PROFILE)" } else { "" };
    let [config, credentials] = files();
    let near = match nearest(wanted.name(), present.iter().copied()).as_slice() {
        [] if present.is_empty() => "there is no profile in them; check that the files are mounted".to_owned(),
        [] => "check its spelling; in the config file its section is `[profile NAME]`".to_owned(),
        near => {
            let near: Vec<String> = near.iter().map(|name| quoted(name)).collect();
            format!("did you mean {}?", near.join(" or "))
        }
    };
    Failure::new(
        ErrorKind::CredentialsUnreadable,
        format!("the AWS profile {name}{by} is neither in {config} nor in {credentials}"),
    )
    .with_hint(near)
}

/// The two files, as they are found: by a variable, else in the home directory.
fn files() -> [String; 2] {
    [("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")].map(
        |(name, usual)| match (variable(name), variable("HOME")) {
            (Some(path), _) => format!("{} ({name})", quoted(&path)),
            (None, Some(home)) => quoted(&usual.replacen('~', &home, 1)),
            (None, None) => format!("{usual} (HOME is not set)"),
        },
    )
}

fn unreadable(error: &ProfileFileLoadError) -> Failure {
    let cause = error.source();
    let (message, hint) = if let Some(error) = cause.and_then(|cause| cause.downcast_ref::<ProfileParseError>()) {
        (
            broken_line(&error.to_string()),
            "a section is `[profile NAME]` in the config file and `[NAME]` in the credentials file; a setting is \
             `NAME = VALUE`",
        )
    } else {
        let io = cause.and_then(|cause| cause.downcast_ref::<std::io::Error>());
        let reason = io.map(|io| format!(": {}", io.kind())).unwrap_or_default();
        let [config, credentials] = files();
        (
            format!("an AWS profile file, {config} or {credentials}, cannot be read{reason}"),
            "let this user read it, or name another one with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE",
        )
    };
    Failure::new(ErrorKind::CredentialsUnreadable, message).with_hint(hint)
}

/// The parser's error has neither path nor line, only `error parsing PATH on line N:` and a reason, which quotes nothing
/// of the file.
fn broken_line(text: &str) -> String {
    let place = text.strip_prefix("error parsing ").and_then(|rest| {
        let (path, rest) = rest.rsplit_once(" on line ")?;
        let (line, reason) = rest.split_once(':')?;
        Some((path, line.parse::<u64>().ok()?, reason.trim()))
    });
    match place {
        Some((path, line, reason)) => {
            format!("line {line} of the AWS profile file {} is not valid: {}", quoted(path), lower(reason))
        }
        None => "an AWS profile file is not valid".to_owned(),
    }
}

/// As the middle of a sentence.
fn lower(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
