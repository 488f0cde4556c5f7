//! The regions that a store of AWS is opened in.

use std::sync::Arc;

use super::aws_settings::AwsSettings;
use super::failover::FailoverSecretStore;
use super::identity::Who;
use super::named::Opening;
use super::secret_store::SecretStore;
use crate::error::Result;

/// Where a store is opened, and as whom.
pub(super) struct Place {
    pub(super) who: Who,
    /// Another endpoint than the environment's or AWS's own.
    pub(super) endpoint_url: Option<String>,
    /// Whether it is where is asked when the first region is away.
    pub(super) is_failover: bool,
}

/// The store that these settings describe, in one region or in two; `open` opens one in one place.
pub(super) async fn open_in_regions<S, F>(
    aws: &AwsSettings,
    opening: &Opening<'_>,
    open: impl Fn(Place) -> F,
) -> Result<Arc<dyn SecretStore>>
where
    S: SecretStore + 'static,
    F: Future<Output = Result<S>>,
{
    let who = Who {
        region: aws.region.as_ref().or(opening.region()).cloned(),
        profile: aws.profile.clone().or(opening.profile().map(str::to_owned)),
        role_arn: aws.role_arn.clone(),
        external_id: aws.external_id.clone(),
    };
    let here = Place { who: who.clone(), endpoint_url: aws.endpoint_url.clone(), is_failover: false };
    let first = open(here).await?;
    let Some(failover) = &aws.failover else { return Ok(Arc::new(first)) };
    let region = failover.region.clone();
    let who = Who { region: Some(region.clone()), ..who };
    let second = open(Place { who, endpoint_url: failover.endpoint_url.clone(), is_failover: true }).await?;
    Ok(Arc::new(FailoverSecretStore::new(first, second, region)))
}
