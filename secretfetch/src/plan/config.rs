//! The configuration as it is written, each field of its own type.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::environment::EnvironmentConfig;
use super::permission::{Mode, Owner};
use super::source_config::SourceConfig;
use super::watch::WatchConfig;
use crate::entries::Nulls;
use crate::error::is_config_error;
use crate::format::{Format, Template};
use crate::secret::{Region, StoreName};
use crate::store::{BatchMode, StoreConfig};

/// The files that shall exist, and where their secrets come from.
///
/// Made from YAML or JSON by [`Config::from_text`], or in Rust:
///
/// ```
/// use secretfetch::{Config, FileConfig, Format, Plan, SourceConfig};
///
/// let source = SourceConfig::new("prod/db".parse()?).with_keys([("DB_USER", "username")]);
/// let file = FileConfig::new("app.env", source).with_format(Format::parse("env", Some("docker"))?);
/// let config = Config::default().with_store("file:secrets.json".parse()?).with_directory("/secret").with_file(file);
/// let plan = Plan::new(config)?;
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Config {
    /// What this configuration is called: a generation of files is replaced by none of another name. The CLI takes the
    /// name of its file if none is given.
    pub name: Option<String>,
    /// Stores, by the names that sources have for them. Those that need no entry (`aws`, `file:PATH`) need none.
    pub stores: Vec<(StoreName, Arc<dyn StoreConfig>)>,
    /// The store of sources that name none; `aws` if none is given.
    pub store: Option<StoreName>,
    /// Where that stands in the configuration's text.
    pub(super) store_line: Option<usize>,
    /// The region of secrets that name none, in stores that have none of their own.
    pub region: Option<Region>,
    /// The profile in the AWS config and credentials files, of stores that have none of their own.
    pub profile: Option<String>,
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
    /// The environment of the program that starts next.
    pub environment: Option<EnvironmentConfig>,
    /// How files are kept fresh.
    pub watch: WatchConfig,
}

impl Config {
    /// The JSON Schema (draft 2020-12) of the text that [`Config::from_text`] reads.
    ///
    /// Editors and CI check a configuration with it. [`Plan::new`](crate::Plan::new) checks more: what a schema
    /// cannot say.
    pub const JSON_SCHEMA: &'static str = include_str!("config.schema.json");

    /// Sets what the configuration is called.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds a store, under a name that sources can have for it.
    #[must_use]
    pub fn with_named_store(mut self, name: StoreName, store: impl StoreConfig) -> Self {
        self.stores.push((name, Arc::new(store)));
        self
    }

    /// Sets the store of sources that name none.
    #[must_use]
    pub fn with_store(mut self, name: StoreName) -> Self {
        self.store = Some(name);
        self
    }

    /// Sets the region of secrets that name none.
    #[must_use]
    pub fn with_region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Sets the profile in the AWS config and credentials files.
    #[must_use]
    pub fn with_profile(mut self, profile: impl Into<String>) -> Self {
        self.profile = Some(profile.into());
        self
    }

    /// Sets the directory that the files' paths are under.
    #[must_use]
    pub fn with_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Sets how the files lie in the directory.
    #[must_use]
    pub fn with_layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// Sets the permissions of files that have none of their own.
    #[must_use]
    pub fn with_mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Sets the owner of files that have none of their own.
    #[must_use]
    pub fn with_owner(mut self, owner: Owner) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Sets the time for the whole run.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets whether secrets may be asked for in batches.
    #[must_use]
    pub fn with_batch(mut self, mode: BatchMode) -> Self {
        self.batch = mode;
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn with_file(mut self, file: FileConfig) -> Self {
        self.files.push(file);
        self
    }

    /// Sets the environment of the program that starts next.
    #[must_use]
    pub fn with_environment(mut self, environment: EnvironmentConfig) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Sets how files are kept fresh.
    #[must_use]
    pub fn with_watch(mut self, watch: WatchConfig) -> Self {
        self.watch = watch;
        self
    }

    /// The secrets of every file, and then those of the environment.
    pub(super) fn sources(&self) -> impl Iterator<Item = &SourceConfig> {
        let of_environment = self.environment.iter().flat_map(|environment| &environment.sources);
        self.files.iter().flat_map(|file| &file.sources).chain(of_environment)
    }
}

/// One file.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct FileConfig {
    /// Its path under the directory.
    pub path: String,
    /// What it is written as; `raw` if nothing is said.
    pub format: Format,
    /// What is filled, where it is written as `template`.
    pub template: Option<Template>,
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

    /// Sets what it is written as.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Sets the template that is filled, and with it the format.
    #[must_use]
    pub fn with_template(mut self, template: Template) -> Self {
        self.format = Format::template();
        self.template = Some(template);
        self
    }

    /// Adds a secret that it is made of.
    #[must_use]
    pub fn with_source(mut self, source: SourceConfig) -> Self {
        self.sources.push(source);
        self
    }

    /// Sets its permissions.
    #[must_use]
    pub fn with_mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Sets its owner.
    #[must_use]
    pub fn with_owner(mut self, owner: Owner) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Sets what a flat format does with `null`.
    #[must_use]
    pub fn with_nulls(mut self, nulls: Nulls) -> Self {
        self.nulls = Some(nulls);
        self
    }

    /// Sets whether nested values become entries.
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

    /// The names of its entries, where `keys` or `as` of every source say them; `None` where the secrets decide.
    pub fn entry_names(&self) -> Option<Vec<String>> {
        let mut names = Vec::new();
        for source in &self.sources {
            let selection = &source.selection;
            match &selection.as_name {
                Some(name) => names.push(name.clone()),
                None if selection.keys.is_empty() => return None,
                None => names.extend(selection.keys.iter().map(|(name, _)| format!("{}{name}", selection.prefix))),
            }
        }
        Some(names)
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
    type Err = ParseLayoutError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "plain" => Ok(Layout::Plain),
            "generation" => Ok(Layout::Generation),
            _ => Err(ParseLayoutError(crate::text::quoted(text))),
        }
    }
}

/// The text is not a layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a layout (`plain`, `generation`)")]
pub struct ParseLayoutError(String);

/// The text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a duration (such as `500ms`, `60s`, `5m`)")]
pub struct ParseDurationError(String);

is_config_error!(ParseLayoutError, ParseDurationError);

/// It is kept as a symlink's target, and shown.
pub(super) fn is_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && !name.chars().any(char::is_control)
}

/// Reads a duration: whole numbers with the units `ms`, `s`, `m`, `h`, such as `90s` or `1m30s`.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(secretfetch::parse_duration("1m30s"), Ok(Duration::from_secs(90)));
/// ```
///
/// # Errors
/// The error says what a duration is.
pub fn parse_duration(text: &str) -> Result<Duration, ParseDurationError> {
    let invalid = || ParseDurationError(crate::text::quoted(text));
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
