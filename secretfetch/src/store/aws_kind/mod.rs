//! AWS Secrets Manager as a configuration has it: settings, the grammar of ids, and what a policy must allow.

mod config;
mod policy;
mod secret_id;

pub use config::AwsStoreConfig;
pub(super) use config::KIND;
#[cfg(feature = "aws")]
pub(super) use secret_id::check as check_id;
