//! Secrets in AWS Secrets Manager, on the official SDK.
//!
//! Three rooms, each of which knows only those before it: [`transport`] (HTTP), [`identity`] (who asks, whichever service
//! it is) and [`secrets_manager`] (its calls). The store stands on all three.

mod builder;
mod identity;
mod secrets_manager;
mod store;
mod transport;

pub use builder::AwsSecretStoreBuilder;
pub use store::AwsSecretStore;
