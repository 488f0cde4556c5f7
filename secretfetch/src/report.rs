//! What a run left behind, without any secret value.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::plan::Mode;
use crate::secret::{Arn, Region, SecretId, StoreName, VersionId, VersionStage};

/// What a run left behind. It has no secret values, so it can be logged.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// One entry per file of the plan, in its order.
    pub files: Vec<FileReport>,
    /// What the environment of the program that starts next is made of, if the plan has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentReport>,
    /// What the user should know and need not act on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What became of one file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct FileReport {
    /// Where it is.
    #[serde(serialize_with = "as_lossy_text")]
    pub path: PathBuf,
    /// What was done.
    pub outcome: FileOutcome,
    /// The format's name.
    pub format: &'static str,
    /// The format's dialect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialect: Option<&'static str>,
    /// The size, in bytes.
    pub bytes: u64,
    /// The permission bits.
    #[serde(serialize_with = "as_text")]
    pub mode: Mode,
    /// The secrets that it is made of, each that a find has brought among them: of a key's file in a directory of `format: files` the one that has the key, and
    /// with the first of these files the optional ones that do not exist.
    pub sources: Vec<SourceReport>,
}

/// What an environment is made of.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentReport {
    /// The names of its variables, in order.
    pub variables: Vec<String>,
    /// The secrets that they are of, each that a find has brought among them.
    pub sources: Vec<SourceReport>,
}

/// What was done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub enum FileOutcome {
    /// It was created or replaced.
    Written,
    /// It was already as it shall be, and was not touched.
    Unchanged,
    /// None of its optional secrets exists, and the old file was removed.
    Removed,
    /// None of its optional secrets exists, and there was no file.
    Skipped,
    /// It could be fetched and rendered; nothing was written, since only that was asked.
    Checked,
}

impl FileOutcome {
    /// The outcome in one word.
    pub fn name(self) -> &'static str {
        match self {
            FileOutcome::Written => "written",
            FileOutcome::Unchanged => "unchanged",
            FileOutcome::Removed => "removed",
            FileOutcome::Skipped => "skipped",
            FileOutcome::Checked => "checked",
        }
    }
}

/// One secret of a file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct SourceReport {
    /// The id that was asked for, or the name of one that was found.
    #[serde(serialize_with = "as_text")]
    pub secret_id: SecretId,
    /// The store that has it, by its name in the configuration.
    #[serde(serialize_with = "as_text")]
    pub store: StoreName,
    /// The secret's ARN.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_optional_text")]
    pub arn: Option<Arn>,
    /// The region that was asked.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_optional_text")]
    pub region: Option<Region>,
    /// The version that was written.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_optional_text")]
    pub version_id: Option<VersionId>,
    /// That version's staging labels.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_texts")]
    pub version_stages: Vec<VersionStage>,
    /// Whether the secret exists; `false` only for one that is optional.
    pub found: bool,
}

/// A directory's name need not be UTF-8, and a report is wanted nevertheless.
fn as_lossy_text<S: serde::Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

fn as_text<S: serde::Serializer>(value: &impl ToString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

fn as_optional_text<S: serde::Serializer>(value: &Option<impl ToString>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&value.as_ref().map(ToString::to_string).unwrap_or_default())
}

fn as_texts<S: serde::Serializer>(values: &[impl ToString], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(ToString::to_string))
}
