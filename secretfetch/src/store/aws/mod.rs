//! Secrets in AWS Secrets Manager, on the official SDK.
//!
//! What a configuration says of such a store ([`config`], [`secret_id`], [`policy`]) needs no SDK. Then three rooms, each of
//! which knows only those before it: `transport` (HTTP), `identity` (who asks, whichever service it is) and
//! `secrets_manager` (its calls). The store stands on all three.

#[cfg(feature = "aws")]
mod builder;
mod config;
#[cfg(feature = "aws")]
mod identity;
mod policy;
mod secret_id;
#[cfg(feature = "aws")]
mod secrets_manager;
#[cfg(feature = "aws")]
mod store;
#[cfg(feature = "aws")]
mod transport;

#[cfg(feature = "aws")]
pub use builder::AwsSecretStoreBuilder;
pub use config::AwsStoreConfig;
pub(super) use config::KIND;
#[cfg(feature = "aws")]
pub use store::AwsSecretStore;
