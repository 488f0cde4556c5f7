//! secretfetch: secrets from AWS Secrets Manager, left as files exactly.

mod error;
mod secret;
mod store;
mod text;

pub use error::{Error, ErrorKind, Failure, Result};
pub use secret::{
    ParseRegionError, ParseSecretIdError, ParseVersionError, Region, Secret, SecretId, SecretRequest, SecretValue,
    VersionId, VersionStage,
};
#[cfg(feature = "aws")]
pub use store::{AwsSecretStore, AwsSecretStoreBuilder};
pub use store::{BatchMode, LocalSecretStore, ParseBatchModeError, SecretStore};
