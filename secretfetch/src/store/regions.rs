//! The regions that a store of AWS is opened in.

use std::sync::Arc;

use super::aws_settings::AwsSettings;
use super::failover::FailoverSecretStore;
use super::identity::Who;
use super::named::Opening;
use super::secret_store::SecretStore;

/// Where a store is opened, and as whom.
pub(super) struct Place {
    pub(super) who: Who,
    /// Another endpoint than the environment's or AWS's own.
    pub(super) endpoint_url: Option<String>,
}

/// Where the store that these settings describe is: in one region, or in two.
pub(super) fn places(aws: &AwsSettings, opening: &Opening<'_>) -> (Place, Option<Place>) {
    let who = Who {
        region: aws.region.as_ref().or(opening.region()).cloned(),
        profile: aws.profile.clone().or(opening.profile().map(str::to_owned)),
        role_arn: aws.role_arn.clone(),
        external_id: aws.external_id.clone(),
    };
    let first = Place { who: who.clone(), endpoint_url: aws.endpoint_url.clone() };
    let second = aws.failover.as_ref().map(|failover| Place {
        who: Who { region: Some(failover.region.clone()), ..who.clone() },
        endpoint_url: failover.endpoint_url.clone(),
    });
    (first, second)
}

/// The store of what was opened at these places.
pub(super) fn joined<S: SecretStore + 'static>(aws: &AwsSettings, first: S, second: Option<S>) -> Arc<dyn SecretStore> {
    match (second, &aws.failover) {
        (Some(second), Some(failover)) => Arc::new(FailoverSecretStore::new(first, second, failover.region.clone())),
        _ => Arc::new(first),
    }
}
