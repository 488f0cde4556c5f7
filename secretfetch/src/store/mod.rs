//! Where secrets live: the [`SecretStore`] trait, the stores that come with the crate, and the names by which a
//! configuration has them.

mod aws;
mod aws_permissions;
mod aws_settings;
mod batch_mode;
#[cfg(feature = "aws")]
mod by_region;
mod cached;
mod failover;
mod find;
mod https;
#[cfg(feature = "aws")]
mod identity;
mod local;
mod named;
#[cfg(feature = "aws")]
mod regions;
mod results;
mod s3;
mod secret_store;
#[cfg(feature = "aws")]
mod signed;
mod ssm;
mod stamp;
#[cfg(feature = "aws")]
mod transport;
#[cfg(not(feature = "aws"))]
mod without_aws;

pub use aws::AwsStoreConfig;
#[cfg(feature = "aws")]
pub use aws::{AwsSecretStore, AwsSecretStoreBuilder};
pub use aws_settings::{AwsSettings, Failover};
pub use batch_mode::{BatchMode, ParseBatchModeError};
pub use cached::CachedSecretStore;
pub use failover::FailoverSecretStore;
pub use find::Find;
pub use https::{HttpsStoreConfig, HttpsUrl, ParseHttpsHeaderError, ParseHttpsUrlError};
pub use local::{FileStoreConfig, LocalSecretStore};
pub(crate) use named::Defaults;
pub use named::{
    Asked, Capabilities, Condition, KmsKeyArn, Opening, ParseKmsKeyArnError, Permission, PolicyScope, SecretKeyRef,
    StoreConfig, StoreKind, StoreKinds, StoreSettings, Stores, TextOrSecret,
};
pub use s3::{Addressing, ParseAddressingError, S3StoreConfig};
pub use secret_store::SecretStore;
pub use ssm::SsmStoreConfig;
