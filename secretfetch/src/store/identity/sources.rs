//! The sources of credentials, in the order in which every AWS SDK tries them.
//!
//! The SDK's own chain would do but for three things: to it a variable that is set to nothing is one that
//! is set (a manifest's `value: ""`, a chart's unset field); it retries container endpoints and instance
//! metadata by itself, where waits are the Fetcher's part and belong into the log; and each of its parts
//! asks instance metadata for a token of its own.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use tokio::time::Instant;

use super::configured::{CONTAINER, Configured, ROLE_ARN, TOKEN_FILE};
use super::diagnosis;
use super::metadata::{Metadata, provider_config};
use super::profiles::{self, Base, Profiles, Roles, Wanted};
use super::role::{Role, TokenFile};
use super::sendable::{self, KEY_VARIABLES};
use super::settings::Settings;
use super::source::{Source, Sourced};
use super::variable::variable;
use crate::call::{self, Call};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::input;

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
                Err(CredentialsError::provider_error(Error::from(diagnosis::late_process(name, limit))))
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

/// Checks what can be checked of the sources without asking one of them; `given` is the profile of an option. No profiles
/// if the environment's key comes before them.
async fn check(given: Option<&str>) -> Result<Option<Profiles>> {
    sendable::check_variables(&["AWS_EXECUTION_ENV"])?;
    if given.is_none() && has_a_key(variable) {
        return sendable::check_variables(&KEY_VARIABLES).map(|()| None);
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
        sendable::check_variables(&["AWS_CONTAINER_AUTHORIZATION_TOKEN"])?;
        let name = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
        if let Some(path) = variable(name) {
            let file = TokenFile { path, variable: Some(name) };
            let checked = input::check(Path::new(&file.path), crate::bounds::TOKEN);
            checked.map_err(|error| diagnosis::unreadable_token(&file, &error))?;
        }
    }
    Ok(Some(profiles))
}

/// Whether the environment holds a whole key.
fn has_a_key(variable: impl Fn(&str) -> Option<String>) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.trim().is_empty());
    is_set("AWS_ACCESS_KEY_ID") && is_set("AWS_SECRET_ACCESS_KEY")
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
}
