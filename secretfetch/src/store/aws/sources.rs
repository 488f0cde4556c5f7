//! The sources of credentials, in the order in which every AWS SDK tries them.
//!
//! The SDK's own chain would do but for three things: to it a variable that is set to nothing is one that
//! is set (a manifest's `value: ""`, a chart's unset field); it retries container endpoints and instance
//! metadata by itself, where waits are the Fetcher's part and belong into the log; and each of its parts
//! asks instance metadata for a token of its own.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use tokio::time::Instant;

use super::diagnose;
use super::header::{self, KEY_VARIABLES};
use super::profiles::{self, Base, Profiles, Roles, Wanted};
use super::roles::{Role, TokenFile};
use super::settings::Settings;
use crate::call::{self, Call};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::input;
use crate::text::quoted;

/// The value of a variable, if it is set to anything.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A source that the environment names: if it keeps silent, it is worth another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Configured {
    /// A service account's token for a role (IRSA).
    WebIdentity,
    /// The endpoint that this variable names (EKS Pod Identity, ECS).
    Container(&'static str),
}

impl Configured {
    /// The one that is tried first.
    pub(super) fn find(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        if variable(TOKEN_FILE).is_some() && variable(ROLE_ARN).is_some() {
            return Some(Configured::WebIdentity);
        }
        let container = CONTAINER.into_iter().find(|name| variable(name).is_some());
        container.map(Configured::Container)
    }

    /// The variable that names the source.
    pub(super) fn variable(self) -> &'static str {
        match self {
            Configured::WebIdentity => TOKEN_FILE,
            Configured::Container(name) => name,
        }
    }

    /// The variable that names the file with the token for it.
    pub(super) fn token_variable(self) -> &'static str {
        match self {
            Configured::WebIdentity => TOKEN_FILE,
            Configured::Container(_) => "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        }
    }
}

pub(super) const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
pub(super) const ROLE_ARN: &str = "AWS_ROLE_ARN";
const CONTAINER: [&str; 2] = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];

/// Where credentials come from, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Environment,
    Profile,
    WebIdentity,
    Container,
    InstanceMetadata,
    AssumedRole,
    ProfileRole,
}

impl Source {
    /// A provider whose credentials are fit to be sent, or are refused in the name of this source.
    pub(super) fn of<P: ProvideCredentials>(self, provider: P) -> Sourced<P> {
        Sourced { source: self, name: None, provider }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::Environment => "the environment",
            Source::Profile => "the AWS profile",
            Source::WebIdentity => "the web identity's role, from STS",
            Source::Container => "the container endpoint's answer",
            Source::InstanceMetadata => "the instance metadata's answer",
            Source::AssumedRole => "the assumed role, from STS",
            Source::ProfileRole => "the AWS profile's role, from STS",
        })
    }
}

/// A provider that nothing leaves which cannot be a header: see [`header`].
#[derive(Debug)]
pub(super) struct Sourced<P> {
    source: Source,
    /// Which one, where there may be several: the profile's name, the role's ARN.
    name: Option<String>,
    provider: P,
}

impl<P> Sourced<P> {
    pub(super) fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Who we are, as far as it is known without asking: for those who wonder which source won.
    fn tell(&self, credentials: &Credentials) {
        let name = self.name.as_deref().map(|name| format!(" {}", quoted(name))).unwrap_or_default();
        let account = credentials.account_id().map(|id| id.as_str());
        let account = account.or_else(|| self.name.as_deref().and_then(diagnose::account));
        let account = account.map(|account| format!(", account {}", quoted(account))).unwrap_or_default();
        tracing::info!(target: "secretfetch::aws", "credentials: from {}{name}{account}", self.source);
    }

    /// The error with what only this source can tell: to a chain, one that has nothing is all alike.
    async fn told(&self, error: CredentialsError) -> CredentialsError {
        if let (Source::Profile, Some(name)) = (self.source, &self.name) {
            return profiles::explain(name, error).await;
        }
        let is_instance = self.source == Source::InstanceMetadata;
        match is_instance.then(|| diagnose::mute_instance_metadata(&error)).flatten() {
            Some(failure) => CredentialsError::provider_error(Error::from(failure)),
            None => error,
        }
    }
}

impl<P: ProvideCredentials> ProvideCredentials for Sourced<P> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let credentials = match self.provider.provide_credentials().await {
                Ok(credentials) => credentials,
                Err(error) => return Err(self.told(error).await),
            };
            header::check_credentials(&credentials, &self.source.to_string())
                .map_err(CredentialsError::provider_error)?;
            self.tell(&credentials);
            Ok(credentials)
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.provider.fallback_on_interrupt()
    }
}

