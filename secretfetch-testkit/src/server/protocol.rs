//! What a request over the wire asks: the operation, the region, and whether it is signed at all.

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use hyper::{Method, Request};
use secretfetch::Region;
use serde::de::DeserializeOwned;

use super::answer::Answer;
use crate::fake::log::Operation;

/// Far above the service's largest request, a secret of 64 KiB in base64.
const LARGEST_BODY: usize = 1 << 20;

/// One understood request.
pub(super) struct Call {
    pub(super) operation: Operation,
    pub(super) region: Region,
    body: Bytes,
}

impl Call {
    pub(super) fn input<T: DeserializeOwned>(&self) -> Result<T, Answer> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // serde_json's own message can quote a value.
            let what = if error.is_data() { "a member is missing or has the wrong type" } else { "not valid JSON" };
            Answer::error(400, "SerializationException", what)
        })
    }
}

pub(super) async fn parse(request: Request<Incoming>) -> Result<Call, Answer> {
    let operation = operation(&request)?;
    let region = region(&request)?;
    let body = match Limited::new(request.into_body(), LARGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Err(Answer::error(413, "RequestEntityTooLargeException", "The request body is over 1 MiB."));
        }
        Err(_) => return Err(Answer::error(400, "SerializationException", "The request body broke off.")),
    };
    Ok(Call { operation, region, body })
}

fn operation(request: &Request<Incoming>) -> Result<Operation, Answer> {
    let unknown = |message: &str| Answer::error(400, "UnknownOperationException", message);
    if request.method() != Method::POST || request.uri().path() != "/" {
        return Err(unknown("Secrets Manager takes POST / only."));
    }
    let json = |value: &str| value.split(';').next().is_some_and(|media| media.trim() == "application/x-amz-json-1.1");
    if !header(request, CONTENT_TYPE).is_some_and(json) {
        return Err(unknown("The Content-Type is not application/x-amz-json-1.1."));
    }
    let target = header(request, HeaderName::from_static("x-amz-target")).unwrap_or_default();
    let name = target.strip_prefix("secretsmanager.").ok_or_else(|| unknown("No x-amz-target: secretsmanager.…"))?;
    Operation::from_name(name).ok_or_else(|| unknown("The fake does not know this operation."))
}

/// The region in the signature's credential scope, `KEY/DATE/REGION/secretsmanager/aws4_request`.
///
/// The signature itself is not checked: a fake has no secret access key to check it with.
fn region(request: &Request<Incoming>) -> Result<Region, Answer> {
    let Some(authorization) = header(request, AUTHORIZATION) else {
        return Err(Answer::error(400, "MissingAuthenticationTokenException", "Missing Authentication Token"));
    };
    let incomplete = |message: &str| Answer::error(400, "IncompleteSignatureException", message);
    let parameters = authorization
        .strip_prefix("AWS4-HMAC-SHA256 ")
        .ok_or_else(|| incomplete("The Authorization header is not one of AWS4-HMAC-SHA256."))?;
    let parameter = |name: &str| {
        let mut all = parameters.split(',').filter_map(|parameter| parameter.trim().split_once('='));
        let found = all.find(|(key, _)| *key == name).map(|(_, value)| value).filter(|value| !value.is_empty());
        found.ok_or_else(|| incomplete(&format!("Authorization header requires '{name}' parameter.")))
    };
    let (credential, ..) = (parameter("Credential")?, parameter("SignedHeaders")?, parameter("Signature")?);
    match credential.rsplit('/').collect::<Vec<_>>().as_slice() {
        ["aws4_request", "secretsmanager", region, _date, _key, ..] => {
            region.parse().map_err(|_| incomplete("The credential scope's region is not the name of one."))
        }
        ["aws4_request", _service, _region, _date, _key, ..] => Err(Answer::error(
            400,
            "InvalidSignatureException",
            "Credential should be scoped to correct service: 'secretsmanager'. ",
        )),
        _ => Err(incomplete("Credential must have 5 parts: KEY/DATE/REGION/SERVICE/aws4_request.")),
    }
}

fn header(request: &Request<Incoming>, name: HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}
