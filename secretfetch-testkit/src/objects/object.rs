//! The versions of an object.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::encryption::ObjectEncryption;
use super::md5::md5;

/// The id of a version that was put while the bucket kept none.
pub(crate) const NULL_VERSION: &str = "null";

/// One version under a key.
#[derive(Clone)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) modified: SystemTime,
    /// `None` for a delete marker.
    pub(crate) content: Option<Content>,
}

/// What a version holds.
#[derive(Clone)]
pub(crate) struct Content {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) content_type: String,
    pub(crate) encryption: ObjectEncryption,
    /// In quotes, as the header has it.
    pub(crate) etag: String,
}

impl Content {
    pub(crate) fn new(bytes: &[u8], content_type: Option<&str>, encryption: ObjectEncryption) -> Self {
        // That of an object under a key of KMS is another digest than of its bytes; which, the service does not say.
        let digest = match encryption.kms_key() {
            Some(_) => md5(&[bytes, b"kms"].concat()),
            None => md5(bytes),
        };
        let content_type = content_type.unwrap_or("binary/octet-stream").to_owned();
        Content { bytes: bytes.into(), content_type, encryption, etag: format!("\"{digest}\"") }
    }
}

/// Without the bytes, which may be a secret.
impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_marker = self.content.is_none();
        f.debug_struct("Version").field("id", &self.id).field("is_marker", &is_marker).finish_non_exhaustive()
    }
}