/// The credentials of a store's settings, looked for anew each time that they are asked for: when those that were found
/// have expired or were refused. The SDK's providers keep what they have read of a profile for ever, and a file that is
/// renewed beside a service that runs on would never be seen.
pub(super) struct Found {
    pub(super) settings: Arc<Settings>,
    /// What all clients have in common.
    pub(super) shared: SdkConfig,
    /// The same for STS, if what is configured for it is valid.
    pub(super) sts: Result<SdkConfig>,
    pub(super) metadata: Metadata,
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Found")
    }
}

impl ProvideCredentials for Found {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.find())
    }
}

impl Found {
    async fn find(&self) -> provider::Result {
        let given = self.settings.profile.as_deref();
        let profiles = check(given).await.map_err(CredentialsError::provider_error)?;
        let process = profiles.as_ref().and_then(Profiles::process);
        let limit = if process.is_some() { PROCESS_TIMEOUT } else { self.settings.credentials_timeout };
        let limit = Call::current().limit(limit);
        let asked = async {
            match &profiles {
                None => self.environment().provide_credentials().await,
                Some(profiles) if given.is_some() => self.profile(profiles).await?.provide_credentials().await,
                Some(profiles) => self.chain(profiles).await?.provide_credentials().await,
            }
        };
        match (call::until(Instant::now() + limit, asked).await, process) {
            (Some(found), _) => found,
            (None, Some(name)) => {
                Err(CredentialsError::provider_error(Error::from(diagnose::late_process(name, limit))))
            }
            (None, None) => Err(CredentialsError::provider_timed_out(limit)),
        }
    }

    /// All sources; the first that is configured decides.
    async fn chain(&self, profiles: &Profiles) -> Result<CredentialsProviderChain, CredentialsError> {
        let mut chain = CredentialsProviderChain::first_try("Environment", self.environment())
            .or_else("Profile", self.profile(profiles).await?);
        if let (Some(path), Some(arn)) = (variable(TOKEN_FILE), variable(ROLE_ARN)) {
            let role = Role { arn, session_name: variable("AWS_ROLE_SESSION_NAME"), ..Role::default() };
            let token = TokenFile { path, variable: Some(TOKEN_FILE) };
            chain = chain.or_else("WebIdentityToken", role.of_web_identity(token, self.sts()?));
        }
        if CONTAINER.into_iter().any(|name| variable(name).is_some()) {
            chain = chain.or_else("EcsContainer", self.container());
        }
        Ok(chain.or_else("Ec2InstanceMetadata", self.instance_metadata()))
    }

    fn environment(&self) -> Sourced<EnvironmentVariableCredentialsProvider> {
        Source::Environment.of(EnvironmentVariableCredentialsProvider::new())
    }

    fn container(&self) -> Sourced<EcsCredentialsProvider> {
        // Without a way to sleep it makes one attempt.
        let once = ProviderConfig::empty().with_http_client(self.settings.transport.clone());
        Source::Container.of(EcsCredentialsProvider::builder().configure(&once).build())
    }

    fn instance_metadata(&self) -> Sourced<ImdsCredentialsProvider> {
        let provider = ImdsCredentialsProvider::builder()
            .configure(&provider_config(&self.settings, Some(&self.shared)))
            .imds_client(self.metadata.client(&self.settings));
        Source::InstanceMetadata.of(provider.build())
    }

    /// The credentials of a profile and no others: as in the AWS CLI, a profile that is given by name comes before
    /// credentials in the environment, and a misspelt one is not silently replaced.
    async fn profile(&self, profiles: &Profiles) -> Result<SharedCredentialsProvider, CredentialsError> {
        let of_profile = |name: &str| {
            let provider = ProfileFileCredentialsProvider::builder()
                .configure(&provider_config(&self.settings, Some(&self.shared)))
                .profile_name(name);
            SharedCredentialsProvider::new(Source::Profile.of(provider.build()).named(name))
        };
        let Some(Roles { base, roles }) = profiles.roles() else { return Ok(of_profile(profiles.name())) };
        let mut provider = match base {
            Base::Keys(keys, name) => SharedCredentialsProvider::new(Source::Profile.of(keys).named(&name)),
            Base::Profile(name) => of_profile(&name),
            Base::WebIdentity(role, token) => SharedCredentialsProvider::new(role.of_web_identity(token, self.sts()?)),
            Base::Environment => SharedCredentialsProvider::new(self.environment()),
            Base::Container => SharedCredentialsProvider::new(self.container()),
            Base::InstanceMetadata => SharedCredentialsProvider::new(self.instance_metadata()),
        };
        for role in roles {
            let assumed = role.assumed_by(provider, Source::ProfileRole, self.sts()?).await;
            provider = SharedCredentialsProvider::new(assumed);
        }
        Ok(provider)
    }

