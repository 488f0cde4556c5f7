//! The profile that was asked for: whether there is one of that name, and whether the files can be read at all.

use std::borrow::Cow;
use std::error::Error as _;
use std::path::Path;
use std::time::Duration;

use aws_config::profile::{Profile, ProfileFileLoadError, ProfileParseError, ProfileSet, load};
use aws_credential_types::Credentials;
use aws_credential_types::attributes::AccountId;
use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use super::role::{Role, TokenFile};
use super::sendable::{self, KEY_VARIABLES};
use super::variable::variable;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::input;
use crate::store::transport::{TransportError, Unfit, chain, find};
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
pub(super) async fn check(wanted: Wanted<'_>) -> Result<Profiles> {
    check_files()?;
    let name = wanted.name().to_owned();
    let set = load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), Some(Cow::Owned(name.clone()))).await;
    let set = set.map_err(|error| unreadable(&error))?;
    if set.get_profile(&name).is_some() {
        check_chain(&set, &name)?;
    } else if !matches!(wanted, Wanted::Default) {
        return Err(missing(wanted, set.profiles()).into());
    }
    Ok(Profiles { set, name })
}

/// The profile files, and the profile that is asked; it need not be there if nobody has named it.
#[derive(Debug)]
pub(super) struct Profiles {
    set: ProfileSet,
    name: String,
}

impl Profiles {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The profile whose `credential_process` runs, which may ask a person and so take its time.
    pub(super) fn process(&self) -> Option<&str> {
        let mut members = members(&self.set, &self.name);
        members.find(|(_, profile)| profile.get("credential_process").is_some()).map(|(name, _)| name)
    }

    /// The roles that lead to the profile's credentials, the last being its own. [The reference] has the rules.
    ///
    /// None of what is not valid, or needs more than is known here: the SDK's provider tells what it is.
    ///
    /// [The reference]: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
    pub(super) fn roles(&self) -> Option<Roles> {
        let mut roles = Vec::new();
        let mut members = members(&self.set, &self.name);
        let base = loop {
            let (name, profile) = members.next()?;
            // A profile that a role is assumed with gives its keys, though it have a role itself.
            if let Some(keys) = keys(profile).filter(|_| !roles.is_empty()) {
                break Base::Keys(keys, name.to_owned());
            }
            let Some(role) = role(profile) else { break Base::Profile(name.to_owned()) };
            if let Some(path) = profile.get("web_identity_token_file") {
                break Base::WebIdentity(role, TokenFile { path: path.to_owned(), variable: None });
            }
            roles.push(role);
            match (profile.get("source_profile"), profile.get("credential_source")) {
                (Some(source), None) if source == name => break Base::Keys(keys(profile)?, name.to_owned()),
                (Some(_), None) => {}
                (None, Some("Environment")) => break Base::Environment,
                (None, Some("Ec2InstanceMetadata")) => break Base::InstanceMetadata,
                (None, Some("EcsContainer")) => break Base::Container,
                _ => return None,
            }
        };
        roles.reverse();
        let is_plain = roles.is_empty() && matches!(base, Base::Profile(_));
        (!is_plain).then_some(Roles { base, roles })
    }
}

/// Roles to be assumed one after the other.
#[derive(Debug)]
pub(super) struct Roles {
    pub(super) base: Base,
    pub(super) roles: Vec<Role>,
}

/// What the first role is assumed with.
#[derive(Debug)]
pub(super) enum Base {
    /// The keys of the profile of this name.
    Keys(Credentials, String),
    /// Whatever else the profile of this name has.
    Profile(String),
    WebIdentity(Role, TokenFile),
    Environment,
    Container,
    InstanceMetadata,
}

fn keys(profile: &Profile) -> Option<Credentials> {
    let mut keys = Credentials::builder()
        .access_key_id(profile.get("aws_access_key_id")?)
        .secret_access_key(profile.get("aws_secret_access_key")?)
        .provider_name("ProfileFile");
    keys.set_session_token(profile.get("aws_session_token").map(str::to_owned));
    keys.set_account_id(profile.get("aws_account_id").map(AccountId::from));
    Some(keys.build())
}

fn role(profile: &Profile) -> Option<Role> {
    let text = |key| profile.get(key).map(str::to_owned);
    Some(Role {
        arn: text("role_arn")?,
        external_id: text("external_id"),
        session_name: text("role_session_name"),
        duration: profile.get("duration_seconds").and_then(duration),
    })
}

/// A session's length, of which an hour is the default: [AssumeRole], `DurationSeconds`. Some roles allow less.
///
/// [AssumeRole]: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
fn duration(seconds: &str) -> Option<Duration> {
    seconds.trim().parse().ok().filter(|seconds| (900..=43_200).contains(seconds)).map(Duration::from_secs)
}

/// What a profile's provider says only in words, told as what its user can mend; other errors stay as they are.
///
/// Read again where it has failed, and so without cost to a run that has not.
pub(super) async fn explain(name: &str, error: CredentialsError) -> CredentialsError {
    if matches!(error, CredentialsError::CredentialsNotLoaded(_)) || find::<TransportError>(&error).is_some() {
        return error;
    }
    let wanted = Cow::Owned(name.to_owned());
    let Ok(set) = load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), Some(wanted)).await else {
        return error;
    };
    let failure = members(&set, name).find_map(|(name, profile)| {
        process_failure(name, profile, &error).or_else(|| session_failure(name, profile, &error))
    });
    failure.map_or(error, |failure| CredentialsError::provider_error(Error::from(failure)))
}

