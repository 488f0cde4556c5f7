//! How the bytes of an object lie in the service.

/// How S3 encrypts an object where it lies (SSE).
///
/// ```
/// use secretfetch_testkit::{FakeSecretStore, ObjectEncryption};
///
/// let fake = FakeSecretStore::new();
/// fake.create_bucket("acme-config");
/// let key = ObjectEncryption::kms("arn:aws:kms:us-east-1:123456789012:key/1234abcd");
/// fake.put_encrypted_object("acme-config", "app/key.pem", "a key", key);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ObjectEncryption {
    /// Not at all: an object from before 2023, when S3 began to encrypt all new ones.
    None,
    /// With a key of S3 (`AES256`), which a reader needs no permission for.
    #[default]
    S3,
    /// With a key of KMS (`aws:kms`): its id, ARN or alias. Reading needs `kms:Decrypt` for it, unless it is
    /// `alias/aws/s3`.
    Kms(String),
    /// The same with a bucket key: what `kms:Decrypt` is asked for is the bucket, not the object.
    KmsBucketKey(String),
}

impl ObjectEncryption {
    /// With this key of KMS.
    pub fn kms(key_id: impl Into<String>) -> Self {
        ObjectEncryption::Kms(key_id.into())
    }

    /// With this key of KMS, by way of the bucket's own
    /// ([bucket keys](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html)).
    pub fn kms_with_bucket_key(key_id: impl Into<String>) -> Self {
        ObjectEncryption::KmsBucketKey(key_id.into())
    }

    /// The key of KMS, if there is one.
    pub(crate) fn kms_key(&self) -> Option<&str> {
        match self {
            ObjectEncryption::Kms(key) | ObjectEncryption::KmsBucketKey(key) => Some(key),
            ObjectEncryption::None | ObjectEncryption::S3 => None,
        }
    }
}
