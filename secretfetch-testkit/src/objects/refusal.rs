//! How S3 says no.

use std::fmt;

use secretfetch::Region;

/// One refusal of S3. `Display` is the service's own wording.
///
/// Source: "Error responses" in the API reference of Amazon S3; the texts are those of answers in public reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ObjectRefusal {
    NoSuchBucket(String),
    /// With the delete marker's version, if there is one in the object's place.
    NoSuchKey {
        key: String,
        marker: Option<String>,
    },
    NoSuchVersion {
        key: String,
        version: String,
    },
    /// The version that was asked for is a delete marker.
    IsDeleteMarker {
        method: String,
        version: String,
    },
    MethodNotAllowed {
        method: String,
    },
    InvalidArgument {
        message: &'static str,
        name: &'static str,
        value: String,
    },
    AccessDenied,
    /// By the account's policies.
    NotAuthorized {
        caller: String,
        action: String,
        resource: String,
        why: String,
    },
    KmsNotAuthorized {
        caller: String,
    },
    /// The bucket is in another region than the endpoint.
    PermanentRedirect {
        bucket: String,
        region: Region,
    },
    /// The endpoint is of the bucket's region, the signature of another.
    WrongRegion {
        signed: Region,
        region: Region,
    },
    BucketTaken(String),
    BucketOwned(String),
    IllegalLocation(String),
    InvalidBucketName(String),
    KeyTooLong,
    MalformedXml,
    InvalidUri,
    NotImplemented,
    IncompleteBody,
    MissingContentHash,
    WrongContentHash,
    InvalidAccessKeyId(String),
    InvalidToken,
    ExpiredToken,
    SignatureDoesNotMatch,
    RequestTimeTooSkewed,
    MalformedAuthorization(String),
    SlowDown,
    InternalError,
    ServiceUnavailable,
}

impl ObjectRefusal {
    /// The status and `Code`.
    pub(crate) fn code(&self) -> (u16, &'static str) {
        match self {
            ObjectRefusal::NoSuchBucket(_) => (404, "NoSuchBucket"),
            ObjectRefusal::NoSuchKey { .. } => (404, "NoSuchKey"),
            ObjectRefusal::NoSuchVersion { .. } => (404, "NoSuchVersion"),
            ObjectRefusal::IsDeleteMarker { .. } | ObjectRefusal::MethodNotAllowed { .. } => (405, "MethodNotAllowed"),
            ObjectRefusal::InvalidArgument { .. } => (400, "InvalidArgument"),
            ObjectRefusal::AccessDenied
            | ObjectRefusal::NotAuthorized { .. }
            | ObjectRefusal::KmsNotAuthorized { .. } => (403, "AccessDenied"),
            ObjectRefusal::PermanentRedirect { .. } => (301, "PermanentRedirect"),
            ObjectRefusal::WrongRegion { .. } | ObjectRefusal::MalformedAuthorization(_) => {
                (400, "AuthorizationHeaderMalformed")
            }
            ObjectRefusal::BucketTaken(_) => (409, "BucketAlreadyExists"),
            ObjectRefusal::BucketOwned(_) => (409, "BucketAlreadyOwnedByYou"),
            ObjectRefusal::IllegalLocation(_) => (400, "IllegalLocationConstraintException"),
            ObjectRefusal::InvalidBucketName(_) => (400, "InvalidBucketName"),
            ObjectRefusal::KeyTooLong => (400, "KeyTooLongError"),
            ObjectRefusal::MalformedXml => (400, "MalformedXML"),
            ObjectRefusal::InvalidUri => (400, "InvalidURI"),
            ObjectRefusal::NotImplemented => (501, "NotImplemented"),
            ObjectRefusal::IncompleteBody => (400, "IncompleteBody"),
            ObjectRefusal::MissingContentHash => (400, "InvalidRequest"),
            ObjectRefusal::WrongContentHash => (400, "XAmzContentSHA256Mismatch"),
            ObjectRefusal::InvalidAccessKeyId(_) => (403, "InvalidAccessKeyId"),
            ObjectRefusal::InvalidToken => (400, "InvalidToken"),
            ObjectRefusal::ExpiredToken => (400, "ExpiredToken"),
            ObjectRefusal::SignatureDoesNotMatch => (403, "SignatureDoesNotMatch"),
            ObjectRefusal::RequestTimeTooSkewed => (403, "RequestTimeTooSkewed"),
            ObjectRefusal::SlowDown => (503, "SlowDown"),
            ObjectRefusal::InternalError => (500, "InternalError"),
            ObjectRefusal::ServiceUnavailable => (503, "ServiceUnavailable"),
        }
    }

