use std::fmt;
use std::str::FromStr;

/// An AWS region, such as `ca-central-1`.
///
/// Any name that can stand in a host name is accepted, since AWS adds regions.
///
/// ```
/// use secretfetch::Region;
/// let region: Region = "ca-central-1".parse()?;
/// assert_eq!(region.as_str(), "ca-central-1");
/// assert!("ca central".parse::<Region>().is_err());
/// # Ok::<(), secretfetch::ParseRegionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(String);

impl Region {
    /// The region's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition that the region is in: the second part of the ARNs there. A region of no known prefix is in `aws`.
    ///
    /// ```
    /// let region: secretfetch::Region = "us-gov-west-1".parse()?;
    /// assert_eq!(region.partition(), "aws-us-gov");
    /// # Ok::<(), secretfetch::ParseRegionError>(())
    /// ```
    pub fn partition(&self) -> &'static str {
        self.known_partition().name
    }

    /// The domain of the services there, and that of their dual-stack endpoints.
    pub(crate) fn domains(&self) -> [&'static str; 2] {
        self.known_partition().domains
    }

    fn known_partition(&self) -> &'static Partition {
        PARTITIONS.iter().find(|partition| self.0.starts_with(partition.prefix)).unwrap_or(&COMMERCIAL)
    }
}

struct Partition {
    name: &'static str,
    /// What the names of its regions begin with.
    prefix: &'static str,
    /// Of its services, and of their dual-stack endpoints.
    domains: [&'static str; 2],
}

const fn partition(name: &'static str, prefix: &'static str, domains: [&'static str; 2]) -> Partition {
    Partition { name, prefix, domains }
}

static COMMERCIAL: Partition = partition("aws", "", ["amazonaws.com", "api.aws"]);

/// The others (the AWS SDKs' `partitions.json`).
static PARTITIONS: [Partition; 7] = [
    partition("aws-cn", "cn-", ["amazonaws.com.cn", "api.amazonwebservices.com.cn"]),
    partition("aws-us-gov", "us-gov-", ["amazonaws.com", "api.aws"]),
    partition("aws-iso", "us-iso-", ["c2s.ic.gov", "api.aws.ic.gov"]),
    partition("aws-iso-b", "us-isob-", ["sc2s.sgov.gov", "api.aws.scloud"]),
    partition("aws-iso-e", "eu-isoe-", ["cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"]),
    partition("aws-iso-f", "us-isof-", ["csp.hci.ic.gov", "api.aws.hci.ic.gov"]),
    partition("aws-eusc", "eusc-", ["amazonaws.eu", "api.amazonwebservices.eu"]),
];

/// Whether this can be the name of a region: what can stand in a host name.
pub(super) fn is_region(text: &str) -> bool {
    let label = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(label) && !text.starts_with('-') && !text.ends_with('-')
}

impl FromStr for Region {
    type Err = ParseRegionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_region(text) {
            Ok(Region(text.to_owned()))
        } else {
            let hint = crate::text::unreplaced_variable(text);
            let hint = hint.map_or_else(|| "(such as `ca-central-1`)".to_owned(), |hint| format!("({hint})"));
            Err(ParseRegionError(crate::text::quoted(text), hint))
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not the name of an AWS region.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0} is not the name of an AWS region {1}")]
pub struct ParseRegionError(String, String);
