//! Secrets under a URL: files of a repository's host, or whatever else answers to GET.
//!
//! What a configuration says of such a store ([`config`]) needs no HTTP client, and neither does the grammar of its URL and
//! its ids ([`url`], [`path`]).

#[cfg(feature = "aws")]
mod answer;
#[cfg(feature = "aws")]
mod authorization;
mod client_certificate;
mod config;
#[cfg(feature = "aws")]
mod entity_tag;
mod headers;
#[cfg(feature = "aws")]
mod kept;
mod login;
mod origin;
#[cfg(feature = "aws")]
mod own_secret;
mod path;
#[cfg(feature = "aws")]
mod redirect;
#[cfg(feature = "aws")]
mod store;
#[cfg(feature = "aws")]
mod unanswered;
mod url;

pub use config::HttpsStoreConfig;
pub(super) use config::KIND;
pub use headers::ParseHttpsHeaderError;
pub use url::{HttpsUrl, ParseHttpsUrlError};
