//! Secrets in AWS Secrets Manager, on the official SDK.
//!
//! What a configuration says of such a store ([`config`], [`secret_id`], [`policy`]) needs no SDK. `secrets_manager` has the
//! calls, on the rooms that all stores of AWS stand on: `transport` (HTTP) and `identity` (who asks).

#[cfg(feature = "aws")]
mod builder;
mod config;
mod policy;
#[cfg(feature = "aws")]
mod search;
mod secret_id;
#[cfg(feature = "aws")]
mod secrets_manager;
#[cfg(feature = "aws")]
mod store;

#[cfg(feature = "aws")]
pub use builder::AwsSecretStoreBuilder;
pub use config::AwsStoreConfig;
pub(super) use config::KIND;
#[cfg(feature = "aws")]
pub use store::AwsSecretStore;
