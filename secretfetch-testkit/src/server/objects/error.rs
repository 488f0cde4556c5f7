//! Refusals in S3's XML, and those of the rest of the fake in S3's words.

use std::sync::Arc;

use super::call::Call;
use crate::fake::refusal::Refusal;
use crate::fake::shared::Shared;
use crate::iam::request::Caller;
use crate::objects::refusal::ObjectRefusal;
use crate::server::answer::Answer;
use crate::server::message::Message;
use crate::server::signature::Unsigned;
use crate::server::xml::{element, text};

/// `resource` is the path that was asked.
pub(super) fn answer(refusal: &ObjectRefusal, resource: &str) -> Answer {
    let (status, code) = refusal.code();
    let mut body = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    element(&mut body, "Error", |error| {
        text(error, "Code", code);
        text(error, "Message", &refusal.to_string());
        for (name, value) in refusal.details() {
            text(error, name, &value);
        }
        if refusal.details().is_empty() {
            text(error, "Resource", resource);
        }
        text(error, "RequestId", &request_id());
        text(error, "HostId", "ZmFrZQ==");
    });
    let answer = Answer::text(status, "application/xml", body);
    refusal.headers().into_iter().fold(answer, |answer, (name, value)| answer.with_text_header(name, &value))
}

pub(super) fn request_id() -> String {
    format!("{:016X}", fastrand::u64(..))
}

pub(super) fn unsigned(unsigned: Unsigned, message: &Message, shared: &Arc<Shared>) -> ObjectRefusal {
    match unsigned {
        // Who does not sign is anyone, and no bucket of the fake is public.
        Unsigned::Missing => ObjectRefusal::AccessDenied,
        Unsigned::Incomplete(why) => ObjectRefusal::MalformedAuthorization(why),
        Unsigned::WrongService(service) => {
            ObjectRefusal::MalformedAuthorization(format!("incorrect service. This endpoint belongs to \"{service}\"."))
        }
        Unsigned::UnknownKey => {
            let id = access_key_id(message);
            // Of a key that it knows, the session's token is what is wrong.
            match shared.identities().key(id) {
                Some(_) => ObjectRefusal::InvalidToken,
                None => ObjectRefusal::InvalidAccessKeyId(id.to_owned()),
            }
        }
        Unsigned::ExpiredKey => ObjectRefusal::ExpiredToken,
        Unsigned::Invalid(_) => ObjectRefusal::SignatureDoesNotMatch,
        Unsigned::Skewed(_) => ObjectRefusal::RequestTimeTooSkewed,
    }
}

fn access_key_id(message: &Message) -> &str {
    let authorization = message.header("authorization").unwrap_or_default();
    let credential = authorization.split_once("Credential=").map_or("", |(_, rest)| rest);
    credential.split('/').next().unwrap_or_default()
}

/// The refusal of a fault; `resource` is the ARN of what was asked for.
pub(super) fn of_fault(
    refusal: &Refusal,
    caller: &Caller,
    access_key_id: &str,
    call: &Call,
    resource: &str,
) -> ObjectRefusal {
    match refusal {
        Refusal::AccessDenied { .. } => ObjectRefusal::NotAuthorized {
            caller: caller.arn.clone(),
            action: call.action().to_owned(),
            resource: resource.to_owned(),
            why: format!("because no identity-based policy allows the {} action", call.action()),
        },
        Refusal::KmsAccessDenied => ObjectRefusal::KmsNotAuthorized { caller: caller.arn.clone() },
        Refusal::Throttled => ObjectRefusal::SlowDown,
        Refusal::ExpiredToken => ObjectRefusal::ExpiredToken,
        Refusal::InvalidToken => ObjectRefusal::InvalidAccessKeyId(access_key_id.to_owned()),
        Refusal::NoCredentials => ObjectRefusal::AccessDenied,
        Refusal::Unavailable => ObjectRefusal::ServiceUnavailable,
        _ => ObjectRefusal::InternalError,
    }
}
