use std::sync::Arc;

use async_trait::async_trait;

#[cfg(feature = "aws")]
use super::builder::open;
use super::{policy, secret_id};
use crate::error::Result;
use crate::secret::{Region, SecretRequest};
#[cfg(feature = "aws")]
use crate::store::BatchMode;
use crate::store::aws_settings::{AwsSettings, with_aws_settings};
use crate::store::find::Find;
use crate::store::named::{Asked, Capabilities, Opening, Permission, PolicyScope, StoreConfig, StoreKind};
#[cfg(feature = "aws")]
use crate::store::regions::open_in_regions;
use crate::store::secret_store::SecretStore;
#[cfg(not(feature = "aws"))]
use crate::store::without_aws::without_aws;

/// `aws`: AWS Secrets Manager.
pub(in crate::store) const KIND: StoreKind = StoreKind {
    name: "aws",
    fields: AwsSettings::FIELDS,
    place: None,
    needs_no_entry: true,
    capabilities: Capabilities {
        regions: true,
        version_ids: true,
        version_stages: true,
        batch: Some(20),
        find_by_prefix: true,
        find_by_tags: true,
        ..Capabilities::NONE
    },
    read: |settings| Some(Arc::new(AwsStoreConfig { aws: AwsSettings::read(settings, false) })),
};

/// AWS Secrets Manager, with an identity and an endpoint of its own where others have another.
///
/// ```
/// use secretfetch::{AwsStoreConfig, Config};
/// let payments = AwsStoreConfig::default()
///     .with_role_arn("arn:aws:iam::210987654321:role/reader")
///     .with_external_id("acme-42")
///     .with_region("us-east-1".parse()?);
/// let config = Config::default().with_named_store("payments".parse()?, payments);
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AwsStoreConfig {
    /// Who asks, and where.
    pub aws: AwsSettings,
}

with_aws_settings!(AwsStoreConfig);

#[async_trait]
impl StoreConfig for AwsStoreConfig {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn capabilities(&self) -> Capabilities {
        KIND.capabilities
    }

    fn check(&self, request: &SecretRequest) -> Result<()> {
        secret_id::check(request.secret_id())
    }

    fn check_version(&self, request: &SecretRequest) -> Result<()> {
        secret_id::check_version(request)
    }

    fn check_find(&self, find: &Find) -> Result<()> {
        secret_id::check_prefix(find.prefix())
    }

    fn region(&self) -> Option<&Region> {
        self.aws.region.as_ref()
    }

    fn aws_settings(&self) -> Option<&AwsSettings> {
        Some(&self.aws)
    }

    fn with_aws_settings(&self, aws: AwsSettings) -> Option<Arc<dyn StoreConfig>> {
        Some(Arc::new(AwsStoreConfig { aws }))
    }

    fn permissions(&self, asked: &Asked<'_>, scope: &PolicyScope) -> Vec<Permission> {
        policy::permissions(&self.aws, asked, scope)
    }

    #[cfg(feature = "aws")]
    async fn open(&self, opening: &Opening<'_>) -> Result<Arc<dyn SecretStore>> {
        let identities = opening.identities();
        open_in_regions(&self.aws, opening, |place| open(identities, place, BatchMode::default())).await
    }

    #[cfg(not(feature = "aws"))]
    async fn open(&self, _: &Opening<'_>) -> Result<Arc<dyn SecretStore>> {
        Err(without_aws("this program was built without AWS"))
    }
}
