use std::sync::Arc;

use async_trait::async_trait;

#[cfg(feature = "aws")]
use super::store::open;
use super::{parameter_id, policy};
use crate::error::Result;
use crate::secret::{Region, SecretRequest};
use crate::store::aws_settings::{AwsSettings, with_aws_settings};
use crate::store::find::Find;
use crate::store::named::{Asked, Capabilities, Opening, Permission, PolicyScope, StoreConfig, StoreKind};
#[cfg(feature = "aws")]
use crate::store::regions::open_in_regions;
use crate::store::secret_store::SecretStore;
#[cfg(not(feature = "aws"))]
use crate::store::without_aws::without_aws;

/// `ssm`: Parameter Store of AWS Systems Manager.
pub(in crate::store) const KIND: StoreKind = StoreKind {
    name: "ssm",
    fields: AwsSettings::FIELDS,
    place: None,
    needs_no_entry: true,
    capabilities: Capabilities {
        regions: true,
        version_ids: true,
        version_stages: true,
        batch: Some(10),
        find_by_prefix: true,
        ..Capabilities::NONE
    },
    read: |settings| Some(Arc::new(SsmStoreConfig { aws: AwsSettings::read(settings, false) })),
};

/// Parameter Store of AWS Systems Manager: a parameter is a secret with one text, decrypted if it is a `SecureString`.
///
/// A version id is the parameter's version number, a version stage one of its labels.
///
/// ```
/// use secretfetch::{Config, SsmStoreConfig};
/// let settings = SsmStoreConfig::default().with_region("eu-central-1".parse()?);
/// let config = Config::default().with_named_store("settings".parse()?, settings);
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SsmStoreConfig {
    /// Who asks, and where.
    pub aws: AwsSettings,
}

with_aws_settings!(SsmStoreConfig);

#[async_trait]
impl StoreConfig for SsmStoreConfig {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn capabilities(&self) -> Capabilities {
        KIND.capabilities
    }

    fn check(&self, request: &SecretRequest) -> Result<()> {
        parameter_id::check(request.secret_id())
    }

    fn check_version(&self, request: &SecretRequest) -> Result<()> {
        parameter_id::check_version(request)
    }

    fn check_find(&self, find: &Find) -> Result<()> {
        parameter_id::check_path(find)
    }

    fn region(&self) -> Option<&Region> {
        self.aws.region.as_ref()
    }

    fn aws_settings(&self) -> Option<&AwsSettings> {
        Some(&self.aws)
    }

    fn with_aws_settings(&self, aws: AwsSettings) -> Option<Arc<dyn StoreConfig>> {
        Some(Arc::new(SsmStoreConfig { aws }))
    }

    fn permissions(&self, asked: &Asked<'_>, scope: &PolicyScope) -> Vec<Permission> {
        policy::permissions(&self.aws, asked, scope)
    }

    #[cfg(feature = "aws")]
    async fn open(&self, opening: &Opening<'_>) -> Result<Arc<dyn SecretStore>> {
        let identities = opening.identities();
        open_in_regions(&self.aws, opening, |place| open(identities, place)).await
    }

    #[cfg(not(feature = "aws"))]
    async fn open(&self, _: &Opening<'_>) -> Result<Arc<dyn SecretStore>> {
        Err(without_aws("this program was built without AWS"))
    }
}
