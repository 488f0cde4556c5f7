//! The configuration as it is written, each field of its own type.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use super::{Mode, Owner};
use crate::entries::{Nulls, Selection};
use crate::secret::{Region, SecretId, VersionId, VersionStage};
use crate::store::BatchMode;

/// The files that shall exist, and where their secrets come from.
///
/// Made from YAML or JSON by [`Config::from_text`], or field by field.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Config {
    /// What this configuration is called: a generation of files is replaced by none of another name. The CLI takes the
    /// name of its file if none is given.
    pub name: Option<String>,
    /// Where the secrets live.
    pub store: StoreConfig,
    /// The region of secrets that name none.
    pub region: Option<Region>,
    /// The directory that the files' paths are under; the current one if none is given.
    pub directory: Option<PathBuf>,
    /// How the files lie in the directory.
    pub layout: Layout,
    /// The permissions of files that have none of their own.
    pub mode: Option<Mode>,
    /// The owner of files that have none of their own.
    pub owner: Option<Owner>,
    /// The time for the whole run.
    pub timeout: Option<Duration>,
    /// Whether secrets may be asked for in batches.
    pub batch: BatchMode,
    /// The files.
    pub files: Vec<FileConfig>,
}

impl Config {
    /// The JSON Schema (draft 2020-12) of the text that [`Config::from_text`] reads.
    ///
    /// Editors and CI check a configuration with it. [`Plan::new`](crate::Plan::new) checks more: what a schema
    /// cannot say.
    pub const JSON_SCHEMA: &'static str = include_str!("config.schema.json");
}

/// One file.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct FileConfig {
    /// Its path under the directory.
    pub path: String,
    /// The format's name; `raw` if none is given.
    pub format: Option<String>,
    /// The format's dialect.
    pub dialect: Option<String>,
    /// Its permissions.
    pub mode: Option<Mode>,
    /// Its owner.
    pub owner: Option<Owner>,
    /// What a flat format does with `null`.
    pub nulls: Option<Nulls>,
    /// Whether nested values become entries; the format decides if nothing is said.
    pub flatten: Option<bool>,
    /// What stands between the names of nested keys.
    pub separator: Option<String>,
    /// The secrets that it is made of.
    pub sources: Vec<SourceConfig>,
}

impl FileConfig {
    /// A file with this path, made of one secret.
    pub fn new(path: impl Into<String>, source: SourceConfig) -> Self {
        FileConfig { path: path.into(), sources: vec![source], ..FileConfig::default() }
    }
}

/// One secret of a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SourceConfig {
    /// Its name or ARN.
    pub secret_id: SecretId,
    /// Its region; an ARN's own one wins.
    pub region: Option<Region>,
    /// The staging label of the version.
    pub version_stage: Option<VersionStage>,
    /// The id of the version.
    pub version_id: Option<VersionId>,
    /// The one key whose value is written (`raw` only).
    pub key: Option<String>,
    /// The entries that it contributes, and their names.
    pub selection: Selection,
    /// Whether a secret or version that does not exist contributes nothing instead of failing.
    pub optional: bool,
}

impl SourceConfig {
    /// The current version of this secret, all of it.
    pub fn new(secret_id: SecretId) -> Self {
        SourceConfig {
            secret_id,
            region: None,
            version_stage: None,
            version_id: None,
            key: None,
            selection: Selection::default(),
            optional: false,
        }
    }
}

/// Where the secrets live.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreConfig {
    /// AWS Secrets Manager.
    Aws {
        /// The role to assume first.
        role_arn: Option<String>,
        /// What the role's trust policy wants to hear (`sts:ExternalId`); only with a role.
        external_id: Option<String>,
        /// Another endpoint than AWS's own.
        endpoint_url: Option<String>,
    },
    /// A JSON file, see [`LocalSecretStore`](crate::LocalSecretStore).
    File(PathBuf),
}

impl Default for StoreConfig {
    fn default() -> Self {
        StoreConfig::Aws { role_arn: None, external_id: None, endpoint_url: None }
    }
}

impl StoreConfig {
    /// Reads `aws` or `file:PATH`, a relative path being relative to `base`.
    ///
    /// # Errors
    /// Says what a store is.
    pub fn parse(text: &str, base: &Path) -> Result<Self, String> {
        match text.strip_prefix("file:") {
            Some("") => Err("`file:` needs a path: `file:secrets.json`".to_owned()),
            Some(path) => Ok(StoreConfig::File(base.join(path))),
            None if text == "aws" => Ok(StoreConfig::default()),
            None => Err(format!("{} is not a store (`aws`, `file:PATH`)", crate::text::quoted(text))),
        }
    }
}

/// How the files lie in the directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// Ordinary files; each is the old or the new one in full.
    #[default]
    Plain,
    /// A generation of files behind one symlink, so that the set changes at once.
    Generation,
}

impl FromStr for Layout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "plain" => Ok(Layout::Plain),
            "generation" => Ok(Layout::Generation),
            _ => Err(format!("{} is not a layout (`plain`, `generation`)", crate::text::quoted(text))),
        }
    }
}

impl FromStr for Nulls {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "refuse" => Ok(Nulls::Refuse),
            "omit" => Ok(Nulls::Omit),
            "empty" => Ok(Nulls::Empty),
            _ => Err(format!("{} is not a way to treat null (`omit`, `empty`, `refuse`)", crate::text::quoted(text))),
        }
    }
}

/// Reads a duration: whole numbers with the units `ms`, `s`, `m`, `h`, such as `90s` or `1m30s`.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(secretfetch::parse_duration("1m30s"), Ok(Duration::from_secs(90)));
/// ```
///
/// # Errors
/// Says what a duration is.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let invalid = || format!("{} is not a duration (such as `500ms`, `60s`, `5m`)", crate::text::quoted(text));
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: u32 = rest[..digits].parse().map_err(|_| invalid())?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let step = match &rest[..unit] {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            "h" => Duration::from_secs(3600),
            _ => return Err(invalid()),
        };
        total = step.checked_mul(number).and_then(|part| total.checked_add(part)).ok_or_else(invalid)?;
        rest = &rest[unit..];
    }
    if total.is_zero() { Err(invalid()) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(parse_duration("60s"), Ok(Duration::from_secs(60)));
        assert_eq!(parse_duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        for text in ["", "60", "s", "0s", "-1s", "1.5s", "1d", "99999999999s"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
