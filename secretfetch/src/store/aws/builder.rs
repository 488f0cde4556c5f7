//! Options of an [`AwsSecretStore`], and what is checked before it is built.

use std::time::Duration;

use super::secrets_manager::{Connection, SECRETS_MANAGER};
use super::store::AwsSecretStore;
use crate::error::Result;
use crate::secret::Region;
use crate::store::BatchMode;
use crate::store::identity::{Endpoint, Settings, check_external_id, check_role_arn, configured_region};
use crate::store::transport::Transport;

/// The SDK's own default for a connection, which most networks never need.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(10);

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
    region: Option<Region>,
    profile: Option<String>,
    endpoint_url: Option<String>,
    role_arn: Option<String>,
    external_id: Option<String>,
    batch: BatchMode,
    connect_timeout: Duration,
    attempt_timeout: Duration,
    credentials_timeout: Duration,
}

impl AwsSecretStore {
    /// Options for a store on the environment's region and credentials.
    pub fn builder() -> AwsSecretStoreBuilder {
        AwsSecretStoreBuilder {
            region: None,
            profile: None,
            endpoint_url: None,
            role_arn: None,
            external_id: None,
            batch: BatchMode::default(),
            connect_timeout: CONNECT_TIMEOUT,
            attempt_timeout: ATTEMPT_TIMEOUT,
            credentials_timeout: CREDENTIALS_TIMEOUT,
        }
    }
}

impl AwsSecretStoreBuilder {
    /// The region of requests that name none.
    ///
    /// Without it: `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's region, and as the last resort
    /// instance metadata, which is asked only when a request has no region of its own.
    pub fn region(mut self, region: impl Into<Option<Region>>) -> Self {
        self.region = region.into();
        self
    }

    /// The profile in the AWS config and credentials files whose region and credentials are used.
    ///
    /// As in the AWS CLI, a profile that is given here comes before credentials in the environment.
    /// Without it, all standard sources are tried, and the profile is `AWS_PROFILE`, else `default`.
    pub fn profile(mut self, name: impl Into<Option<String>>) -> Self {
        self.profile = name.into();
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
        self.role_arn = arn.into();
        self
    }

    /// What the trust policy of the role wants to hear (`sts:ExternalId`). It goes with [`role_arn`](Self::role_arn) alone.
    pub fn external_id(mut self, id: impl Into<Option<String>>) -> Self {
        self.external_id = id.into();
        self
    }

    /// Whether BatchGetSecretValue may be used; [`BatchMode::Auto`] by default.
    pub fn batch(mut self, mode: BatchMode) -> Self {
        self.batch = mode;
        self
    }

    /// The longest time for one connection: name look-up, TCP and TLS; 3.1 seconds by default.
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time;
        self
    }

    /// The longest time for one request, from connecting to the answer's last byte; 10 seconds by
    /// default.
    pub fn attempt_timeout(mut self, time: Duration) -> Self {
        self.attempt_timeout = time;
        self
    }

    /// The longest time to find credentials, over all sources; 10 seconds by default. A profile's `credential_process` has
    /// the time of the [`Fetcher`](crate::Fetcher) instead: it may ask a person.
    pub fn credentials_timeout(mut self, time: Duration) -> Self {
        self.credentials_timeout = time;
        self
    }

    /// Checks the options and makes the store. Reads the profile files if no region is given, and asks
    /// nothing of the network: credentials are found when the first secret is fetched.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the endpoint URL, the role's ARN, its external id, a region in the environment, or the
    /// proxy in `HTTPS_PROXY` is not valid.
    pub async fn build(self) -> Result<AwsSecretStore> {
        let endpoint = Endpoint::new(SECRETS_MANAGER, self.endpoint_url)?;
        if let Some(arn) = &self.role_arn {
            check_role_arn(arn)?;
        }
        if let Some(id) = &self.external_id {
            check_external_id(id, self.role_arn.is_some())?;
        }
        let transport = Transport::from_environment(self.connect_timeout, self.attempt_timeout)?;
        let region = match self.region {
            Some(region) => Some(region),
            None => configured_region(self.profile.as_deref()).await?,
        };
        let settings = Settings {
            profile: self.profile,
            role_arn: self.role_arn,
            external_id: self.external_id,
            connect_timeout: self.connect_timeout,
            credentials_timeout: self.credentials_timeout,
            transport,
        };
        Ok(AwsSecretStore::new(Connection::new(settings, endpoint, region), self.batch))
    }
}
