//! What a call does, and its answer.

use std::sync::Arc;
use std::time::SystemTime;

use hyper::body::Bytes;
use secretfetch::Region;

use super::address::Endpoint;
use super::call::Call;
use super::list::NAMESPACE;
use super::{chunked, list};
use crate::calendar;
use crate::fake::account::ACCOUNT;
use crate::fake::log::Operation;
use crate::fake::shared::Shared;
use crate::iam::access::Iam;
use crate::iam::request::Caller;
use crate::objects::authorization::{Permission, kms_key_arn};
use crate::objects::buckets::{Bucket, Buckets, Versioning};
use crate::objects::encryption::ObjectEncryption;
use crate::objects::object::{Content, Version};
use crate::objects::refusal::ObjectRefusal;
use crate::server::answer::Answer;
use crate::server::message::Message;
use crate::server::xml::text;

const SERVER_SIDE_ENCRYPTION: &str = "x-amz-server-side-encryption";
const KMS_KEY_ID: &str = "x-amz-server-side-encryption-aws-kms-key-id";
const BUCKET_KEY: &str = "x-amz-server-side-encryption-bucket-key-enabled";

/// A call, by whom, and where it was sent.
pub(super) struct Performance<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) message: &'a Message,
    pub(super) call: &'a Call,
    /// That the call is signed for.
    pub(super) region: &'a Region,
    pub(super) caller: &'a Caller,
}

