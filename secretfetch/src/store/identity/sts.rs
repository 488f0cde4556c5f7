//! Roles that STS gives: by an option, by a profile, by a web identity.
//!
//! The SDK's own providers for profiles and web identities make a client of STS that hears neither `duration_seconds` nor
//! everything which is configured about endpoints. Here each role is asked for with the one configuration that all of a
//! store's clients have.

use std::path::Path;
use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_sdk_sts::Client;
use aws_types::origin::Origin;

use super::denial::account;
use super::diagnosis::unreadable_token;
use super::role::{Role, TokenFile};
use super::service::STS;
use super::settings::APP_NAME;
use super::source::{Source, Sourced};
use crate::error::{Error, Result};
use crate::input;
use crate::store::transport::tell_if_plain;

/// What clients have in common, for those of STS, at the endpoint that is configured for it.
pub(super) fn config(shared: &SdkConfig) -> Result<SdkConfig> {
    let mut config = shared.to_builder();
    config.set_endpoint_url(STS.configured_url(shared)?);
    // Decided, so that the client does not look into the environment and the profile again.
    config.insert_origin("endpoint_url", Origin::shared_config());
    Ok(config.build())
}

impl Role {
    /// What gives its credentials, and asks STS with those of `caller`.
    pub(super) async fn assumed_by(
        self,
        caller: impl ProvideCredentials + 'static,
        source: Source,
        shared: &SdkConfig,
    ) -> Sourced<AssumeRoleProvider> {
        shared.endpoint_url().map(tell_if_plain);
        let session = self.session_name.as_deref().unwrap_or(APP_NAME);
        let mut builder = AssumeRoleProvider::builder(&self.arn).session_name(session).configure(shared);
        if let Some(id) = self.external_id {
            builder = builder.external_id(id);
        }
        if let Some(duration) = self.duration {
            builder = builder.session_length(duration);
        }
        source.of(builder.build_from_provider(caller).await).named(&self.arn)
    }

    /// What gives its credentials for the token in a file, as a Kubernetes service account has one.
    pub(super) fn of_web_identity(self, token_file: TokenFile, shared: &SdkConfig) -> Sourced<WebIdentity> {
        shared.endpoint_url().map(tell_if_plain);
        let arn = self.arn.clone();
        Source::WebIdentity.of(WebIdentity { role: self, token_file, sts: Client::new(shared) }).named(&arn)
    }
}

/// AssumeRoleWithWebIdentity, with the token as it is in its file at that time.
#[derive(Debug)]
pub(super) struct WebIdentity {
    role: Role,
    token_file: TokenFile,
    sts: Client,
}

impl WebIdentity {
    async fn credentials(&self) -> provider::Result {
        let refuse = |failure| CredentialsError::provider_error(Error::from(failure));
        let token = input::read_text(Path::new(&self.token_file.path), crate::bounds::TOKEN, input::Kind::File)
            .map_err(|error| refuse(unreadable_token(&self.token_file, &error)))?;
        let Role { arn, session_name, duration, .. } = &self.role;
        let answer = self
            .sts
            .assume_role_with_web_identity()
            .role_arn(arn)
            .role_session_name(session_name.as_deref().unwrap_or(APP_NAME))
            .set_duration_seconds(duration.and_then(|duration| duration.as_secs().try_into().ok()))
            .web_identity_token(&*token)
            .send()
            .await
            .map_err(CredentialsError::provider_error)?;
        let given = answer.credentials.ok_or_else(|| CredentialsError::unhandled("the answer has no credentials"))?;
        let expiry = SystemTime::try_from(given.expiration)
            .map_err(|_| CredentialsError::unhandled("the time of expiry is out of range"))?;
        let account = answer.assumed_role_user.as_ref().and_then(|user| account(&user.arn));
        let credentials = Credentials::builder()
            .access_key_id(given.access_key_id)
            .secret_access_key(given.secret_access_key)
            .session_token(given.session_token)
            .expiry(expiry)
            .provider_name("WebIdentity");
        Ok(match account {
            Some(account) => credentials.account_id(account).build(),
            None => credentials.build(),
        })
    }
}

impl ProvideCredentials for WebIdentity {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}
