//! From settings to an identity.

use std::sync::Arc;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{AppName, BehaviorVersion, Region as SdkRegion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use tokio::sync::OnceCell;

use super::credentials::SharedCredentials;
use super::metadata::Metadata;
use super::region::instance_region;
use super::role::Role;
use super::settings::{APP_NAME, Settings};
use super::source::Source;
use super::sources::Found;
use super::{profiles, sts};
use crate::error::Result;
use crate::secret::Region;
use crate::store::transport::Transport;

/// Who asks, for clients of any service.
#[derive(Clone)]
pub(crate) struct Identity {
    /// What all clients have in common.
    pub(crate) shared: SdkConfig,
    pub(crate) credentials: SharedCredentials,
}

/// What finds an identity, and asks nothing of the network before it is wanted.
pub(crate) struct Loader {
    settings: Arc<Settings>,
    /// From instance metadata.
    discovered_region: OnceCell<Region>,
    metadata: Metadata,
    identity: OnceCell<Identity>,
}

impl Loader {
    pub(crate) fn new(settings: Settings) -> Self {
        Loader {
            settings: Arc::new(settings),
            discovered_region: OnceCell::new(),
            metadata: Metadata::default(),
            identity: OnceCell::new(),
        }
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.settings.transport
    }

    /// The region of instance metadata, which is asked until it has answered.
    pub(crate) async fn discovered_region(&self) -> Option<Region> {
        let region = || instance_region(&self.settings, &self.metadata);
        self.discovered_region.get_or_try_init(region).await.ok().cloned()
    }

    /// Reads what is configured, once. `region` is where STS is asked.
    pub(crate) async fn identity(&self, region: &Region) -> Result<&Identity> {
        self.identity.get_or_try_init(|| self.load(region)).await
    }

    async fn load(&self, region: &Region) -> Result<Identity> {
        let settings = &self.settings;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(settings.transport.clone())
            .region(SdkRegion::new(region.as_str().to_owned()))
            .timeout_config(settings.timeouts())
            // The Fetcher is the one that retries, for STS as well.
            .retry_config(RetryConfig::disabled())
            // The time for an attempt bounds the body too: a second watch over it adds nothing.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .identity_cache(IdentityCache::no_cache());
        if let Ok(name) = AppName::new(APP_NAME) {
            loader = loader.app_name(name);
        }
        if let Some(name) = settings.profile.as_deref().or(profiles::default_name()) {
            loader = loader.profile_name(name);
        }
        let shared = loader.no_credentials().load().await;
        let sts = sts::config(&shared);
        let found = Found {
            settings: settings.clone(),
            shared: shared.clone(),
            sts: sts.clone(),
            metadata: self.metadata.clone(),
        };
        let provider = match &settings.role_arn {
            None => SharedCredentialsProvider::new(found),
            Some(arn) => {
                let role = Role { arn: arn.clone(), external_id: settings.external_id.clone(), ..Role::default() };
                SharedCredentialsProvider::new(role.assumed_by(found, Source::AssumedRole, &sts?).await)
            }
        };
        // The sources bound themselves, and so does each request to STS.
        let credentials = SharedCredentials::new(provider, settings.profile.clone());
        Ok(Identity { shared, credentials })
    }
}
