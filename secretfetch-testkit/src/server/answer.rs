//! Answers in AWS JSON 1.1: the status, the error's type, the body.

use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::body::AnswerBody;
use crate::fake::refusal::Refusal;

/// One answer of the service.
pub(super) struct Answer {
    status: StatusCode,
    body: Value,
}

impl Answer {
    pub(super) fn ok(body: Value) -> Self {
        Answer { status: StatusCode::OK, body }
    }

    /// `kind` is the error's `__type`.
    pub(super) fn error(status: u16, kind: &str, message: &str) -> Self {
        Answer { status: status_of(status), body: json!({ "__type": kind, "Message": message }) }
    }

    pub(super) fn into_response(self) -> Response<AnswerBody> {
        let body = AnswerBody::whole(self.body.to_string());
        self.head(body)
    }

    /// As a connection would leave it that breaks in the middle of the body.
    pub(super) fn into_truncated_response(self) -> Response<AnswerBody> {
        let body = AnswerBody::first_half(self.body.to_string());
        self.head(body)
    }

    fn head(&self, body: AnswerBody) -> Response<AnswerBody> {
        respond(self.status, "application/x-amz-json-1.1", body)
    }
}

impl From<&Refusal> for Answer {
    fn from(refusal: &Refusal) -> Self {
        let (status, kind) = kind(refusal);
        Answer::error(status, kind, &refusal.to_string())
    }
}

/// The status and `__type` of a refusal; the `__type` is also the `ErrorCode` inside a batch.
pub(super) fn kind(refusal: &Refusal) -> (u16, &'static str) {
    match refusal {
        Refusal::SecretNotFound | Refusal::StageNotFound(_) | Refusal::VersionNotFound(_) => {
            (400, "ResourceNotFoundException")
        }
        Refusal::StageNotOnVersion | Refusal::ScheduledForDeletion | Refusal::NameScheduledForDeletion => {
            (400, "InvalidRequestException")
        }
        Refusal::NameTaken(_) | Refusal::TokenInUse { .. } => (400, "ResourceExistsException"),
        Refusal::InvalidParameter(_) => (400, "InvalidParameterException"),
        Refusal::Validation(_) => (400, "ValidationException"),
        Refusal::AccessDenied { .. } | Refusal::KmsAccessDenied => (400, "AccessDeniedException"),
        Refusal::Throttled => (400, "ThrottlingException"),
        Refusal::ExpiredToken => (400, "ExpiredTokenException"),
        Refusal::InvalidToken => (400, "UnrecognizedClientException"),
        Refusal::InternalError => (500, "InternalServiceError"),
        Refusal::Unavailable => (503, "ServiceUnavailable"),
    }
}

/// What a proxy or load balancer puts in the service's place.
pub(super) fn html_page(status: u16) -> Response<AnswerBody> {
    let status = status_of(status);
    let page = format!("<!DOCTYPE html>\n<html><body><h1>{status}</h1></body></html>\n");
    respond(status, "text/html", AnswerBody::whole(page))
}

pub(super) fn bare_status(status: u16) -> Response<AnswerBody> {
    respond(status_of(status), "text/plain", AnswerBody::whole(""))
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
