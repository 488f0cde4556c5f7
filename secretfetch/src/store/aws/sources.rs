//! The sources of credentials, in the order in which every AWS SDK tries them.
//!
//! The SDK's own chain would do but for three things: to it a variable that is set to nothing is one that
//! is set (a manifest's `value: ""`, a chart's unset field); it retries container endpoints and instance
//! metadata by itself, where waits are the Fetcher's part and belong into the log; and each of its parts
//! asks instance metadata for a token of its own.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::web_identity_token::{StaticConfiguration, WebIdentityTokenCredentialsProvider};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_secretsmanager::config::Region as SdkRegion;
use tokio::time::Instant;

use super::diagnose;
use super::header::{self, KEY_VARIABLES};
use super::profiles::{self, Variants, Wanted};
use super::settings::{APP_NAME, Settings};
use crate::deadline;
use crate::error::{Error, Result};
use crate::secret::Region;
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
    pub(super) region: Region,
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
        future::ProvideCredentials::new(async {
            let Found { settings, region, metadata } = self;
            let variants = check(settings.profile.as_deref()).await.map_err(CredentialsError::provider_error)?;
            let process = variants.process.clone();
            let config = provider_config(settings, Some(region), variants);
            let limit = if process.is_some() { PROCESS_TIMEOUT } else { settings.credentials_timeout };
            let limit = deadline::limit(limit);
            let asked = async {
                match &settings.profile {
                    Some(name) => profile(&config, name).provide_credentials().await,
                    None => chain(settings, &config, || metadata.client(settings)).provide_credentials().await,
                }
            };
            match (deadline::until(Instant::now() + limit, asked).await, process) {
                (Some(found), _) => found,
                (None, Some(name)) => {
                    Err(CredentialsError::provider_error(Error::from(diagnose::late_process(&name, limit))))
                }
                (None, None) => Err(CredentialsError::provider_timed_out(limit)),
            }
        })
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
                .configure(&provider_config(settings, None, Variants::default()))
                .max_attempts(1)
                .connect_timeout(INSTANCE_METADATA_TIMEOUT)
                .read_timeout(INSTANCE_METADATA_TIMEOUT)
                .build()
        };
        self.0.get_or_init(client).clone()
    }
}

/// Checks what can be checked of the sources without asking one of them; `given` is the profile of an option.
async fn check(given: Option<&str>) -> Result<Variants> {
    header::check_variables(&["AWS_EXECUTION_ENV"])?;
    let from_key = given.is_none() && has_a_key(variable);
    if from_key {
        return header::check_variables(&KEY_VARIABLES).map(|()| Variants::of(None));
    }
    let profile = variable("AWS_PROFILE");
    let variants = profiles::check(Wanted::new(given, profile.as_deref())).await?;
    if given.is_none() && Configured::find(variable).is_some_and(|source| matches!(source, Configured::Container(_))) {
        header::check_variables(&["AWS_CONTAINER_AUTHORIZATION_TOKEN"])?;
    }
    Ok(variants)
}

/// All sources; the first that is configured decides.
fn chain(
    settings: &Settings,
    config: &ProviderConfig,
    metadata: impl FnOnce() -> imds::Client,
) -> SharedCredentialsProvider {
    let environment = EnvironmentVariableCredentialsProvider::new();
    if has_a_key(variable) {
        // The chain would end here: the other sources, and a client for STS with them, need not be made.
        return SharedCredentialsProvider::new(Source::Environment.of(environment));
    }
    let name = variable("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
    let environment = Source::Environment.of(environment);
    let mut chain =
        CredentialsProviderChain::first_try("Environment", environment).or_else("Profile", profile(config, &name));
    if let (Some(token_file), Some(role_arn)) = (variable(TOKEN_FILE), variable(ROLE_ARN)) {
        let identity = StaticConfiguration {
            web_identity_token_file: token_file.into(),
            role_arn: role_arn.clone(),
            session_name: variable("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| APP_NAME.to_owned()),
        };
        let provider = WebIdentityTokenCredentialsProvider::builder().static_configuration(identity);
        chain = chain
            .or_else("WebIdentityToken", Source::WebIdentity.of(provider.configure(config).build()).named(&role_arn));
    }
    if CONTAINER.into_iter().any(|name| variable(name).is_some()) {
        // Without a way to sleep it makes one attempt.
        let once = ProviderConfig::empty().with_http_client(settings.transport.clone());
        let container = EcsCredentialsProvider::builder().configure(&once).build();
        chain = chain.or_else("EcsContainer", Source::Container.of(container));
    }
    let instance = ImdsCredentialsProvider::builder().configure(config).imds_client(metadata());
    SharedCredentialsProvider::new(chain.or_else("Ec2InstanceMetadata", Source::InstanceMetadata.of(instance.build())))
}

/// Whether the environment holds a whole key.
fn has_a_key(variable: impl Fn(&str) -> Option<String>) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.trim().is_empty());
    is_set("AWS_ACCESS_KEY_ID") && is_set("AWS_SECRET_ACCESS_KEY")
}

/// The credentials of a profile that was asked for by name, and no others: as in the AWS CLI, it comes
/// before credentials in the environment, and a misspelt one is not silently replaced.
pub(super) fn profile(config: &ProviderConfig, name: &str) -> Sourced<ProfileFileCredentialsProvider> {
    let provider = ProfileFileCredentialsProvider::builder().configure(config).profile_name(name).build();
    Source::Profile.of(provider).named(name)
}

/// What every provider is built on: the one HTTP client, and no retries.
pub(super) fn provider_config(settings: &Settings, region: Option<&Region>, variants: Variants) -> ProviderConfig {
    ProviderConfig::without_region()
        .with_http_client(settings.transport.clone())
        .with_region(region.map(|region| SdkRegion::new(region.as_str().to_owned())))
        .with_use_fips(variants.use_fips)
        .with_use_dual_stack(variants.use_dual_stack)
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
