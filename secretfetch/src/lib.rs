//! secretfetch: secrets from AWS Secrets Manager, left as files exactly.

mod entries;
mod error;
mod fetcher;
mod format;
mod json;
mod materialize;
mod plan;
mod secret;
mod store;
mod text;

pub use entries::{Entries, Flattening, KeyStyle, Nulls, ParseKeyStyleError, Selection};
pub use error::{Error, ErrorKind, Failure, Result};
pub use fetcher::{Fetcher, Rendered, RetryPolicy};
pub use format::Format;
pub use materialize::{FileOutcome, FileReport, Report, SourceReport};
pub use plan::{
    BatchMode, Config, DEFAULT_TIMEOUT, FileConfig, Layout, Mode, Owner, ParsePermissionError, Plan, RelativePath,
    SourceConfig, StoreConfig, parse_duration,
};
pub use secret::{
    ParseRegionError, ParseSecretIdError, ParseVersionError, Region, Secret, SecretId, SecretRequest, SecretValue,
    VersionId, VersionStage,
};
pub use store::{LocalSecretStore, SecretStore};
