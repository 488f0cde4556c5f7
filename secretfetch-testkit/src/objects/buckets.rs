//! The buckets that the fake has, under the service's rules.

use std::collections::BTreeMap;
use std::time::SystemTime;

use secretfetch::Region;

use super::object::{Content, NULL_VERSION, Version};
use super::refusal::ObjectRefusal;

/// The longest key, in bytes.
const LONGEST_KEY: usize = 1024;

/// All buckets, of whatever account: their names are unique in all of AWS.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    buckets: BTreeMap<String, Bucket>,
    /// How many versions there ever were, which the ids of the next ones are made of.
    versions: u64,
}

#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) region: Region,
    /// The number of the account that it is of.
    pub(crate) owner: String,
    pub(crate) versioning: Versioning,
    /// By key, the oldest version first.
    objects: BTreeMap<String, Vec<Version>>,
}

/// Whether a bucket keeps the versions of its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Versioning {
    /// It never has.
    Off,
    Enabled,
    Suspended,
}

impl Buckets {
    pub(crate) fn create(
        &mut self,
        name: &str,
        region: &Region,
        owner: &str,
        versioning: Versioning,
    ) -> Result<(), ObjectRefusal> {
        if !is_bucket_name(name) {
            return Err(ObjectRefusal::InvalidBucketName(name.to_owned()));
        }
        match self.buckets.get(name) {
            Some(bucket) if bucket.owner != owner => return Err(ObjectRefusal::BucketTaken(name.to_owned())),
            // In its oldest region the service keeps to what it did before there were others.
            Some(bucket) if bucket.region == *region && region.as_str() == "us-east-1" => return Ok(()),
            Some(_) => return Err(ObjectRefusal::BucketOwned(name.to_owned())),
            None => {}
        }
        let bucket = Bucket { region: region.clone(), owner: owner.to_owned(), versioning, objects: BTreeMap::new() };
        self.buckets.insert(name.to_owned(), bucket);
        Ok(())
    }

    pub(crate) fn find(&self, name: &str) -> Result<&Bucket, ObjectRefusal> {
        self.buckets.get(name).ok_or_else(|| ObjectRefusal::NoSuchBucket(name.to_owned()))
    }

    fn find_mut(&mut self, name: &str) -> Result<&mut Bucket, ObjectRefusal> {
        self.buckets.get_mut(name).ok_or_else(|| ObjectRefusal::NoSuchBucket(name.to_owned()))
    }

    /// The bucket whose name a host begins with, and what follows the name.
    pub(crate) fn at_host<'h>(&self, host: &'h str) -> Option<(&'h str, &'h str)> {
        let parted = |name: &String| host.strip_prefix(name.as_str())?.strip_prefix('.').map(|rest| (name.len(), rest));
        let longest = self.buckets.keys().filter_map(parted).max_by_key(|(length, _)| *length);
        longest.map(|(length, rest)| (&host[..length], rest))
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.buckets.contains_key(name)
    }

    pub(crate) fn set_versioning(&mut self, bucket: &str, versioning: Versioning) -> Result<(), ObjectRefusal> {
        self.find_mut(bucket)?.versioning = versioning;
        Ok(())
    }

    /// Puts an object; the id of its version.
    pub(crate) fn put(
        &mut self,
        bucket: &str,
        key: &str,
        content: Content,
        now: SystemTime,
    ) -> Result<String, ObjectRefusal> {
        check_key(key)?;
        self.add(bucket, key, Some(content), now)
    }

    /// Deletes an object, or hides it by a delete marker: the marker's id, if there is one.
    pub(crate) fn delete(&mut self, bucket: &str, key: &str, now: SystemTime) -> Result<Option<String>, ObjectRefusal> {
        if self.find(bucket)?.versioning != Versioning::Off {
            return self.add(bucket, key, None, now).map(Some);
        }
        self.find_mut(bucket)?.objects.remove(key);
        Ok(None)
    }

    /// Deletes one version for good: whether it was a delete marker. One that is not there counts as deleted.
    pub(crate) fn delete_version(&mut self, bucket: &str, key: &str, id: &str) -> Result<bool, ObjectRefusal> {
        check_version_id(id)?;
        let objects = &mut self.find_mut(bucket)?.objects;
        let Some(versions) = objects.get_mut(key) else { return Ok(false) };
        let deleted = versions.extract_if(.., |version| version.id == id).next();
        if versions.is_empty() {
            objects.remove(key);
        }
        Ok(deleted.is_some_and(|version| version.content.is_none()))
    }

    fn add(
        &mut self,
        bucket: &str,
        key: &str,
        content: Option<Content>,
        now: SystemTime,
    ) -> Result<String, ObjectRefusal> {
        let id = match self.find(bucket)?.versioning {
            Versioning::Enabled => {
                self.versions += 1;
                version_id(self.versions)
            }
            Versioning::Off | Versioning::Suspended => NULL_VERSION.to_owned(),
        };
        let versions = self.find_mut(bucket)?.objects.entry(key.to_owned()).or_default();
        versions.retain(|version| version.id != id);
        versions.push(Version { id: id.clone(), modified: now, content });
        Ok(id)
    }
}

