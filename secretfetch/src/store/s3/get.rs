//! `GetObject` ([API](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)).

use super::client::Bucket;
use super::diagnosis::{self, Question};
use super::encoding::encoded;
use crate::error::Result;
use crate::secret::{Region, Secret, SecretRequest, SecretValue};

/// One object, its exact bytes.
pub(super) async fn fetch(bucket: &Bucket, region: &Region, request: &SecretRequest) -> Result<Secret> {
    let id = request.secret_id();
    let action = if request.version_id().is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
    if let Some(stage) = request.version_stage().filter(|stage| !stage.is_current()) {
        return Err(diagnosis::no_stage(id, stage));
    }
    let question = Question { key: Some(id), action, longest: bucket.max_bytes };
    let query = request.version_id().map(|version| format!("versionId={}", encoded(version.as_str(), b"")));
    let path = format!("/{}", encoded(id.as_str(), b"/"));
    let (mut response, region) = bucket.ask(region, &path, &query.unwrap_or_default(), question).await?;
    // Every object has one; the page of a proxy or a portal has another status, or none.
    if response.headers.get("etag").is_none() {
        return Err(diagnosis::not_s3("the answer is not one of S3", bucket.asked(question, &region)));
    }
    let bytes = std::mem::take(&mut *response.body);
    let mut secret = Secret::new(id.as_str(), SecretValue::from_bytes(bytes)).with_region(region);
    // Without versioning there is none, or one that is called `null`.
    let version = response.headers.get("x-amz-version-id").filter(|version| *version != "null");
    secret.version_id = version.and_then(|version| version.parse().ok());
    Ok(secret)
}
