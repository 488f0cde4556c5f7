use std::fmt;
use std::str::FromStr;

/// Whether a store may ask for several secrets in one request.
///
/// BatchGetSecretValue is faster for many secrets, but needs its own permission, and the quota of all
/// such calls in an account is 100 a second, where GetSecretValue has 10,000: large fleets say `never`.
///
/// ```
/// use secretfetch::BatchMode;
/// assert_eq!("never".parse::<BatchMode>()?, BatchMode::Never);
/// assert_eq!(BatchMode::default(), BatchMode::Auto);
/// # Ok::<(), secretfetch::ParseBatchModeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BatchMode {
    /// Batches from a handful of secrets up, and single requests where a batch is denied or throttled.
    #[default]
    Auto,
    /// One request for each secret.
    Never,
}

/// From how many secrets in one region a batch is used. Below, single requests over as many connections
/// are as fast, need one permission less, and spend nothing of the batch quota.
const SMALLEST: usize = 5;

impl BatchMode {
    /// Whether this many secrets of one region, all at `AWSCURRENT`, are asked for in batches.
    ///
    /// ```
    /// use secretfetch::BatchMode;
    /// assert!(BatchMode::Auto.applies_to(100) && !BatchMode::Auto.applies_to(1));
    /// assert!(!BatchMode::Never.applies_to(100));
    /// ```
    pub fn applies_to(self, secrets: usize) -> bool {
        self == BatchMode::Auto && secrets >= SMALLEST
    }
}

impl FromStr for BatchMode {
    type Err = ParseBatchModeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(BatchMode::Auto),
            "never" => Ok(BatchMode::Never),
            _ => Err(ParseBatchModeError(crate::text::quoted(text))),
        }
    }
}

impl fmt::Display for BatchMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BatchMode::Auto => "auto",
            BatchMode::Never => "never",
        })
    }
}

/// The text is not a batch mode.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0} is not a batch mode (`auto` or `never`)")]
pub struct ParseBatchModeError(String);

crate::error::is_config_error!(ParseBatchModeError);
