//! Where clients get credentials: STS, a container's credential endpoint, and instance metadata.

mod container;
mod issue;
mod metadata;
mod sts;

use hyper::Method;

use super::answer::Answer;
use super::connection::Server;
use super::message::Message;
use super::operation::{Outcome, broken};
use crate::fake::log::{Operation, RecordedRequest};
use crate::fake::refusal::Refusal;
use crate::fake::shared::Scope;

pub(super) use container::POD_IDENTITY_PATH;
pub(super) use metadata::Tokens;

/// A source of credentials.
pub(super) enum Source {
    SecurityTokenService,
    Container,
    InstanceMetadata,
}

impl Source {
    /// The source that a request goes to; `None` for one to Secrets Manager.
    pub(super) fn of(message: &Message) -> Option<Self> {
        let path = message.path();
        if message.is(&Method::POST, "/") && message.has_type("application/x-www-form-urlencoded") {
            Some(Source::SecurityTokenService)
        } else if path == POD_IDENTITY_PATH || path.starts_with(container::ECS_PATH) {
            Some(Source::Container)
        } else if path.starts_with("/latest/") {
            Some(Source::InstanceMetadata)
        } else {
            None
        }
    }

    pub(super) async fn answer(&self, server: &Server, message: &Message, connection: u64) -> Outcome {
        match self {
            Source::SecurityTokenService => sts::answer(server, message, connection).await,
            Source::Container => container::answer(server, message, connection).await,
            Source::InstanceMetadata => metadata::answer(server, message, connection).await,
        }
    }
}

/// A request of an endpoint that is known by its address alone: no signature, no region.
fn unsigned(server: &Server, operation: Operation, connection: u64) -> RecordedRequest {
    RecordedRequest {
        operation,
        region: server.store().region().clone(),
        secret_ids: Vec::new(),
        version_id: None,
        version_stage: None,
        connection: Some(connection),
        access_key_id: None,
    }
}

/// Writes the request down, lets the faults play, and answers with `answer` if they leave it be.
async fn serve(
    server: &Server,
    request: RecordedRequest,
    refused: impl FnOnce(&Refusal) -> Answer,
    answer: impl FnOnce() -> Answer,
) -> Outcome {
    let shared = server.store().shared();
    let (operation, region) = (request.operation, request.region.clone());
    let _in_flight = shared.begin(request);
    match broken(shared.play(operation, &region, Scope::Credentials).await) {
        Ok(breakage) => Outcome { answer: answer(), breakage },
        Err(refusal) => refused(&refusal).into(),
    }
}

/// A refusal of an endpoint that tells causes apart by the HTTP status alone.
fn refused_by_status(refusal: &Refusal) -> Answer {
    let status = match refusal {
        Refusal::Throttled => 429,
        Refusal::ExpiredToken | Refusal::InvalidToken => 401,
        Refusal::AccessDenied { .. } | Refusal::KmsAccessDenied => 403,
        Refusal::Unavailable => 503,
        Refusal::InternalError => 500,
        _ => 400,
    };
    Answer::text(status, "text/plain", "")
}
