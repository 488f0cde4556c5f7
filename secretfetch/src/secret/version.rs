use std::fmt;
use std::str::FromStr;

/// The unique id of one version of a secret: to Secrets Manager usually a UUID, to Parameter Store a number.
///
/// What such an id may be is its store's matter: see [`SecretStore::check`](crate::SecretStore::check). Here it has 1 to
/// 1024 visible ASCII characters.
///
/// ```
/// use secretfetch::VersionId;
/// let id: VersionId = "01234567-89ab-cdef-0123-456789abcdef".parse()?;
/// assert!("a b".parse::<VersionId>().is_err());
/// # Ok::<(), secretfetch::ParseVersionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionId(String);

impl VersionId {
    /// The id as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VersionId {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The longest are S3's.
        if (1..=1024).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(VersionId(text.to_owned()))
        } else {
            Err(ParseVersionError::Id(crate::text::quoted(text)))
        }
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The staging label of a version: `AWSCURRENT`, `AWSPREVIOUS`, `AWSPENDING` or a label of your own.
///
/// ```
/// use secretfetch::VersionStage;
/// assert!(VersionStage::current().is_current());
/// assert_eq!("AWSPREVIOUS".parse::<VersionStage>()?.as_str(), "AWSPREVIOUS");
/// # Ok::<(), secretfetch::ParseVersionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionStage(String);

impl VersionStage {
    /// The label that Secrets Manager gives the version in use.
    pub const CURRENT: &'static str = "AWSCURRENT";

    /// `AWSCURRENT`, what a request without a version means.
    pub fn current() -> Self {
        VersionStage(Self::CURRENT.to_owned())
    }

    /// Whether this is `AWSCURRENT`.
    pub fn is_current(&self) -> bool {
        self.0 == Self::CURRENT
    }

    /// The label as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VersionStage {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The API's limits for VersionStage: 1 to 256 characters.
        if !text.is_empty() && text.len() <= 256 && !text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            Ok(VersionStage(text.to_owned()))
        } else {
            Err(ParseVersionError::Stage(crate::text::quoted(text)))
        }
    }
}

impl fmt::Display for VersionStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text cannot be a version id or a version stage.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseVersionError {
    /// Not a version id.
    #[error("{0} is not a version id (1 to 1024 visible ASCII characters)")]
    Id(String),
    /// Not a version stage.
    #[error("{0} is not a version stage (1 to 256 characters, such as `AWSPREVIOUS`)")]
    Stage(String),
}
