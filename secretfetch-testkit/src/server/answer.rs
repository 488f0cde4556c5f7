//! Answers: in AWS JSON 1.1 for Secrets Manager, as text for the sources of credentials, and what a fault
//! puts in their place.

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::body::AnswerBody;
use crate::fake::refusal::Refusal;
use crate::fake::script::Breakage;

/// Errors that any API of AWS may answer with.
const UNMODELLED: [&str; 8] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "ThrottlingException",
    "UnrecognizedClientException",
    "ValidationException",
];

/// One answer, before a fault spoils it.
pub(super) struct Answer {
    status: StatusCode,
    content_type: &'static str,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Answer {
    pub(super) fn text(status: u16, content_type: &'static str, body: impl Into<String>) -> Self {
        Answer::bytes(status, content_type, Bytes::from(body.into()))
    }

    pub(super) fn bytes(status: u16, content_type: &'static str, body: Bytes) -> Self {
        Answer { status: status_of(status), content_type, headers: Vec::new(), body }
    }

    pub(super) fn ok(body: Value) -> Self {
        Answer::text(200, "application/x-amz-json-1.1", body.to_string())
    }

    /// `kind` is the error's `__type`.
    pub(super) fn error(status: u16, kind: &str, message: &str) -> Self {
        // The errors of the API's model have a `Message`; those of the service's front, whatever the API, a `message`.
        let member = if UNMODELLED.contains(&kind) { "message" } else { "Message" };
        Answer::error_with(status, kind, member, message)
    }

    fn error_with(status: u16, kind: &str, member: &str, message: &str) -> Self {
        let body = json!({ "__type": kind, member: message });
        Answer { status: status_of(status), ..Answer::ok(body) }
    }

    pub(super) fn with_header(mut self, name: &'static str, value: u64) -> Self {
        self.headers.push((HeaderName::from_static(name), value.into()));
        self
    }

    /// With a header that a client has had a say in: what cannot stand in one is left out.
    pub(super) fn with_text_header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_bytes(value.as_bytes()).ok();
        self.headers.extend(value.map(|value| (HeaderName::from_static(name), value)));
        self
    }

    /// The answer as it goes out; `None` for the breakage that is no answer at all. `reset` ends the connection.
    pub(super) fn into_response(
        self,
        breakage: Option<&Breakage>,
        reset: &Arc<Notify>,
    ) -> Option<Response<AnswerBody>> {
        let Answer { status, content_type, headers, body } = self;
        let (body, foreign) = match breakage {
            None => (AnswerBody::whole(body), None),
            Some(Breakage::TruncatedBody) => (AnswerBody::truncated(body, None), None),
            Some(Breakage::ResetBody) => (AnswerBody::truncated(body, Some(Arc::clone(reset))), None),
            Some(Breakage::MalformedBody) => (AnswerBody::first_half(body), None),
            Some(Breakage::Trickle(interval)) => (AnswerBody::trickle(body, *interval), None),
            Some(Breakage::LargeBody(bytes)) => (AnswerBody::large(*bytes), Some(200)),
            Some(Breakage::HtmlPage(status)) => return Some(html_page(*status)),
            Some(Breakage::Status(status)) => {
                return Some(respond(status_of(*status), "text/plain", AnswerBody::whole("")));
            }
            Some(Breakage::Redirect(location)) => return Some(redirect(location)),
            Some(Breakage::Reset | Breakage::Unreached(_)) => return None,
        };
        let mut response = respond(foreign.map_or(status, status_of), content_type, body);
        for (name, value) in headers {
            response.headers_mut().insert(name, value);
        }
        Some(response)
    }
}

/// An answer, and what a fault does to it on its way.
pub(super) struct Spoiled {
    pub(super) answer: Answer,
    pub(super) breakage: Option<Breakage>,
}

impl From<Answer> for Spoiled {
    fn from(answer: Answer) -> Self {
        Spoiled { answer, breakage: None }
    }
}

impl From<&Refusal> for Answer {
    fn from(refusal: &Refusal) -> Self {
        let (status, kind) = refusal.code();
        if let Refusal::Parameter(refusal) = refusal {
            return Answer::error_with(status, kind, refusal.member(), &refusal.to_string());
        }
        Answer::error(status, kind, &refusal.to_string())
    }
}

/// What a proxy or load balancer puts in the service's place.
fn html_page(status: u16) -> Response<AnswerBody> {
    let status = status_of(status);
    let page = format!("<!DOCTYPE html>\n<html><body><h1>{status}</h1></body></html>\n");
    respond(status, "text/html", AnswerBody::whole(page))
}

fn redirect(location: &str) -> Response<AnswerBody> {
    let mut response = respond(StatusCode::FOUND, "text/plain", AnswerBody::whole(""));
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

fn respond(status: StatusCode, content_type: &'static str, body: AnswerBody) -> Response<AnswerBody> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(id) = HeaderValue::from_str(&crate::uuid::from_bits(fastrand::u64(..), fastrand::u64(..))) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
