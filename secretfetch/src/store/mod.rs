//! Where secrets live: the [`SecretStore`] trait, the stores that come with the crate, and the names by which a
//! configuration has them.

mod aws;
mod batch_mode;
mod cached;
mod find;
#[cfg(feature = "aws")]
mod identity;
mod local;
mod named;
mod secret_store;
mod stamp;
#[cfg(feature = "aws")]
mod transport;

pub use aws::AwsStoreConfig;
#[cfg(feature = "aws")]
pub use aws::{AwsSecretStore, AwsSecretStoreBuilder};
pub use batch_mode::{BatchMode, ParseBatchModeError};
pub use cached::CachedSecretStore;
pub use find::Find;
pub use local::{FileStoreConfig, LocalSecretStore};
pub(crate) use named::Defaults;
pub use named::{
    Asked, Capabilities, Opening, Permission, PolicyScope, SecretKeyRef, StoreConfig, StoreKind, StoreKinds,
    StoreSettings, Stores,
};
pub use secret_store::SecretStore;
