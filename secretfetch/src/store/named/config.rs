//! What a configuration says of one store, and what opening it takes.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::capabilities::Capabilities;
use super::policy::{Asked, Permission, PolicyScope};
use super::secret_key_ref::SecretKeyRef;
use crate::error::Result;
use crate::secret::{Region, SecretRequest, SecretValue};
use crate::store::aws_settings::AwsSettings;
use crate::store::find::Find;
use crate::store::secret_store::SecretStore;

/// One store as it is configured, and not yet opened.
///
/// See [`StoreKind`](crate::StoreKind) for one from outside the crate.
#[async_trait]
pub trait StoreConfig: Any + Debug + Send + Sync {
    /// The name of its [kind](crate::StoreKind).
    fn kind(&self) -> &'static str;

    /// What the store can do; nothing but to fetch a secret by its id, unless it says so.
    fn capabilities(&self) -> Capabilities {
        Capabilities::NONE
    }

    /// Whether the store could have such a secret: the grammar of its ids. What its kind does not know (regions,
    /// versions) has been refused already.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), about the id alone.
    fn check(&self, request: &SecretRequest) -> Result<()> {
        let _ = request;
        Ok(())
    }

    /// Whether a secret of the store could have the version that is asked for: the grammar of its ids and stages.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), about the version alone.
    fn check_version(&self, request: &SecretRequest) -> Result<()> {
        let _ = request;
        Ok(())
    }

    /// Whether secrets of the store can be found so. What its kind cannot find by (prefix, tags) has been refused already.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), about what the names begin with, and the tags.
    fn check_find(&self, find: &Find) -> Result<()> {
        let _ = find;
        Ok(())
    }

    /// The region of requests that name none, if the store has one of its own.
    fn region(&self) -> Option<&Region> {
        None
    }

    /// Who asks and where, if it is a store of AWS.
    fn aws_settings(&self) -> Option<&AwsSettings> {
        None
    }

    /// The same store with other such settings, if it is a store of AWS: a command line's options win over a configuration.
    fn with_aws_settings(&self, settings: AwsSettings) -> Option<Arc<dyn StoreConfig>> {
        let _ = settings;
        None
    }

    /// The secrets, of other stores, that it takes to open this one.
    fn secrets(&self) -> Vec<&SecretKeyRef> {
        Vec::new()
    }

    /// What an identity must be allowed in AWS to have all of this answered; nothing, where AWS is not asked.
    fn permissions(&self, asked: &Asked<'_>, scope: &PolicyScope) -> Vec<Permission> {
        let _ = (asked, scope);
        Vec::new()
    }

    /// Opens the store. Asks nothing of the network but [its own secrets](Self::secrets).
    ///
    /// # Errors
    /// What is wrong with its settings, and whatever fetching its own secrets can end with.
    async fn open(&self, opening: &Opening<'_>) -> Result<Arc<dyn SecretStore>>;
}

/// What a store may need to be opened: what the configuration says for every store, and the store's own secrets.
pub struct Opening<'a> {
    pub(super) defaults: &'a Defaults,
    pub(super) secrets: &'a dyn OwnSecrets,
    #[cfg(feature = "aws")]
    pub(super) identities: &'a crate::store::identity::Identities,
}

/// What holds for every store that has nothing of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Defaults {
    pub(crate) region: Option<Region>,
    pub(crate) profile: Option<String>,
}

/// Where a store's own secrets come from.
#[async_trait]
pub(super) trait OwnSecrets: Send + Sync {
    async fn fetch_own(&self, secret: &SecretKeyRef) -> Result<SecretValue>;
}

impl Opening<'_> {
    /// The configuration's region, for requests that name none.
    pub fn region(&self) -> Option<&Region> {
        self.defaults.region.as_ref()
    }

    /// The configuration's profile in the AWS config files.
    pub fn profile(&self) -> Option<&str> {
        self.defaults.profile.as_deref()
    }

    /// The HTTP client and the callers of AWS that all stores have in common.
    #[cfg(feature = "aws")]
    pub(crate) fn identities(&self) -> &crate::store::identity::Identities {
        self.identities
    }

    /// Fetches one of the store's [own secrets](StoreConfig::secrets), from the store that has it.
    ///
    /// # Errors
    /// Whatever fetching can end with.
    pub async fn fetch(&self, secret: &SecretKeyRef) -> Result<SecretValue> {
        self.secrets.fetch_own(secret).await
    }
}

impl Debug for Opening<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opening").field("region", &self.region()).finish_non_exhaustive()
    }
}
