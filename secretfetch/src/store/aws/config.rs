use std::sync::Arc;

use async_trait::async_trait;

use super::{policy, secret_id};
use crate::error::Result;
#[cfg(not(feature = "aws"))]
use crate::error::{ErrorKind, Failure};
use crate::secret::{Region, SecretRequest};
use crate::store::named::{
    Asked, Capabilities, Opening, Permission, PolicyScope, StoreConfig, StoreKind, StoreSettings,
};
use crate::store::secret_store::SecretStore;

/// `aws`: AWS Secrets Manager.
pub(in crate::store) const KIND: StoreKind = StoreKind {
    name: "aws",
    fields: &["region", "profile", "roleArn", "externalId", "endpointUrl"],
    place: None,
    needs_no_entry: true,
    capabilities: Capabilities {
        regions: true,
        version_ids: true,
        version_stages: true,
        batch: Some(20),
        ..Capabilities::NONE
    },
    read: |settings| Some(Arc::new(AwsStoreConfig::read(settings))),
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
    /// The region of secrets that name none; the configuration's, if none is given.
    pub region: Option<Region>,
    /// The profile in the AWS config and credentials files; the run's, if none is given.
    pub profile: Option<String>,
    /// The role to assume first.
    pub role_arn: Option<String>,
    /// What the role's trust policy wants to hear (`sts:ExternalId`); only with a role.
    pub external_id: Option<String>,
    /// Another endpoint than AWS's own.
    pub endpoint_url: Option<String>,
}

impl AwsStoreConfig {
    /// Sets the region of secrets that name none.
    #[must_use]
    pub fn with_region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Sets the profile in the AWS config and credentials files.
    #[must_use]
    pub fn with_profile(mut self, profile: impl Into<String>) -> Self {
        self.profile = Some(profile.into());
        self
    }

    /// Sets the role to assume first.
    #[must_use]
    pub fn with_role_arn(mut self, arn: impl Into<String>) -> Self {
        self.role_arn = Some(arn.into());
        self
    }

    /// Sets what the role's trust policy wants to hear.
    #[must_use]
    pub fn with_external_id(mut self, id: impl Into<String>) -> Self {
        self.external_id = Some(id.into());
        self
    }

    /// Sets another endpoint than AWS's own.
    #[must_use]
    pub fn with_endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.endpoint_url = Some(url.into());
        self
    }

    fn read(settings: &mut StoreSettings<'_, '_, '_>) -> Self {
        let region = settings.parse("region");
        let mut text = |field| settings.text(field).map(str::to_owned);
        AwsStoreConfig {
            region,
            profile: text("profile"),
            role_arn: text("roleArn"),
            external_id: text("externalId"),
            endpoint_url: text("endpointUrl"),
        }
    }
}

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

    fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }

    fn permissions(&self, asked: &Asked<'_>, scope: &PolicyScope) -> Vec<Permission> {
        policy::permissions(self.region.as_ref(), self.role_arn.as_deref(), &asked.requests, scope)
    }

    #[cfg(feature = "aws")]
    async fn open(&self, opening: &Opening<'_>) -> Result<Arc<dyn SecretStore>> {
        let store = super::store::AwsSecretStore::builder()
            .region(self.region.as_ref().or(opening.region()).cloned())
            .profile(self.profile.clone().or(opening.profile().map(str::to_owned)))
            .endpoint_url(self.endpoint_url.clone())
            .role_arn(self.role_arn.clone())
            .external_id(self.external_id.clone());
        Ok(Arc::new(store.build().await?))
    }

    #[cfg(not(feature = "aws"))]
    async fn open(&self, _: &Opening<'_>) -> Result<Arc<dyn SecretStore>> {
        Err(Failure::new(ErrorKind::Config, "this program was built without AWS")
            .with_hint("build it with the feature `aws` of the crate `secretfetch`")
            .into())
    }
}
