//! Whether the account's policies allow a request to S3.
//!
//! Source of the keys: "Actions, resources, and condition keys for Amazon S3" in the Service Authorization Reference,
//! and "Protecting data with SSE-KMS" in the User Guide of Amazon S3.

use std::time::SystemTime;

use secretfetch::Region;

use super::encryption::ObjectEncryption;
use super::refusal::ObjectRefusal;
use crate::calendar;
use crate::iam::access::Iam;
use crate::iam::request::{Caller, Circumstances, Request};

/// Who asks for a bucket, where and when.
pub(crate) struct Permission<'a> {
    /// `None` while everything is allowed.
    pub(crate) iam: Option<&'a Iam>,
    pub(crate) caller: &'a Caller,
    pub(crate) region: &'a Region,
    pub(crate) now: SystemTime,
    pub(crate) bucket: &'a str,
    /// The number of the account that has the bucket.
    pub(crate) owner: &'a str,
    /// Condition keys that the request says itself.
    pub(crate) conditions: Vec<(&'static str, String)>,
}

impl Permission<'_> {
    /// Whether the caller may do this (`s3:GetObject`) with the bucket, or with the object of the key.
    pub(crate) fn check(&self, action: &str, key: Option<&str>) -> Result<(), ObjectRefusal> {
        let Some(iam) = self.iam else { return Ok(()) };
        let circumstances = self.circumstances();
        let (caller, resource) = (self.caller, self.arn(key));
        let request = Request { caller, action: action.to_owned(), resource, circumstances: &circumstances };
        iam.decide(&request, None).map_err(|denial| {
            if self.owner == caller.account() {
                let Request { action, resource, .. } = request;
                ObjectRefusal::NotAuthorized { caller: caller.arn.clone(), action, resource, why: denial.to_string() }
            } else {
                // To another account the service gives no reasons.
                ObjectRefusal::AccessDenied
            }
        })
    }

    /// Whether the caller may use the key that an object is, or is to be, encrypted with.
    pub(crate) fn check_key(
        &self,
        operations: &[&str],
        encryption: &ObjectEncryption,
        key: &str,
    ) -> Result<(), ObjectRefusal> {
        let (Some(iam), Some(kms_key)) = (self.iam, encryption.kms_key()) else { return Ok(()) };
        // The service's own key is for everyone in the account.
        if kms_key.ends_with("alias/aws/s3") {
            return Ok(());
        }
        let (caller, region) = (self.caller, self.region);
        let resource = kms_key_arn(kms_key, region, self.owner);
        let about = if matches!(encryption, ObjectEncryption::KmsBucketKey(_)) { None } else { Some(key) };
        let mut circumstances = self.circumstances();
        circumstances.set("kms:ViaService", vec![format!("s3.{region}.amazonaws.com")]);
        circumstances.set("kms:EncryptionContext:aws:s3:arn", vec![self.arn(about)]);
        circumstances.set("kms:EncryptionContextKeys", vec!["aws:s3:arn".to_owned()]);
        circumstances.set("kms:CallerAccount", vec![caller.account().to_owned()]);
        let allowed = operations.iter().all(|operation| {
            let (action, resource) = (format!("kms:{operation}"), resource.clone());
            iam.may_use_key(&Request { caller, action, resource, circumstances: &circumstances })
        });
        if allowed { Ok(()) } else { Err(ObjectRefusal::KmsNotAuthorized { caller: caller.arn.clone() }) }
    }

    fn arn(&self, key: Option<&str>) -> String {
        arn(self.region, self.bucket, key)
    }

    fn circumstances(&self) -> Circumstances {
        let caller = self.caller;
        let mut circumstances = Circumstances::default();
        for (key, value) in [
            ("aws:PrincipalArn", caller.identity_arn()),
            ("aws:PrincipalAccount", caller.account().to_owned()),
            ("aws:PrincipalType", "AssumedRole".to_owned()),
            ("aws:RequestedRegion", self.region.to_string()),
            ("aws:CurrentTime", calendar::iso8601(self.now)),
            ("aws:SecureTransport", "true".to_owned()),
            ("aws:ResourceAccount", self.owner.to_owned()),
            ("s3:ResourceAccount", self.owner.to_owned()),
            ("aws:SourceIp", "127.0.0.1".to_owned()),
        ] {
            circumstances.set(key, vec![value]);
        }
        for (key, value) in &caller.tags {
            circumstances.set(&format!("aws:PrincipalTag/{key}"), vec![value.clone()]);
        }
        for (key, value) in &self.conditions {
            circumstances.set(key, vec![value.clone()]);
        }
        circumstances
    }
}

/// The ARN of a bucket, or of an object in it.
pub(crate) fn arn(region: &Region, bucket: &str, key: Option<&str>) -> String {
    let bucket = format!("arn:{}:s3:::{bucket}", region.partition());
    key.map_or_else(|| bucket.clone(), |key| format!("{bucket}/{key}"))
}

/// The ARN of a key of KMS by any of its names.
pub(crate) fn kms_key_arn(key: &str, region: &Region, account: &str) -> String {
    if key.starts_with("arn:") {
        return key.to_owned();
    }
    let resource = if key.starts_with("alias/") { key.to_owned() } else { format!("key/{key}") };
    format!("arn:{}:kms:{region}:{account}:{resource}", region.partition())
}