impl Bucket {
    /// The version that a request means, be it a delete marker: the newest without an id.
    pub(crate) fn version(&self, key: &str, id: Option<&str>) -> Result<&Version, ObjectRefusal> {
        let versions = self.objects.get(key).map(Vec::as_slice).unwrap_or_default();
        let Some(id) = id else {
            return versions.last().ok_or_else(|| ObjectRefusal::NoSuchKey { key: key.to_owned(), marker: None });
        };
        check_version_id(id)?;
        let found = versions.iter().find(|version| version.id == id);
        found.ok_or_else(|| ObjectRefusal::NoSuchVersion { key: key.to_owned(), version: id.to_owned() })
    }

    /// The objects that can be read without a version, in the order of their keys' bytes.
    pub(crate) fn objects(&self) -> impl Iterator<Item = (&str, &Version, &Content)> {
        self.objects.iter().filter_map(|(key, versions)| {
            let newest = versions.last()?;
            Some((key.as_str(), newest, newest.content.as_ref()?))
        })
    }

    /// The ids of an object's versions and delete markers, the oldest first.
    pub(crate) fn version_ids(&self, key: &str) -> Vec<String> {
        self.objects.get(key).into_iter().flatten().map(|version| version.id.clone()).collect()
    }
}

fn check_key(key: &str) -> Result<(), ObjectRefusal> {
    if key.len() > LONGEST_KEY { Err(ObjectRefusal::KeyTooLong) } else { Ok(()) }
}

/// An id that S3 cannot have made is refused before the service looks for it.
fn check_version_id(id: &str) -> Result<(), ObjectRefusal> {
    let is_made = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if is_made || id == NULL_VERSION {
        return Ok(());
    }
    let message = if id.is_empty() { "Version id cannot be the empty string" } else { "Invalid version id specified" };
    Err(ObjectRefusal::InvalidArgument { message, name: "versionId", value: id.to_owned() })
}

/// Source: "General purpose bucket naming rules" in the User Guide of Amazon S3.
fn is_bucket_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    (3..=63).contains(&name.len())
        && name.bytes().all(allowed)
        && ends(name.as_bytes().first())
        && ends(name.as_bytes().last())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

/// An id as S3 makes them, 32 characters that mean nothing, and the same ones in every run.
fn version_id(ordinal: u64) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
    let mut state = ordinal;
    let mut next = || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        char::from(ALPHABET[(mixed >> 58) as usize])
    };
    (0..32).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::encryption::ObjectEncryption;
    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn content(text: &str) -> Content {
        Content::new(text.as_bytes(), None, ObjectEncryption::S3)
    }

    fn with(versioning: Versioning) -> Buckets {
        let mut buckets = Buckets::default();
        buckets.create("acme", &"us-east-1".parse().unwrap(), "1", versioning).unwrap();
        buckets
    }

    #[test]
    fn a_bucket_that_keeps_no_versions_has_the_last_one_alone() {
        let mut buckets = with(Versioning::Off);
        for text in ["one", "two"] {
            assert_eq!(buckets.put("acme", "k", content(text), NOW).unwrap(), "null");
        }
        assert_eq!(buckets.find("acme").unwrap().version_ids("k"), ["null"]);
        assert_eq!(buckets.delete("acme", "k", NOW).unwrap(), None);
        assert!(buckets.find("acme").unwrap().version("k", None).is_err());
    }

    #[test]
    fn a_deletion_hides_the_versions_and_deleting_its_marker_brings_them_back() {
        let mut buckets = with(Versioning::Enabled);
        let first = buckets.put("acme", "k", content("one"), NOW).unwrap();
        let marker = buckets.delete("acme", "k", NOW).unwrap().unwrap();
        let bucket = buckets.find("acme").unwrap();
        assert!(bucket.version("k", None).unwrap().content.is_none());
        assert_eq!(bucket.objects().count(), 0);
        assert_eq!(&*bucket.version("k", Some(&first)).unwrap().content.as_ref().unwrap().bytes, b"one");
        assert!(buckets.delete_version("acme", "k", &marker).unwrap());
        assert!(buckets.find("acme").unwrap().version("k", None).unwrap().content.is_some());
    }

    #[test]
    fn a_suspended_bucket_replaces_the_null_version_alone() {
        let mut buckets = with(Versioning::Enabled);
        let first = buckets.put("acme", "k", content("one"), NOW).unwrap();
        buckets.set_versioning("acme", Versioning::Suspended).unwrap();
        buckets.put("acme", "k", content("two"), NOW).unwrap();
        buckets.put("acme", "k", content("three"), NOW).unwrap();
        assert_eq!(buckets.find("acme").unwrap().version_ids("k"), [first.as_str(), "null"]);
    }

    #[test]
    fn version_ids_differ_and_look_like_those_of_s3() {
        let ids: std::collections::BTreeSet<String> = (0..500).map(version_id).collect();
        assert_eq!(ids.len(), 500);
        assert!(ids.iter().all(|id| check_version_id(id).is_ok()));
        for id in ["", "1", "00000000-0000-4000-8000-000000000000", "ééééééééééééééééééééééééééééééé"]
        {
            assert!(check_version_id(id).is_err(), "{id}");
        }
    }

    #[test]
    fn a_name_that_s3_gives_to_no_bucket_is_refused() {
        for name in ["", "ab", "Acme", "acme_config", "-acme", "acme.", "a..b", "192.168.0.1", &"a".repeat(64)] {
            assert!(!is_bucket_name(name), "{name}");
        }
        assert!(is_bucket_name("acme.config-2"));
    }
}
