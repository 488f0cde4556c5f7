use std::sync::Arc;

use async_trait::async_trait;

use super::settings::S3StoreConfig;
#[cfg(feature = "aws")]
use super::store::open;
use super::{bucket, policy};
use crate::error::Result;
#[cfg(feature = "aws")]
use crate::error::{ErrorKind, Failure};
use crate::secret::{Region, SecretRequest};
use crate::store::aws_settings::AwsSettings;
use crate::store::named::{Asked, Capabilities, Opening, Permission, PolicyScope, StoreConfig, StoreKind};
#[cfg(feature = "aws")]
use crate::store::regions::open_in_regions;
use crate::store::secret_store::SecretStore;
#[cfg(not(feature = "aws"))]
use crate::store::without_aws::without_aws;

/// `s3`: Amazon S3, one bucket.
pub(in crate::store) const KIND: StoreKind = StoreKind {
    name: "s3",
    fields: &[
        "bucket",
        "bucketOwner",
        "addressing",
        "maxBytes",
        "region",
        "profile",
        "roleArn",
        "externalId",
        "endpointUrl",
        "failover",
    ],
    place: None,
    needs_no_entry: false,
    capabilities: Capabilities { version_ids: true, find_by_prefix: true, ..Capabilities::NONE },
    read: |settings| Some(Arc::new(S3StoreConfig::read(settings)?)),
};

#[async_trait]
impl StoreConfig for S3StoreConfig {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn capabilities(&self) -> Capabilities {
        KIND.capabilities
    }

    fn check(&self, request: &SecretRequest) -> Result<()> {
        bucket::check_key(request.secret_id())
    }

    fn aws_settings(&self) -> Option<&AwsSettings> {
        Some(&self.aws)
    }

    fn with_aws_settings(&self, aws: AwsSettings) -> Option<Arc<dyn StoreConfig>> {
        Some(Arc::new(S3StoreConfig { aws, ..self.clone() }))
    }

    fn permissions(&self, asked: &Asked<'_>, scope: &PolicyScope) -> Vec<Permission> {
        policy::permissions(self, asked, scope)
    }

    #[cfg(feature = "aws")]
    async fn open(&self, opening: &Opening<'_>) -> Result<Arc<dyn SecretStore>> {
        // One that was made in Rust has not been read.
        if let Some((_, what)) = self.mistake() {
            return Err(Failure::new(ErrorKind::Config, what).into());
        }
        let identities = opening.identities();
        open_in_regions(&self.aws, opening, |place| open(identities, place, self)).await
    }

    #[cfg(not(feature = "aws"))]
    async fn open(&self, _: &Opening<'_>) -> Result<Arc<dyn SecretStore>> {
        Err(without_aws("this program was built without AWS"))
    }

    fn region(&self) -> Option<&Region> {
        self.aws.region.as_ref()
    }
}