    /// The further elements of the error, which tell what it is about.
    pub(crate) fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            ObjectRefusal::NoSuchBucket(bucket)
            | ObjectRefusal::BucketTaken(bucket)
            | ObjectRefusal::BucketOwned(bucket)
            | ObjectRefusal::InvalidBucketName(bucket) => vec![("BucketName", bucket.clone())],
            ObjectRefusal::NoSuchKey { key, .. } => vec![("Key", key.clone())],
            ObjectRefusal::NoSuchVersion { key, version } => {
                vec![("Key", key.clone()), ("VersionId", version.clone())]
            }
            ObjectRefusal::IsDeleteMarker { method, .. } => {
                vec![("Method", method.clone()), ("ResourceType", "DeleteMarker".to_owned())]
            }
            ObjectRefusal::MethodNotAllowed { method } => vec![("Method", method.clone())],
            ObjectRefusal::InvalidArgument { name, value, .. } => {
                vec![("ArgumentName", (*name).to_owned()), ("ArgumentValue", value.clone())]
            }
            ObjectRefusal::PermanentRedirect { bucket, region } => {
                vec![("Endpoint", format!("{bucket}.s3.{region}.{}", domain(region))), ("Bucket", bucket.clone())]
            }
            ObjectRefusal::WrongRegion { region, .. } => vec![("Region", region.to_string())],
            ObjectRefusal::InvalidAccessKeyId(id) => vec![("AWSAccessKeyId", id.clone())],
            _ => Vec::new(),
        }
    }

    /// The headers that a client may go by, which has no body to read when it asked by `HEAD`.
    pub(crate) fn headers(&self) -> Vec<(&'static str, String)> {
        match self {
            ObjectRefusal::NoSuchKey { marker: Some(version), .. } => {
                vec![("x-amz-delete-marker", "true".to_owned()), ("x-amz-version-id", version.clone())]
            }
            ObjectRefusal::IsDeleteMarker { version, .. } => vec![
                ("allow", "DELETE".to_owned()),
                ("x-amz-delete-marker", "true".to_owned()),
                ("x-amz-version-id", version.clone()),
            ],
            ObjectRefusal::PermanentRedirect { region, .. } | ObjectRefusal::WrongRegion { region, .. } => {
                vec![("x-amz-bucket-region", region.to_string())]
            }
            _ => Vec::new(),
        }
    }
}

/// The domain of a region's endpoints.
fn domain(region: &Region) -> &'static str {
    if region.partition() == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
}

impl fmt::Display for ObjectRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObjectRefusal::NotAuthorized { caller, action, resource, why } => {
                write!(f, "User: {caller} is not authorized to perform: {action} on resource: \"{resource}\" {why}")
            }
            ObjectRefusal::KmsNotAuthorized { caller } => write!(
                f,
                "User: {caller} is not authorized to perform: kms:Decrypt on the resource associated with this \
                 ciphertext because the resource does not exist in this Region, no resource-based policies allow \
                 access, or a resource-based policy explicitly denies access"
            ),
            ObjectRefusal::WrongRegion { signed, region } => {
                write!(f, "The authorization header is malformed; the region '{signed}' is wrong; expecting '{region}'")
            }
            ObjectRefusal::MalformedAuthorization(why) => write!(f, "The authorization header is malformed; {why}"),
            ObjectRefusal::IllegalLocation(location) => write!(
                f,
                "The {location} location constraint is incompatible for the region specific endpoint this request was \
                 sent to."
            ),
            ObjectRefusal::InvalidArgument { message, .. } => f.write_str(message),
            _ => f.write_str(self.text()),
        }
    }
}

impl ObjectRefusal {
    fn text(&self) -> &'static str {
        match self {
            ObjectRefusal::NoSuchBucket(_) => "The specified bucket does not exist",
            ObjectRefusal::NoSuchKey { .. } => "The specified key does not exist.",
            ObjectRefusal::NoSuchVersion { .. } => "The specified version does not exist.",
            ObjectRefusal::IsDeleteMarker { .. } | ObjectRefusal::MethodNotAllowed { .. } => {
                "The specified method is not allowed against this resource."
            }
            ObjectRefusal::PermanentRedirect { .. } => {
                "The bucket you are attempting to access must be addressed using the specified endpoint. Please send \
                 all future requests to this endpoint."
            }
            ObjectRefusal::BucketTaken(_) => {
                "The requested bucket name is not available. The bucket namespace is shared by all users of the \
                 system. Please select a different name and try again."
            }
            ObjectRefusal::BucketOwned(_) => {
                "Your previous request to create the named bucket succeeded and you already own it."
            }
            ObjectRefusal::InvalidBucketName(_) => "The specified bucket is not valid.",
            ObjectRefusal::KeyTooLong => "Your key is too long",
            ObjectRefusal::MalformedXml => {
                "The XML you provided was not well-formed or did not validate against our published schema"
            }
            ObjectRefusal::InvalidUri => "Couldn't parse the specified URI.",
            ObjectRefusal::NotImplemented => {
                "A header or query you provided implies functionality that is not implemented."
            }
            ObjectRefusal::IncompleteBody => "The request body terminated unexpectedly",
            ObjectRefusal::MissingContentHash => "Missing required header for this request: x-amz-content-sha256",
            ObjectRefusal::WrongContentHash => {
                "The provided 'x-amz-content-sha256' header does not match what was computed."
            }
            ObjectRefusal::InvalidAccessKeyId(_) => "The AWS Access Key Id you provided does not exist in our records.",
            ObjectRefusal::InvalidToken => "The provided token is malformed or otherwise invalid.",
            ObjectRefusal::ExpiredToken => "The provided token has expired.",
            ObjectRefusal::SignatureDoesNotMatch => {
                "The request signature we calculated does not match the signature you provided. Check your key and \
                 signing method."
            }
            ObjectRefusal::RequestTimeTooSkewed => {
                "The difference between the request time and the current time is too large."
            }
            ObjectRefusal::SlowDown => "Please reduce your request rate.",
            ObjectRefusal::InternalError => "We encountered an internal error. Please try again.",
            ObjectRefusal::ServiceUnavailable => "Service is unable to handle request.",
            _ => "Access Denied",
        }
    }
}
