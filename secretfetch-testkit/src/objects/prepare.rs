//! Buckets and objects by a test's own hands: no fault or policy is asked, and nothing is written down.

use secretfetch::Region;

use super::buckets::Versioning;
use super::encryption::ObjectEncryption;
use super::object::Content;
use super::refusal::ObjectRefusal;
use crate::fake::account::ACCOUNT;
use crate::fake::store::FakeSecretStore;

/// S3: buckets and objects, which `FakeSecretsManager` serves by S3's own protocol. [`fetch`](secretfetch::SecretStore::fetch)
/// knows nothing of them.
///
/// ```
/// use secretfetch_testkit::FakeSecretStore;
///
/// let fake = FakeSecretStore::new();
/// fake.create_bucket("acme-config");
/// let first = fake.put_object("acme-config", "app/tls.pem", "-----BEGIN…");
/// fake.put_object("acme-config", "app/tls.pem", "the next one");
/// assert_eq!(fake.object_versions("acme-config", "app/tls.pem")[0], first);
/// ```
impl FakeSecretStore {
    /// Creates a bucket of the account in the handle's [region](FakeSecretStore::region), with versioning on.
    ///
    /// Buckets of all regions share their names: for one elsewhere, take a handle there by
    /// [`in_region`](FakeSecretStore::in_region).
    #[track_caller]
    pub fn create_bucket(&self, name: &str) {
        self.create_bucket_of(ACCOUNT, name);
    }

    /// Creates a bucket of another account, with this number. Whoever may read it by their own policies is allowed to.
    #[track_caller]
    pub fn create_bucket_of(&self, owner: &str, name: &str) {
        let mut buckets = self.shared().buckets();
        let result = match buckets.contains(name) {
            true => Err(ObjectRefusal::BucketTaken(name.to_owned())),
            false => buckets.create(name, self.region(), owner, Versioning::Enabled),
        };
        drop(buckets);
        expect(result, "create the bucket", name);
    }

    /// Puts an object, the newest version under this key; the version's id.
    #[track_caller]
    pub fn put_object(&self, bucket: &str, key: &str, bytes: impl AsRef<[u8]>) -> String {
        self.put_encrypted_object(bucket, key, bytes, ObjectEncryption::default())
    }

    /// As [`put_object`](FakeSecretStore::put_object), with a say in how it is encrypted.
    #[track_caller]
    pub fn put_encrypted_object(
        &self,
        bucket: &str,
        key: &str,
        bytes: impl AsRef<[u8]>,
        encryption: ObjectEncryption,
    ) -> String {
        let content = Content::new(bytes.as_ref(), None, encryption);
        let now = self.shared().now();
        let result = self.shared().buckets().put(bucket, key, content, now);
        expect(result, "put the object", &format!("{bucket}/{key}"))
    }

    /// Deletes an object by a delete marker, which hides its versions; the marker's id.
    #[track_caller]
    pub fn delete_object(&self, bucket: &str, key: &str) -> String {
        let now = self.shared().now();
        let result = self.shared().buckets().delete(bucket, key, now);
        // Without versioning, which only a request can have turned off, there is no marker.
        expect(result, "delete the object", &format!("{bucket}/{key}")).unwrap_or_default()
    }

    /// The ids of an object's versions and delete markers, the oldest first.
    #[track_caller]
    pub fn object_versions(&self, bucket: &str, key: &str) -> Vec<String> {
        let buckets = self.shared().buckets();
        let found = buckets.find(bucket).map(|bucket| bucket.version_ids(key));
        expect(found, "find the bucket", bucket)
    }

    /// The region of a bucket.
    #[track_caller]
    pub fn bucket_region(&self, name: &str) -> Region {
        let buckets = self.shared().buckets();
        expect(buckets.find(name).map(|bucket| bucket.region.clone()), "find the bucket", name)
    }
}

#[track_caller]
fn expect<T>(result: Result<T, ObjectRefusal>, what: &str, name: &str) -> T {
    match result {
        Ok(value) => value,
        Err(refusal) => panic!("cannot {what} {name:?} in the fake: {refusal}"),
    }
}
