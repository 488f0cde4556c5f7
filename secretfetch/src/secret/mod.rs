//! What a secret is called, which version of it is meant, and what it holds.

mod id;
mod region;
mod request;
mod value;
mod version;

pub use id::{ParseSecretIdError, SecretId};
pub use region::{ParseRegionError, Region};
pub use request::SecretRequest;
pub use value::{Secret, SecretValue};
pub use version::{ParseVersionError, VersionId, VersionStage};
