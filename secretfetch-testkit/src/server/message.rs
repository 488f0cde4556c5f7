//! One request, read to its end.

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{HeaderMap, Method, Request};

use super::answer::Answer;

/// The largest object: far above the largest secret, so that a test can put what is too large for a client.
const LARGEST_OBJECT: usize = 64 << 20;

/// Far above the largest request of any service here, a secret of 64 KiB in base64.
const LARGEST_BODY: usize = 1 << 20;

/// A request and its body.
pub(super) struct Message {
    head: hyper::http::request::Parts,
    pub(super) body: Bytes,
}

impl Message {
    pub(super) async fn read(request: Request<Incoming>) -> Result<Self, Answer> {
        let (head, body) = request.into_parts();
        let largest = if head.method == Method::PUT { LARGEST_OBJECT } else { LARGEST_BODY };
        match Limited::new(body, largest).collect().await {
            Ok(body) => Ok(Message { head, body: body.to_bytes() }),
            Err(error) if error.is::<LengthLimitError>() => {
                Err(Answer::error(413, "RequestEntityTooLargeException", "The request body is too large for the fake."))
            }
            Err(_) => Err(Answer::error(400, "SerializationException", "The request body broke off.")),
        }
    }

    pub(super) fn is(&self, method: &Method, path: &str) -> bool {
        self.head.method == *method && self.path() == path
    }

    pub(super) fn method(&self) -> &Method {
        &self.head.method
    }

    pub(super) fn path(&self) -> &str {
        self.head.uri.path()
    }

    pub(super) fn query(&self) -> &str {
        self.head.uri.query().unwrap_or_default()
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// Whether the body is of this media type, whatever its parameters.
    pub(super) fn has_type(&self, media_type: &str) -> bool {
        self.header("content-type").and_then(|value| value.split(';').next()).is_some_and(|t| t.trim() == media_type)
    }
}
