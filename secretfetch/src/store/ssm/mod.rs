//! Parameters in AWS Systems Manager's Parameter Store.
//!
//! What a configuration says of such a store ([`config`], [`parameter_id`], [`policy`]) needs no SDK. Its two calls are made
//! by hand ([`signed`](super::signed)): `GetParameters` for what is known by name, `GetParametersByPath` for what is not.

#[cfg(feature = "aws")]
mod answer;
#[cfg(feature = "aws")]
mod api;
mod config;
#[cfg(feature = "aws")]
mod diagnosis;
#[cfg(feature = "aws")]
mod get;
#[cfg(feature = "aws")]
mod list;
#[cfg(feature = "aws")]
mod pace;
mod parameter_id;
mod policy;
#[cfg(feature = "aws")]
mod store;

pub(super) use config::KIND;
pub use config::SsmStoreConfig;
