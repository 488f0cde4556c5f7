//! What a request wants of a bucket or an object.

use hyper::Method;

use super::address::Address;
use crate::fake::log::Operation;
use crate::objects::refusal::ObjectRefusal;
use crate::server::message::Message;

/// One understood request.
pub(super) struct Call {
    pub(super) operation: Operation,
    pub(super) address: Address,
    parameters: Vec<(String, String)>,
}

impl Call {
    pub(super) fn parse(message: &Message, address: Address) -> Result<Self, ObjectRefusal> {
        let parameters: Vec<_> = form_urlencoded::parse(message.query().as_bytes()).into_owned().collect();
        // The SDKs name the operation, which the rest of the request says already.
        let has = |name: &str| parameters.iter().any(|(key, _)| key == name);
        let operation = match (message.method(), address.bucket.is_some(), address.key.is_some()) {
            (&Method::GET, true, true) => Operation::GetObject,
            (&Method::HEAD, true, true) => Operation::HeadObject,
            (&Method::PUT, true, true) if message.header("x-amz-copy-source").is_none() => Operation::PutObject,
            (&Method::DELETE, true, true) => Operation::DeleteObject,
            (&Method::GET, true, false) if has("location") => Operation::GetBucketLocation,
            (&Method::GET, true, false) if has("list-type") => Operation::ListObjectsV2,
            (&Method::HEAD, true, false) => Operation::HeadBucket,
            (&Method::PUT, true, false) if has("versioning") => Operation::PutBucketVersioning,
            (&Method::PUT, true, false) => Operation::CreateBucket,
            (&Method::POST, true, false) if !has("delete") => {
                return Err(ObjectRefusal::MethodNotAllowed { method: message.method().to_string() });
            }
            _ => return Err(ObjectRefusal::NotImplemented),
        };
        // What the fake does not do, it must not seem to have done.
        if parameters.iter().any(|(name, _)| name != "x-id" && !parameters_of(operation).contains(&name.as_str())) {
            return Err(ObjectRefusal::NotImplemented);
        }
        Ok(Call { operation, address, parameters })
    }

    pub(super) fn bucket(&self) -> &str {
        self.address.bucket.as_deref().unwrap_or_default()
    }

    pub(super) fn key(&self) -> &str {
        self.address.key.as_deref().unwrap_or_default()
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// What policies call it.
    pub(super) fn action(&self) -> &'static str {
        let of_version = self.parameter("versionId").is_some();
        match self.operation {
            Operation::GetObject | Operation::HeadObject if of_version => "s3:GetObjectVersion",
            Operation::GetObject | Operation::HeadObject => "s3:GetObject",
            Operation::DeleteObject if of_version => "s3:DeleteObjectVersion",
            Operation::DeleteObject => "s3:DeleteObject",
            Operation::PutObject => "s3:PutObject",
            Operation::GetBucketLocation => "s3:GetBucketLocation",
            Operation::CreateBucket => "s3:CreateBucket",
            Operation::PutBucketVersioning => "s3:PutBucketVersioning",
            _ => "s3:ListBucket",
        }
    }
}

fn parameters_of(operation: Operation) -> &'static [&'static str] {
    match operation {
        Operation::GetObject | Operation::HeadObject | Operation::DeleteObject => &["versionId"],
        Operation::GetBucketLocation => &["location"],
        Operation::PutBucketVersioning => &["versioning"],
        Operation::ListObjectsV2 => {
            &["list-type", "prefix", "delimiter", "max-keys", "start-after", "continuation-token", "encoding-type"]
        }
        _ => &[],
    }
}
