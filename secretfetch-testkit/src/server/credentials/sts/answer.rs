//! The XML of STS's answers.

use std::fmt::Write as _;

use crate::fake::log::Operation;
use crate::server::answer::Answer;

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

pub(super) fn element(body: &mut String, name: &str, content: impl FnOnce(&mut String)) {
    let _ = write!(body, "<{name}>");
    content(body);
    let _ = write!(body, "</{name}>");
}

pub(super) fn text(body: &mut String, name: &str, value: &str) {
    element(body, name, |body| {
        for character in value.chars() {
            match character {
                '&' => body.push_str("&amp;"),
                '<' => body.push_str("&lt;"),
                '>' => body.push_str("&gt;"),
                _ => body.push(character),
            }
        }
    });
}
