//! A source of credentials by its name, and what is checked and told of what it gives.

use std::fmt;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};

use super::diagnosis::mute_instance_metadata;
use super::{denial, profiles, sendable};
use crate::error::Error;
use crate::text::quoted;

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

/// A provider that nothing leaves which cannot be a header: see [`sendable`].
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
        let account = account.or_else(|| self.name.as_deref().and_then(denial::account));
        let account = account.map(|account| format!(", account {}", quoted(account))).unwrap_or_default();
        tracing::info!(target: "secretfetch::aws", "credentials: from {}{name}{account}", self.source);
    }

    /// The error with what only this source can tell: to a chain, one that has nothing is all alike.
    async fn told(&self, error: CredentialsError) -> CredentialsError {
        if let (Source::Profile, Some(name)) = (self.source, &self.name) {
            return profiles::explain(name, error).await;
        }
        let is_instance = self.source == Source::InstanceMetadata;
        match is_instance.then(|| mute_instance_metadata(&error)).flatten() {
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
            sendable::check_credentials(&credentials, &self.source.to_string())
                .map_err(CredentialsError::provider_error)?;
            self.tell(&credentials);
            Ok(credentials)
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.provider.fallback_on_interrupt()
    }
}