    fn sts(&self) -> Result<&SdkConfig, CredentialsError> {
        self.sts.as_ref().map_err(|error| CredentialsError::provider_error(error.clone()))
    }
}

/// A `credential_process` has the time of the run; this is for a store without a run.
const PROCESS_TIMEOUT: Duration = Duration::from_secs(3600);

/// The one client for instance metadata, with its token; made where it may be asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Metadata(Arc<OnceLock<imds::Client>>);

/// How long instance metadata may take to accept a connection, or to answer: outside EC2 nobody answers there.
const INSTANCE_METADATA_TIMEOUT: Duration = Duration::from_secs(1);

impl Metadata {
    pub(super) fn client(&self, settings: &Settings) -> imds::Client {
        let client = || {
            // Where it is worth asking again, the Fetcher does.
            imds::Client::builder()
                .configure(&provider_config(settings, None))
                .max_attempts(1)
                .connect_timeout(INSTANCE_METADATA_TIMEOUT)
                .read_timeout(INSTANCE_METADATA_TIMEOUT)
                .build()
        };
        self.0.get_or_init(client).clone()
    }
}

/// Checks what can be checked of the sources without asking one of them; `given` is the profile of an option. No profiles
/// if the environment's key comes before them.
async fn check(given: Option<&str>) -> Result<Option<Profiles>> {
    header::check_variables(&["AWS_EXECUTION_ENV"])?;
    if given.is_none() && has_a_key(variable) {
        return header::check_variables(&KEY_VARIABLES).map(|()| None);
    }
    for name in ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_EC2_METADATA_SERVICE_ENDPOINT"] {
        if variable(name).is_some_and(|url| url.contains('@')) {
            let failure = Failure::new(ErrorKind::CredentialsUnreadable, format!("{name} is not a valid URL"));
            return Err(failure.with_hint("write it without user name and password").into());
        }
    }
    let profile = variable("AWS_PROFILE");
    let profiles = profiles::check(Wanted::new(given, profile.as_deref())).await?;
    if given.is_none() && Configured::find(variable).is_some_and(|source| matches!(source, Configured::Container(_))) {
        header::check_variables(&["AWS_CONTAINER_AUTHORIZATION_TOKEN"])?;
        let name = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
        if let Some(path) = variable(name) {
            let file = TokenFile { path, variable: Some(name) };
            let checked = input::check(Path::new(&file.path), crate::bounds::TOKEN);
            checked.map_err(|error| diagnose::unreadable_token(&file, &error))?;
        }
    }
    Ok(Some(profiles))
}

/// Whether the environment holds a whole key.
fn has_a_key(variable: impl Fn(&str) -> Option<String>) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.trim().is_empty());
    is_set("AWS_ACCESS_KEY_ID") && is_set("AWS_SECRET_ACCESS_KEY")
}

/// What the SDK's providers are built on: the one HTTP client, no retries, and what else all clients have in common.
pub(super) fn provider_config(settings: &Settings, shared: Option<&SdkConfig>) -> ProviderConfig {
    ProviderConfig::without_region()
        .with_http_client(settings.transport.clone())
        .with_region(shared.and_then(SdkConfig::region).cloned())
        .with_use_fips(shared.and_then(SdkConfig::use_fips))
        .with_use_dual_stack(shared.and_then(SdkConfig::use_dual_stack))
        .with_retry_config(RetryConfig::disabled())
        .with_timeout_config(settings.timeouts())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_key_is_none() {
        let has = |set: &[(&str, &str)]| {
            has_a_key(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        let (id, key) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
        assert!(has(&[(id, "a"), (key, "b")]));
        assert!(!has(&[(id, "a")]) && !has(&[(key, "b")]) && !has(&[(id, " "), (key, "b")]));
    }

    #[test]
    fn the_source_that_is_tried_first_is_the_one_that_is_told_of() {
        let find = |variables: &[&str]| Configured::find(|name| variables.contains(&name).then(|| "x".to_owned()));
        let [relative, full] = CONTAINER;
        assert_eq!(find(&[]), None);
        // One of the two names no source.
        assert_eq!(find(&[TOKEN_FILE]), None);
        assert_eq!(find(&[ROLE_ARN, full]), Some(Configured::Container(full)));
        assert_eq!(find(&[full, relative]), Some(Configured::Container(relative)));
        assert_eq!(find(&[TOKEN_FILE, ROLE_ARN, full]), Some(Configured::WebIdentity));
    }
}
