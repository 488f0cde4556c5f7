//! What the credential endpoints have in common.

use crate::fake::log::{Operation, RecordedRequest};
use crate::fake::refusal::Refusal;
use crate::fake::shared::Scope;
use crate::operations::breakage;
use crate::server::answer::{Answer, Spoiled};
use crate::server::state::Server;

/// A request of an endpoint that is known by its address alone: no signature, no region.
pub(super) fn unsigned(server: &Server, operation: Operation, connection: u64) -> RecordedRequest {
    RecordedRequest {
        operation,
        region: server.store().region().clone(),
        secret_ids: Vec::new(),
        bucket: None,
        version_id: None,
        version_stage: None,
        connection: Some(connection),
        access_key_id: None,
        principal: None,
    }
}

/// Writes the request down, lets the faults play, and answers with `answer` if they leave it be.
pub(super) async fn serve(
    server: &Server,
    request: RecordedRequest,
    refused: impl FnOnce(&Refusal) -> Answer,
    answer: impl FnOnce() -> Answer,
) -> Spoiled {
    let shared = server.store().shared();
    let (operation, region) = (request.operation, request.region.clone());
    let _in_flight = shared.begin(request);
    match breakage(shared.play(operation, &region, Scope::Whole).await) {
        Ok(breakage) => Spoiled { answer: answer(), breakage },
        Err(refusal) => refused(&refusal).into(),
    }
}

/// A refusal of an endpoint that tells causes apart by the HTTP status alone.
pub(super) fn refused_by_status(refusal: &Refusal) -> Answer {
    let status = match refusal {
        Refusal::Throttled => 429,
        Refusal::ExpiredToken | Refusal::InvalidToken => 401,
        Refusal::AccessDenied { .. } | Refusal::KmsAccessDenied => 403,
        Refusal::NoCredentials => 404,
        Refusal::Unavailable => 503,
        Refusal::InternalError => 500,
        _ => 400,
    };
    Answer::text(status, "text/plain", "")
}