impl Performance<'_> {
    pub(super) fn answer(&self) -> Result<Answer, ObjectRefusal> {
        let now = self.shared.now();
        let iam = self.shared.iam();
        let buckets = &mut *self.shared.buckets();
        if self.call.operation == Operation::CreateBucket {
            let permission = self.permission(iam.as_deref(), now, self.caller.account());
            permission.check(self.call.action(), None)?;
            return self.create_bucket(buckets);
        }
        let bucket = self.bucket(buckets)?;
        let owner = bucket.owner.clone();
        let permission = self.permission(iam.as_deref(), now, &owner);
        let key = self.call.address.key.as_deref();
        permission.check(self.call.action(), key)?;
        match self.call.operation {
            Operation::GetObject | Operation::HeadObject => self.object(bucket, &permission),
            Operation::ListObjectsV2 => self.list(bucket),
            Operation::PutObject => self.put(buckets, &permission),
            Operation::DeleteObject => self.delete(buckets, now),
            Operation::PutBucketVersioning => self.set_versioning(buckets),
            Operation::GetBucketLocation => Ok(location(&bucket.region)),
            _ => Ok(Answer::bytes(200, "application/xml", Bytes::new())
                .with_text_header("x-amz-bucket-region", bucket.region.as_str())),
        }
    }

    fn permission<'a>(&'a self, iam: Option<&'a Iam>, now: SystemTime, owner: &'a str) -> Permission<'a> {
        let (caller, region, bucket) = (self.caller, self.region, self.call.bucket());
        let mut conditions = Vec::new();
        if self.call.operation == Operation::ListObjectsV2 {
            for (condition, parameter) in
                [("s3:prefix", "prefix"), ("s3:delimiter", "delimiter"), ("s3:max-keys", "max-keys")]
            {
                conditions.extend(self.call.parameter(parameter).map(|value| (condition, value.to_owned())));
            }
        }
        conditions.extend(self.call.parameter("versionId").map(|id| ("s3:VersionId", id.to_owned())));
        Permission { iam, caller, region, now, bucket, owner, conditions }
    }

    /// The bucket, if the request has come to the right place for it.
    fn bucket<'b>(&self, buckets: &'b Buckets) -> Result<&'b Bucket, ObjectRefusal> {
        let name = self.call.bucket();
        let bucket = buckets.find(name)?;
        // Each partition has its own buckets.
        if bucket.region.partition() != self.region.partition() {
            return Err(ObjectRefusal::NoSuchBucket(name.to_owned()));
        }
        let (signed, region) = (self.region.clone(), bucket.region.clone());
        let endpoint = match &self.call.address.endpoint {
            Endpoint::In(endpoint) => endpoint,
            Endpoint::OfBucket => &bucket.region,
            Endpoint::AsSigned => self.region,
        };
        // One may ask elsewhere where a bucket is, but not by a signature of a third place (aws/aws-sdk-cpp#1339).
        let has_to_be_here = self.call.operation != Operation::GetBucketLocation || *endpoint != signed;
        if has_to_be_here && *endpoint != region {
            return Err(ObjectRefusal::PermanentRedirect { bucket: name.to_owned(), region });
        }
        if has_to_be_here && signed != region {
            return Err(ObjectRefusal::WrongRegion { signed, region });
        }
        match self.message.header("x-amz-expected-bucket-owner") {
            Some(owner) if owner != bucket.owner => Err(ObjectRefusal::AccessDenied),
            _ => Ok(bucket),
        }
    }

    fn object(&self, bucket: &Bucket, permission: &Permission<'_>) -> Result<Answer, ObjectRefusal> {
        let (key, id) = (self.call.key(), self.call.parameter("versionId"));
        // Whether a key is there is only for those who may list the keys.
        let version = bucket.version(key, id).or_else(|refusal| {
            if matches!(refusal, ObjectRefusal::NoSuchKey { .. } | ObjectRefusal::NoSuchVersion { .. }) {
                permission.check("s3:ListBucket", None)?;
            }
            Err(refusal)
        })?;
        let Some(content) = &version.content else {
            if id.is_some() {
                let method = self.message.method().to_string();
                return Err(ObjectRefusal::IsDeleteMarker { method, version: version.id.clone() });
            }
            permission.check("s3:ListBucket", None)?;
            return Err(ObjectRefusal::NoSuchKey { key: key.to_owned(), marker: Some(version.id.clone()) });
        };
        permission.check_key(&["Decrypt"], &content.encryption, key)?;
        let answer = Answer::bytes(200, "binary/octet-stream", Bytes::from_owner(Arc::clone(&content.bytes)))
            .with_text_header("content-type", &content.content_type)
            .with_text_header("accept-ranges", "bytes")
            .with_text_header("last-modified", &calendar::http_date(version.modified));
        Ok(self.described(answer, bucket, version, content))
    }

    /// With what headers tell of a version.
    fn described(&self, answer: Answer, bucket: &Bucket, version: &Version, content: &Content) -> Answer {
        let answer = answer.with_text_header("etag", &content.etag);
        let answer = match bucket.versioning {
            Versioning::Off => answer,
            Versioning::Enabled | Versioning::Suspended => answer.with_text_header("x-amz-version-id", &version.id),
        };
        let of_key = |answer: Answer, key| {
            let key = kms_key_arn(key, &bucket.region, &bucket.owner);
            answer.with_text_header(SERVER_SIDE_ENCRYPTION, "aws:kms").with_text_header(KMS_KEY_ID, &key)
        };
        match &content.encryption {
            ObjectEncryption::None => answer,
            ObjectEncryption::S3 => answer.with_text_header(SERVER_SIDE_ENCRYPTION, "AES256"),
            ObjectEncryption::Kms(key) => of_key(answer, key),
            ObjectEncryption::KmsBucketKey(key) => of_key(answer, key).with_text_header(BUCKET_KEY, "true"),
        }
    }

    fn list(&self, bucket: &Bucket) -> Result<Answer, ObjectRefusal> {
        let listing = list::listing(self.call)?;
        let page = listing.page(bucket, |index| self.shared.pages().size(index))?;
        let body = list::write(self.call, &listing, &page);
        Ok(Answer::text(200, "application/xml", body).with_text_header("x-amz-bucket-region", bucket.region.as_str()))
    }

    fn put(&self, buckets: &mut Buckets, permission: &Permission<'_>) -> Result<Answer, ObjectRefusal> {
        let encryption = self.encryption()?;
        let (name, key) = (self.call.bucket(), self.call.key());
        permission.check_key(&["GenerateDataKey"], &encryption, key)?;
        let bytes = chunked::content(self.message)?;
        let content = Content::new(&bytes, self.message.header("content-type"), encryption);
        let id = buckets.put(name, key, content, permission.now)?;
        let bucket = buckets.find(name)?;
        let version = bucket.version(key, Some(&id))?;
        let answer = Answer::bytes(200, "application/xml", Bytes::new());
        Ok(version.content.iter().fold(answer, |answer, content| self.described(answer, bucket, version, content)))
    }

    fn encryption(&self) -> Result<ObjectEncryption, ObjectRefusal> {
        match self.message.header(SERVER_SIDE_ENCRYPTION) {
            None | Some("AES256") => Ok(ObjectEncryption::S3),
            Some("aws:kms") => {
                let key = self.message.header(KMS_KEY_ID).unwrap_or("alias/aws/s3");
                let has_bucket_key = self.message.header(BUCKET_KEY).is_some_and(|value| value == "true");
                Ok(if has_bucket_key { ObjectEncryption::kms_with_bucket_key(key) } else { ObjectEncryption::kms(key) })
            }
            Some(other) => Err(ObjectRefusal::InvalidArgument {
                message: "The encryption method specified is not supported",
                name: SERVER_SIDE_ENCRYPTION,
                value: other.to_owned(),
            }),
        }
    }

    fn delete(&self, buckets: &mut Buckets, now: SystemTime) -> Result<Answer, ObjectRefusal> {
        let (bucket, key) = (self.call.bucket(), self.call.key());
        let answer = Answer::bytes(204, "application/xml", Bytes::new());
        let (id, is_marker) = match self.call.parameter("versionId") {
            Some(id) => (Some(id.to_owned()), buckets.delete_version(bucket, key, id)?),
            None => {
                let marker = buckets.delete(bucket, key, now)?;
                let is_marker = marker.is_some();
                (marker, is_marker)
            }
        };
        let answer = id.iter().fold(answer, |answer, id| answer.with_text_header("x-amz-version-id", id));
        Ok(if is_marker { answer.with_text_header("x-amz-delete-marker", "true") } else { answer })
    }

    fn set_versioning(&self, buckets: &mut Buckets) -> Result<Answer, ObjectRefusal> {
        let versioning = match self.element("Status")? {
            Some("Enabled") => Versioning::Enabled,
            Some("Suspended") => Versioning::Suspended,
            _ => return Err(ObjectRefusal::MalformedXml),
        };
        buckets.set_versioning(self.call.bucket(), versioning)?;
        Ok(Answer::bytes(200, "application/xml", Bytes::new()))
    }

    fn create_bucket(&self, buckets: &mut Buckets) -> Result<Answer, ObjectRefusal> {
        let endpoint = match &self.call.address.endpoint {
            Endpoint::In(region) => region,
            Endpoint::OfBucket | Endpoint::AsSigned => self.region,
        };
        let region = match self.element("LocationConstraint")? {
            // The first region takes buckets for all others, and has no constraint of its own.
            Some(location) if endpoint.as_str() == "us-east-1" || location == endpoint.as_str() => location,
            None if endpoint.as_str() == "us-east-1" => endpoint.as_str(),
            other => return Err(ObjectRefusal::IllegalLocation(other.unwrap_or("unspecified").to_owned())),
        };
        let region = region.parse().map_err(|_| ObjectRefusal::IllegalLocation(region.to_owned()))?;
        let name = self.call.bucket();
        let owner = if self.caller.account().is_empty() { ACCOUNT } else { self.caller.account() };
        buckets.create(name, &region, owner, Versioning::Off)?;
        Ok(Answer::bytes(200, "application/xml", Bytes::new()).with_text_header("location", &format!("/{name}")))
    }

    /// What stands in an element of the body; `None` where there is none. No element of these requests has more than a
    /// word in it.
    fn element(&self, name: &str) -> Result<Option<&str>, ObjectRefusal> {
        let body = std::str::from_utf8(&self.message.body).map_err(|_| ObjectRefusal::MalformedXml)?;
        let Some((_, rest)) = body.split_once(&format!("<{name}>")) else { return Ok(None) };
        let (content, _) = rest.split_once(&format!("</{name}>")).ok_or(ObjectRefusal::MalformedXml)?;
        Ok(Some(content.trim()))
    }
}

fn location(region: &Region) -> Answer {
    let mut body = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // The first region has an empty one.
    let constraint = if region.as_str() == "us-east-1" { "" } else { region.as_str() };
    text(&mut body, "LocationConstraint", constraint);
    let body = body.replacen("<LocationConstraint>", &format!("<LocationConstraint xmlns=\"{NAMESPACE}\">"), 1);
    Answer::text(200, "application/xml", body)
}
