//! Options of an [`AwsSecretStore`], and what is checked before it is built.

use std::time::Duration;

use super::secrets_manager::{Connection, SECRETS_MANAGER};
use super::store::AwsSecretStore;
use crate::error::Result;
use crate::secret::Region;
use crate::store::BatchMode;
use crate::store::identity::{Identities, Times, Who};
use crate::store::regions::Place;

/// Options of an [`AwsSecretStore`]; each can be given as a value or as an `Option` that may be `None`.
///
/// ```no_run
/// # use secretfetch::{AwsSecretStore, BatchMode};
/// # use std::time::Duration;
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// let store = AwsSecretStore::builder()
///     .region("ca-central-1".parse::<secretfetch::Region>()?)
///     .role_arn("arn:aws:iam::123456789012:role/secrets-reader".to_owned())
///     .batch(BatchMode::Never)
///     .attempt_timeout(Duration::from_secs(5))
///     .build()
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing until `build` is called"]
pub struct AwsSecretStoreBuilder {
    who: Who,
    endpoint_url: Option<String>,
    batch: BatchMode,
    times: Times,
}

impl AwsSecretStore {
    /// Options for a store on the environment's region and credentials.
    pub fn builder() -> AwsSecretStoreBuilder {
        AwsSecretStoreBuilder {
            who: Who::default(),
            endpoint_url: None,
            batch: BatchMode::default(),
            times: Times::default(),
        }
    }
}

impl AwsSecretStoreBuilder {
    /// The region of requests that name none.
    ///
    /// Without it: `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's region, and as the last resort
    /// instance metadata, which is asked only when a request has no region of its own.
    pub fn region(mut self, region: impl Into<Option<Region>>) -> Self {
        self.who.region = region.into();
        self
    }

    /// The profile in the AWS config and credentials files whose region and credentials are used.
    ///
    /// As in the AWS CLI, a profile that is given here comes before credentials in the environment.
    /// Without it, all standard sources are tried, and the profile is `AWS_PROFILE`, else `default`.
    pub fn profile(mut self, name: impl Into<Option<String>>) -> Self {
        self.who.profile = name.into();
        self
    }

    /// The endpoint of Secrets Manager, for instance a VPC endpoint or a local fake.
    ///
    /// Without it: `AWS_ENDPOINT_URL_SECRETS_MANAGER`, `AWS_ENDPOINT_URL`, else AWS's own. As in the
    /// AWS CLI, STS is not asked there.
    pub fn endpoint_url(mut self, url: impl Into<Option<String>>) -> Self {
        self.endpoint_url = url.into();
        self
    }

    /// A role to assume, with the credentials that are found, before secrets are read.
    pub fn role_arn(mut self, arn: impl Into<Option<String>>) -> Self {
        self.who.role_arn = arn.into();
        self
    }

    /// What the trust policy of the role wants to hear (`sts:ExternalId`). It goes with [`role_arn`](Self::role_arn) alone.
    pub fn external_id(mut self, id: impl Into<Option<String>>) -> Self {
        self.who.external_id = id.into();
        self
    }

    /// Whether BatchGetSecretValue may be used; [`BatchMode::Auto`] by default.
    pub fn batch(mut self, mode: BatchMode) -> Self {
        self.batch = mode;
        self
    }

    /// The longest time for one connection: name look-up, TCP and TLS; 3.1 seconds by default.
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.times.connect = time;
        self
    }

    /// The longest time for one request, from connecting to the answer's last byte; 10 seconds by
    /// default.
    pub fn attempt_timeout(mut self, time: Duration) -> Self {
        self.times.attempt = time;
        self
    }

    /// The longest time to find credentials, over all sources; 10 seconds by default. A profile's `credential_process` has
    /// the time of the [`Fetcher`](crate::Fetcher) instead: it may ask a person.
    pub fn credentials_timeout(mut self, time: Duration) -> Self {
        self.times.credentials = time;
        self
    }

    /// Checks the options and makes the store. Reads the profile files if no region is given, and asks
    /// nothing of the network: credentials are found when the first secret is fetched.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the endpoint URL, the role's ARN, its external id, a region in the environment, or the
    /// proxy in `HTTPS_PROXY` is not valid.
    pub async fn build(self) -> Result<AwsSecretStore> {
        let place = Place { who: self.who, endpoint_url: self.endpoint_url, is_failover: false };
        open(&Identities::new(self.times), place, self.batch).await
    }
}

/// A store in one place, which asks as one of these callers.
pub(super) async fn open(identities: &Identities, place: Place, batch: BatchMode) -> Result<AwsSecretStore> {
    let session = identities.session(SECRETS_MANAGER, place.who, place.endpoint_url).await?;
    Ok(AwsSecretStore::new(Connection::new(session), batch))
}
