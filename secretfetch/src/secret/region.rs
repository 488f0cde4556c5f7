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
}

impl FromStr for Region {
    type Err = ParseRegionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let valid = !text.is_empty()
            && text.len() <= 63
            && text.chars().all(label)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if valid { Ok(Region(text.to_owned())) } else { Err(ParseRegionError(crate::text::quoted(text))) }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not the name of an AWS region.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0} is not the name of an AWS region (such as `ca-central-1`)")]
pub struct ParseRegionError(String);
