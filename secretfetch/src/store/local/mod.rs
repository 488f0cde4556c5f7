//! Secrets in a JSON file, for development without AWS.

mod config;
mod store;

pub use config::FileStoreConfig;
pub(super) use config::KIND;
pub use store::LocalSecretStore;
