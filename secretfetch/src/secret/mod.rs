//! What a secret is called, where and in which version it is meant, and what it holds.

mod arn;
mod digest;
mod encoding;
mod id;
mod region;
mod request;
mod store_name;
mod typed;
mod value;
mod version;

pub(crate) use arn::is_account;
pub use arn::{Arn, ParseArnError};
pub use digest::{ParseSecretDigestError, SecretDigest};
pub use encoding::{Encoding, ParseEncodingError};
pub use id::{ParseSecretIdError, SecretId};
pub use region::{ParseRegionError, Region};
pub use request::SecretRequest;
pub use store_name::{ParseStoreNameError, StoreName};
pub use value::{Secret, SecretParts, SecretValue};
pub use version::{ParseVersionError, VersionId, VersionStage};
