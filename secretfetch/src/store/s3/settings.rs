//! The settings of a store on S3.

use super::bucket::{self, Addressing};
use crate::bounds::{Bytes, FILE, SECRET};
use crate::secret::is_account;
use crate::store::aws_settings::{AwsSettings, with_aws_settings};
use crate::store::named::StoreSettings;

/// A bucket in Amazon S3: an object is a secret with the object's exact bytes, by its key.
///
/// ```
/// use secretfetch::{Config, S3StoreConfig};
/// let bundles = S3StoreConfig::new("acme-config").with_bucket_owner("123456789012");
/// let config = Config::default().with_named_store("bundles".parse()?, bundles);
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct S3StoreConfig {
    /// The bucket's name, or the alias of an access point.
    pub bucket: String,
    /// The account that the bucket must belong to.
    pub bucket_owner: Option<String>,
    /// Where the bucket's name stands in a URL.
    pub addressing: Addressing,
    /// The most bytes that an object may have.
    pub max_bytes: u64,
    /// Who asks, and where.
    pub aws: AwsSettings,
}

with_aws_settings!(S3StoreConfig);

impl S3StoreConfig {
    /// The most bytes of an object where nothing else is said: 1 MiB.
    pub const DEFAULT_MAX_BYTES: u64 = SECRET;

    /// A bucket.
    pub fn new(bucket: impl Into<String>) -> Self {
        S3StoreConfig {
            bucket: bucket.into(),
            bucket_owner: None,
            addressing: Addressing::default(),
            max_bytes: Self::DEFAULT_MAX_BYTES,
            aws: AwsSettings::default(),
        }
    }

    /// Sets the account that the bucket must belong to.
    #[must_use]
    pub fn with_bucket_owner(mut self, account: impl Into<String>) -> Self {
        self.bucket_owner = Some(account.into());
        self
    }

    /// Sets where the bucket's name stands in a URL.
    #[must_use]
    pub fn with_addressing(mut self, addressing: Addressing) -> Self {
        self.addressing = addressing;
        self
    }

    /// Sets the most bytes that an object may have.
    #[must_use]
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    pub(super) fn read(settings: &mut StoreSettings<'_, '_, '_>) -> Option<Self> {
        let aws = AwsSettings::read(settings, true);
        let bucket_owner = settings.text("bucketOwner").map(str::to_owned);
        let addressing = settings.parse("addressing").unwrap_or_default();
        let max_bytes = settings.parse("maxBytes").unwrap_or(Self::DEFAULT_MAX_BYTES);
        let bucket = settings.required("bucket")?.to_owned();
        let config = S3StoreConfig { bucket, bucket_owner, addressing, max_bytes, aws };
        if let Some((field, what)) = config.mistake() {
            settings.mistake(field, what);
        }
        Some(config)
    }

    /// The bucket in the other region.
    pub(super) fn other_bucket(&self) -> &str {
        self.aws.failover.as_ref().and_then(|failover| failover.bucket.as_deref()).unwrap_or(&self.bucket)
    }

    /// The first field that is wrong.
    pub(super) fn mistake(&self) -> Option<(&'static str, String)> {
        let buckets = [("bucket", self.bucket.as_str()), ("failover", self.other_bucket())];
        let unfit = |(field, name)| Some((field, bucket::unfit_bucket(name)?.to_owned()));
        if let Some(mistake) = buckets.into_iter().find_map(unfit) {
            return Some(mistake);
        }
        if self.bucket_owner.as_ref().is_some_and(|owner| !is_account(owner)) {
            return Some(("bucketOwner", "`bucketOwner` is the account's id: 12 digits".to_owned()));
        }
        let what = || format!("`maxBytes` is a number of bytes from 1 to {FILE} ({})", Bytes(FILE));
        (!(1..=FILE).contains(&self.max_bytes)).then(|| ("maxBytes", what()))
    }
}
