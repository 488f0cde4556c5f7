//! The XML of STS's answers.

use std::fmt::Write as _;

use crate::fake::log::Operation;
use crate::server::answer::Answer;
use crate::server::xml::{element, text};

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

pub(super) fn success(operation: Operation, result: &str) -> Answer {
    let name = operation.name();
    let mut body = format!("<{name}Response xmlns=\"{NAMESPACE}\">\n");
    let _ = writeln!(body, "<{name}Result>{result}</{name}Result>");
    element(&mut body, "ResponseMetadata", |metadata| text(metadata, "RequestId", &request_id()));
    let _ = write!(body, "\n</{name}Response>\n");
    Answer::text(200, "text/xml", body)
}

pub(super) fn error(status: u16, code: &str, message: &str) -> Answer {
    let mut body = format!("<ErrorResponse xmlns=\"{NAMESPACE}\">\n");
    element(&mut body, "Error", |error| {
        text(error, "Type", if status < 500 { "Sender" } else { "Receiver" });
        text(error, "Code", code);
        text(error, "Message", message);
    });
    text(&mut body, "RequestId", &request_id());
    body.push_str("\n</ErrorResponse>\n");
    Answer::text(status, "text/xml", body)
}

fn request_id() -> String {
    crate::uuid::from_bits(fastrand::u64(..), fastrand::u64(..))
}
