//! Objects in Amazon S3.
//!
//! What a configuration says of such a store ([`config`], [`bucket`], [`policy`]) needs no SDK. Its two calls are made by hand
//! ([`signed`](super::signed)): `GetObject`, and `ListObjectsV2` for a search.

#[cfg(feature = "aws")]
mod api;
mod bucket;
#[cfg(feature = "aws")]
mod client;
mod config;
#[cfg(feature = "aws")]
mod diagnosis;
#[cfg(feature = "aws")]
mod encoding;
#[cfg(feature = "aws")]
mod get;
#[cfg(feature = "aws")]
mod list;
mod policy;
mod settings;
#[cfg(feature = "aws")]
mod store;
#[cfg(feature = "aws")]
mod xml;

pub use bucket::{Addressing, ParseAddressingError};
pub(super) use config::KIND;
pub use settings::S3StoreConfig;
