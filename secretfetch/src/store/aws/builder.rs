//! Options of an [`AwsSecretStore`], and what is checked before it is built.

use std::time::Duration;

use super::AwsSecretStore;
use super::connection::{Connection, configured_region};
use super::endpoint::Service;
use super::settings::Settings;
use super::transport::{Transport, authority, check_endpoint_url};
use crate::error::{ErrorKind, Failure, Result};
use crate::secret::Region;
use crate::store::BatchMode;

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

impl AwsSecretStoreBuilder {
    pub(super) fn new() -> Self {
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
    /// [`ErrorKind::Config`] if the endpoint URL, the role's ARN, its external id, a region in the environment, or the
    /// proxy in `HTTPS_PROXY` is not valid.
    pub async fn build(self) -> Result<AwsSecretStore> {
        let is_endpoint_given = self.endpoint_url.is_some();
        let endpoint_url = match self.endpoint_url {
            Some(url) => check_endpoint_url(&url, "the endpoint URL").map(|()| Some(url))?,
            None => Service::SecretsManager.url_of_environment(|name| std::env::var(name).ok())?,
        };
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
            endpoint: endpoint_url.as_deref().map(authority),
            endpoint_url,
            is_endpoint_given,
            role_arn: self.role_arn,
            external_id: self.external_id,
            connect_timeout: self.connect_timeout,
            credentials_timeout: self.credentials_timeout,
            transport,
        };
        Ok(AwsSecretStore::new(Connection::new(settings, region), self.batch))
    }
}

fn check_role_arn(arn: &str) -> Result<()> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "iam", "", account, name]
            if !partition.is_empty()
                && account.len() == 12
                && account.bytes().all(|b| b.is_ascii_digit())
                && name.strip_prefix("role/").is_some_and(|name| !name.is_empty()) =>
        {
            Ok(())
        }
        _ => Err(Failure::new(ErrorKind::Config, format!("{} is not the ARN of a role", crate::text::quoted(arn)))
            .with_hint("write it as `arn:aws:iam::ACCOUNT:role/NAME`")
            .into()),
    }
}

/// The pattern of `ExternalId` in [AssumeRole](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
/// It is no secret, but somebody may take it for one: it is not shown.
fn check_external_id(id: &str, has_role: bool) -> Result<()> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&b);
    let (what, hint) = if !has_role {
        ("an external id is given without a role", "give the role's ARN with it, or leave the external id out")
    } else if (2..=1224).contains(&id.len()) && id.bytes().all(allowed) {
        return Ok(());
    } else {
        ("the external id is not valid", "it has 2 to 1224 characters: letters, digits and _+=,.@:/-")
    };
    Err(Failure::new(ErrorKind::Config, what).with_hint(hint).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_ids_are_checked() {
        for id in ["ab", "acme-42", "a_+=,.@:/-b"] {
            assert!(check_external_id(id, true).is_ok(), "{id}");
            assert_eq!(check_external_id(id, false).unwrap_err().kind(), ErrorKind::Config, "{id}");
        }
        for id in ["", "a", "hunter2 x", "hunter2\n", "hünter2", &"x".repeat(1225)] {
            let error = check_external_id(id, true).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!error.to_string().contains("nter2"), "{error}");
        }
    }

    #[test]
    fn role_arns_are_checked() {
        assert!(check_role_arn("arn:aws:iam::123456789012:role/path/name").is_ok());
        assert!(check_role_arn("arn:aws-cn:iam::123456789012:role/name").is_ok());
        for arn in
            ["name", "arn:aws:iam::123:role/x", "arn:aws:iam::123456789012:user/x", "arn:aws:iam::123456789012:role/"]
        {
            assert_eq!(check_role_arn(arn).unwrap_err().kind(), ErrorKind::Config, "{arn}");
        }
    }
}
