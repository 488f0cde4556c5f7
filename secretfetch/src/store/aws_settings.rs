//! What every store of AWS has in common in a configuration: who asks, where, and where else if nobody is there.

use super::named::StoreSettings;
use crate::secret::Region;

/// The settings that every store of AWS has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AwsSettings {
    /// The region of what names none; the configuration's, if none is given.
    pub region: Option<Region>,
    /// The profile in the AWS config and credentials files; the run's, if none is given.
    pub profile: Option<String>,
    /// The role to assume first.
    pub role_arn: Option<String>,
    /// What the role's trust policy wants to hear (`sts:ExternalId`); only with a role.
    pub external_id: Option<String>,
    /// Another endpoint than AWS's own.
    pub endpoint_url: Option<String>,
    /// Where to ask when the first region is away.
    pub failover: Option<Failover>,
}

/// The region that is asked when the first one is away: twice in a row no answer came from there, or that of a failing
/// server. A denial, throttling, and a secret that does not exist are answers.
///
/// What is asked for there are the replicas: the same names, and ARNs with this region in them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failover {
    /// The other region.
    pub region: Region,
    /// Its endpoint, if that is not AWS's own.
    pub endpoint_url: Option<String>,
    /// The bucket there, of a store on S3: no two have one name.
    pub bucket: Option<String>,
}

impl Failover {
    /// To this region.
    pub fn to(region: Region) -> Self {
        Failover { region, endpoint_url: None, bucket: None }
    }

    /// Sets another endpoint there than AWS's own.
    #[must_use]
    pub fn with_endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.endpoint_url = Some(url.into());
        self
    }

    /// Sets the bucket there, of a store on S3.
    #[must_use]
    pub fn with_bucket(mut self, bucket: impl Into<String>) -> Self {
        self.bucket = Some(bucket.into());
        self
    }
}

impl AwsSettings {
    /// Their names.
    pub(super) const FIELDS: &'static [&'static str] =
        &["region", "profile", "roleArn", "externalId", "endpointUrl", "failover"];

    /// `has_bucket`: the other region has another bucket.
    pub(super) fn read(settings: &mut StoreSettings<'_, '_, '_>, has_bucket: bool) -> Self {
        let region = settings.parse("region");
        let mut text = |field| settings.text(field).map(str::to_owned);
        let (profile, role_arn) = (text("profile"), text("roleArn"));
        let (external_id, endpoint_url) = (text("externalId"), text("endpointUrl"));
        let fields: &[&str] =
            if has_bucket { &["region", "endpointUrl", "bucket"] } else { &["region", "endpointUrl"] };
        let failover = settings.nested("failover", fields, |failover| {
            let mut text = |field| failover.text(field).map(str::to_owned);
            let (endpoint_url, bucket) = (text("endpointUrl"), text("bucket"));
            failover.required("region")?;
            Some(Failover { region: failover.parse("region")?, endpoint_url, bucket })
        });
        AwsSettings { region, profile, role_arn, external_id, endpoint_url, failover }
    }
}

/// The methods by which a store's configuration has [`AwsSettings`], in its field `aws`.
macro_rules! with_aws_settings {
    ($config:ident) => {
        impl $config {
            /// Sets the region of what names none.
            #[must_use]
            pub fn with_region(mut self, region: $crate::secret::Region) -> Self {
                self.aws.region = Some(region);
                self
            }

            /// Sets the profile in the AWS config and credentials files.
            #[must_use]
            pub fn with_profile(mut self, profile: impl Into<String>) -> Self {
                self.aws.profile = Some(profile.into());
                self
            }

            /// Sets the role to assume first.
            #[must_use]
            pub fn with_role_arn(mut self, arn: impl Into<String>) -> Self {
                self.aws.role_arn = Some(arn.into());
                self
            }

            /// Sets what the role's trust policy wants to hear.
            #[must_use]
            pub fn with_external_id(mut self, id: impl Into<String>) -> Self {
                self.aws.external_id = Some(id.into());
                self
            }

            /// Sets another endpoint than AWS's own.
            #[must_use]
            pub fn with_endpoint_url(mut self, url: impl Into<String>) -> Self {
                self.aws.endpoint_url = Some(url.into());
                self
            }

            /// Sets where to ask when the first region is away.
            #[must_use]
            pub fn with_failover(mut self, failover: $crate::store::Failover) -> Self {
                self.aws.failover = Some(failover);
                self
            }
        }
    };
}

pub(super) use with_aws_settings;
