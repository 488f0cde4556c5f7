//! Why an object was not answered, for a person to act on.

use super::api::S3;
use super::xml::Refused;
use crate::bounds::Bytes;
use crate::error::{Error, ErrorKind, Failure};
use crate::secret::{Region, SecretId, VersionStage};
use crate::store::identity::{Answer, Refusal, Thing, credentials_refused, denied, key_denied, service_refused};
use crate::store::signed::Unanswered;
use crate::store::transport::Response;
use crate::text::quoted;

/// What codes of KMS begin with that S3 passes on.
const KMS: &str = "KMS.";

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    /// The object's key; `None` where the bucket is listed.
    pub(super) key: Option<&'a SecretId>,
    pub(super) action: &'static str,
    /// The most bytes of the answer.
    pub(super) longest: u64,
}

/// What was asked for when it failed, and where.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) question: Question<'a>,
    pub(super) bucket: &'a str,
    /// Whether the bucket must be of a certain account.
    pub(super) has_owner: bool,
    pub(super) region: &'a Region,
    /// Host and port, if they are configured.
    pub(super) endpoint: Option<&'a str>,
}

impl Asked<'_> {
    fn about(self, failure: Failure) -> Failure {
        let failure = failure.with_region(Some(self.region));
        match self.question.key {
            Some(key) => failure.with_secret_id(key),
            None => failure,
        }
    }
}

/// Diagnoses a refusal.
pub(super) fn refused(refused: &Refused, response: &Response, asked: Asked<'_>) -> Error {
    let code = refused.code.as_deref();
    let answer = Answer { code, message: refused.message.as_deref(), status: Some(response.status) };
    let message = answer.message();
    let bucket = quoted(asked.bucket);
    let region = asked.region;
    let thing = Thing { noun: "object", action: asked.question.action, default_key: "aws/s3", arn: None, region };
    // Whether it is one for good is in the code of KMS itself.
    let own = Answer { code: code.map(|code| code.strip_prefix(KMS).unwrap_or(code)), ..answer };
    let failure = match (code, Refusal::of(&own)) {
        (Some("NoSuchKey"), _) => {
            Failure::new(ErrorKind::SecretNotFound, format!("the bucket {bucket} has no object with this key"))
                .with_hint(
                    "check the key, letter for letter: it has no slash at its beginning, unless it was stored so",
                )
        }
        (Some("NoSuchVersion"), _) => version_missing(),
        // An id of a version that S3 does not give.
        (Some("InvalidArgument"), _) if message == "Invalid version id specified" => version_missing(),
        (Some("MethodNotAllowed"), _) if response.headers.get("x-amz-delete-marker") == Some("true") => {
            Failure::new(ErrorKind::VersionNotFound, "the version is a delete marker: the object was deleted by it")
                .with_hint("`aws s3api list-object-versions` shows the versions that have a content")
        }
        // A bucket that does not exist is no object that `optional` could be about.
        (Some("NoSuchBucket"), _) => Failure::new(ErrorKind::Config, format!("there is no bucket {bucket}"))
            .with_hint("check the name of the bucket, and the partition that the region is in"),
        (Some("InvalidBucketName" | "InvalidArgument" | "KeyTooLongError" | "InvalidRequest" | "InvalidURI"), _) => {
            let what = format!("S3 does not accept the request ({})", answer.label());
            Failure::new(ErrorKind::Config, what).with_hint("check the bucket, the key and the version id")
        }
        (Some("InvalidObjectState"), _) => {
            Failure::new(ErrorKind::WrongShape, "the object is archived, and cannot be read before it is restored")
                .with_hint("restore it with `aws s3api restore-object`, or keep it in another storage class")
        }
        // What KMS says is passed on with the code of S3.
        (_, Refusal::Denied) if ["kms:", "KMS", "ciphertext"].iter().any(|word| message.contains(word)) => {
            key_denied(message, thing)
        }
        (Some(code), refusal) if code.starts_with(KMS) && !matches!(refusal, Refusal::Throttled | Refusal::Server) => {
            key_denied(message, thing)
        }
        (_, Refusal::Denied) => {
            let failure = denied(message, thing);
            let missing = match asked.question.key {
                Some(_) => {
                    "; without s3:ListBucket on the bucket S3 answers the same for an object that does not exist"
                }
                None => "",
            };
            let owner = match asked.has_owner {
                true => "; it answers so too where the bucket is not of `bucketOwner`",
                false => "",
            };
            Failure::new(ErrorKind::AccessDenied, failure.message()).with_hint(format!(
                "allow it in the role's policy, or to that role in the policy of the bucket {bucket}{missing}{owner}"
            ))
        }
        (_, refusal) => match credentials_refused(refusal, &answer) {
            // Credentials are no matter of one object.
            Some(failure) => return failure.into(),
            None => service_refused(refusal, &answer, S3.service, asked.endpoint),
        },
    };
    asked.about(failure).into()
}

fn version_missing() -> Failure {
    Failure::new(ErrorKind::VersionNotFound, "the object has no version with this id")
        .with_hint("`aws s3api list-object-versions` shows those that it has")
}

/// A bucket that is elsewhere, and where that is does not help.
pub(super) fn elsewhere(told: Option<&str>, asked: Asked<'_>) -> Error {
    let bucket = quoted(asked.bucket);
    let told = told.and_then(|region| region.parse::<Region>().ok());
    let failure = match told {
        Some(region) => Failure::new(ErrorKind::Config, format!("the bucket {bucket} is in {region}"))
            .with_hint("set the store's `region` to that; an endpoint URL serves one region"),
        None => Failure::new(ErrorKind::Config, format!("the bucket {bucket} is in another region"))
            .with_hint("set the store's `region` to the bucket's: `aws s3api get-bucket-location` tells it"),
    };
    asked.about(failure).into()
}

/// S3 knows no stages.
pub(super) fn no_stage(id: &SecretId, stage: &VersionStage) -> Error {
    let what = format!("an object has no version with the stage {}", quoted(stage.as_str()));
    let failure = Failure::new(ErrorKind::VersionNotFound, what).with_secret_id(id);
    failure.with_hint("give S3's id of the version as `versionId`").into()
}

/// Diagnoses a request without an answer.
pub(super) fn unanswered(unanswered: &Unanswered, asked: Asked<'_>) -> Error {
    match unanswered {
        Unanswered::Credentials(error) => error.clone(),
        Unanswered::NoAnswer(error) => error.clone().map_failures(|failure| asked.about(failure)),
        Unanswered::TooLarge => too_large(asked),
    }
}

/// An answer that is longer than it may be, for an object or for a listing.
pub(super) fn too_large(asked: Asked<'_>) -> Error {
    if asked.question.key.is_none() {
        let error = not_s3("the answer is larger than any of S3", asked);
        return error.map_failures(|failure| failure.with_retryable(false));
    }
    let what = format!("the object has more than {}", Bytes(asked.question.longest));
    let failure = Failure::new(ErrorKind::WrongShape, what);
    asked.about(failure.with_hint("`maxBytes` of the store sets how many it may have")).into()
}

/// An answer that is not one of S3.
pub(super) fn not_s3(what: &str, asked: Asked<'_>) -> Error {
    let failure = Failure::new(ErrorKind::InvalidResponse, what);
    asked.about(failure.with_hint("check the endpoint URL, and what proxy is in between")).into()
}
