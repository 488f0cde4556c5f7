//! The environment of the program that a run becomes: what is wanted, and what is checked of it.

use std::str::FromStr;

use super::source_config::SourceConfig;
use crate::entries::Nulls;
use crate::error::is_config_error;

/// The environment of the program that starts next: what a file has, without its path.
///
/// ```
/// use secretfetch::{Config, EnvironmentConfig, Plan, SourceConfig};
///
/// let source = SourceConfig::new("prod/db".parse()?).with_keys([("DB_USER", "username"), ("DB_PASSWORD", "password")]);
/// let plan = Plan::new(Config::default().with_environment(EnvironmentConfig::new(source)))?;
/// assert_eq!(plan.requests().len(), 1);
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EnvironmentConfig {
    /// What is done with `null`.
    pub nulls: Option<Nulls>,
    /// Whether nested values become variables of their own; if nothing is said, they are compact JSON.
    pub flatten: Option<bool>,
    /// What stands between the names of nested keys; `_` if nothing is said.
    pub separator: Option<String>,
    /// Which value a variable has that is there already.
    pub on_conflict: OnConflict,
    /// The secrets that it is made of.
    pub sources: Vec<SourceConfig>,
}

impl EnvironmentConfig {
    /// The variables of one secret.
    pub fn new(source: SourceConfig) -> Self {
        EnvironmentConfig { sources: vec![source], ..EnvironmentConfig::default() }
    }

    /// Adds a secret that it is made of.
    #[must_use]
    pub fn with_source(mut self, source: SourceConfig) -> Self {
        self.sources.push(source);
        self
    }

    /// Sets what is done with `null`.
    #[must_use]
    pub fn with_nulls(mut self, nulls: Nulls) -> Self {
        self.nulls = Some(nulls);
        self
    }

    /// Sets whether nested values become variables of their own.
    #[must_use]
    pub fn with_flatten(mut self, flatten: bool) -> Self {
        self.flatten = Some(flatten);
        self
    }

    /// Sets what stands between the names of nested keys.
    #[must_use]
    pub fn with_separator(mut self, separator: impl Into<String>) -> Self {
        self.separator = Some(separator.into());
        self
    }

    /// Sets which value a variable has that is there already.
    #[must_use]
    pub fn with_on_conflict(mut self, on_conflict: OnConflict) -> Self {
        self.on_conflict = on_conflict;
        self
    }
}

/// Which value a variable has that is in the environment already, and in a secret as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnConflict {
    /// The secret's.
    #[default]
    Replace,
    /// The one that is there.
    Keep,
    /// None: the program does not start.
    Refuse,
}

impl FromStr for OnConflict {
    type Err = ParseOnConflictError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "replace" => Ok(OnConflict::Replace),
            "keep" => Ok(OnConflict::Keep),
            "refuse" => Ok(OnConflict::Refuse),
            _ => Err(ParseOnConflictError(crate::text::quoted(text))),
        }
    }
}

/// The text is not a way to treat a variable that is there already.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a way to treat a variable that is set already (`replace`, `keep`, `refuse`)")]
pub struct ParseOnConflictError(String);

is_config_error!(ParseOnConflictError);