/// A `credential_process` that has ended without credentials. Its own words may be anything, and are not repeated; its
/// exit status is.
fn process_failure(name: &str, profile: &Profile, error: &CredentialsError) -> Option<Failure> {
    profile.get("credential_process")?;
    let text = chain(error).map(ToString::to_string).find(|text| text.contains("external process"))?;
    // `std::process::ExitStatus`: "exit status: 3", "signal: 9 (SIGKILL)".
    let status = text.split_once("exited with code ").and_then(|(_, rest)| rest.split_once(". Stderr"));
    let status = status.map(|(status, _)| status).filter(|status| {
        status.len() <= 48 && status.bytes().all(|b| b.is_ascii_alphanumeric() || b": ()".contains(&b))
    });
    let name = quoted(name);
    Some(match status {
        Some(status) => Failure::new(
            ErrorKind::CredentialsRejected,
            format!("the `credential_process` of the AWS profile {name} failed ({status})"),
        )
        .with_hint("run its command by hand as this user: what it says is not repeated here, it may be a secret"),
        None => Failure::new(
            ErrorKind::CredentialsUnreadable,
            format!("the `credential_process` of the AWS profile {name} gave no credentials"),
        )
        .with_hint("run its command by hand: it must print one JSON object with `Version`: 1 and the credentials"),
    })
}

/// A sign-in that is over, or was never made.
fn session_failure(name: &str, profile: &Profile, error: &CredentialsError) -> Option<Failure> {
    let session = profile.get("sso_session");
    let lacks_feature = chain(error).any(|cause| cause.to_string().contains("cargo feature(s) enabled"));
    if lacks_feature || (session.is_none() && profile.get("sso_start_url").is_none()) {
        return None;
    }
    let of = session.map(|session| format!(" (session {})", quoted(session))).unwrap_or_default();
    let name = quoted(name);
    let what = format!("the SSO sign-in of the AWS profile {name}{of} has expired, or there is none");
    Some(
        Failure::new(ErrorKind::CredentialsRejected, what).with_hint(format!(
            "sign in with `aws sso login --profile` {name}, as the user whose home directory is read"
        )),
    )
}

/// What of a profile and those that its role is assumed with cannot be sent.
fn check_chain(set: &ProfileSet, first: &str) -> Result<()> {
    for (name, profile) in members(set, first) {
        for key in ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"] {
            if let Some(unfit) = profile.get(key).and_then(Unfit::find) {
                return Err(sendable::failure(unfit, &format!("`{key}` of the AWS profile {}", quoted(name))).into());
            }
        }
        if profile.get("role_arn").is_some() && profile.get("mfa_serial").is_some() {
            return Err(wants_a_code(name).into());
        }
        if let Some(seconds) = profile.get("duration_seconds")
            && duration(seconds).is_none()
        {
            return Err(no_duration(name).into());
        }
        if profile.get("credential_source") == Some("Environment") {
            sendable::check_variables(&KEY_VARIABLES)?;
        }
    }
    Ok(())
}

fn wants_a_code(name: &str) -> Failure {
    Failure::new(
        ErrorKind::CredentialsUnreadable,
        format!(
            "the AWS profile {} wants an MFA code (`mfa_serial`), which a program that runs alone cannot give",
            quoted(name)
        ),
    )
    .with_hint(
        "use a role whose trust policy wants none, or put a session that has given the code into AWS_SESSION_TOKEN",
    )
}

fn no_duration(name: &str) -> Failure {
    Failure::new(
        ErrorKind::CredentialsUnreadable,
        format!("`duration_seconds` of the AWS profile {} is not the duration of a session", quoted(name)),
    )
    .with_hint("it is a number of seconds from 900 to 43200, and no more than the role allows")
}

/// A profile and, by `source_profile`, those that its role is assumed with; a circle ends where it closes.
fn members<'a>(set: &'a ProfileSet, first: &'a str) -> impl Iterator<Item = (&'a str, &'a Profile)> {
    let mut seen = Vec::new();
    std::iter::successors(set.get_profile(first).map(|profile| (first, profile)), move |(name, profile)| {
        seen.push(*name);
        let next = profile.get("source_profile").filter(|next| !seen.contains(next))?;
        Some((next, set.get_profile(next)?))
    })
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

/// `AWS_PROFILE` that is set to nothing counts as not set; to the SDK it would name a profile.
pub(super) fn default_name() -> Option<&'static str> {
    let empty = std::env::var_os("AWS_PROFILE").is_some_and(|name| name.is_empty());
    empty.then_some("default")
}

/// The variables that name the two files, and where they are without.
const FILES: [(&str, &str); 2] =
    [("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")];

/// Refuses what the SDK would wait for, or read without end.
pub(super) fn check_files() -> Result<()> {
    for path in FILES.into_iter().filter_map(path_of) {
        input::check(Path::new(&path), crate::bounds::PROFILES).map_err(|error| {
            let what = format!("the AWS profile file {} cannot be read: {error}", quoted(&path));
            Failure::new(ErrorKind::CredentialsUnreadable, what)
                .with_hint("name another file with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE")
        })?;
    }
    Ok(())
}

/// Where a file is; without a home directory it may be nowhere.
fn path_of((name, usual): (&str, &str)) -> Option<String> {
    variable(name).or_else(|| Some(usual.replacen('~', &variable("HOME")?, 1)))
}

/// The two files, as they are found: by a variable, else in the home directory.
fn files() -> [String; 2] {
    FILES.map(|file @ (name, usual)| match path_of(file) {
        Some(path) if variable(name).is_some() => format!("{} ({name})", quoted(&path)),
        Some(path) => quoted(&path),
        None => format!("{usual} (HOME is not set)"),
    })
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
