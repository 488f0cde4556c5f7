//! From a call to its outcome: the faults play, then the account answers.

use serde_json::Value;

use super::answer::Answer;
use super::connection::Server;
use super::protocol::Call;
use super::{read, write};
use crate::fake::fault::Breakage;
use crate::fake::log::{Operation, RecordedRequest};
use crate::fake::refusal::Refusal;
use crate::fake::shared::{Ending, Scope};

/// The service's answer, and what a fault does to it on its way.
pub(super) struct Outcome {
    pub(super) answer: Answer,
    pub(super) breakage: Option<Breakage>,
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        Outcome { answer, breakage: None }
    }
}

pub(super) async fn run(server: &Server, call: &Call) -> Outcome {
    match call.operation {
        Operation::BatchGetSecretValue => read::batch_get(server, call).await,
        operation => single(server, call, operation).await,
    }
}

/// The operations about one secret.
async fn single(server: &Server, call: &Call, operation: Operation) -> Outcome {
    let shared = server.store().shared();
    let region = &call.region;
    let input: Input = match call.input() {
        Ok(input) => input,
        Err(answer) => return answer.into(),
    };
    let id = if operation == Operation::CreateSecret { &input.name } else { &input.secret_id };
    let _in_flight = shared.begin(RecordedRequest {
        operation,
        region: region.clone(),
        secret_ids: id.iter().cloned().collect(),
        version_id: input.version_id.clone(),
        version_stage: input.version_stage.clone(),
        connection: Some(call.connection),
        access_key_id: Some(call.access_key_id.clone()),
    });
    let Some(id) = id.as_deref().filter(|id| !id.is_empty()) else {
        let member = if operation == Operation::CreateSecret { "name" } else { "secretId" };
        return Answer::from(&missing(member)).into();
    };
    let breakage = match broken(shared.play(operation, region, Scope::Secret(id)).await) {
        Ok(breakage) => breakage,
        Err(refusal) => return Answer::from(&refusal).into(),
    };
    let account = &mut shared.account();
    let result = match operation {
        Operation::GetSecretValue => read::get(account, region, id, &input),
        Operation::DescribeSecret => read::describe(account, region, id),
        Operation::CreateSecret => write::create(account, region, id, &input),
        Operation::PutSecretValue => write::put(account, region, id, &input),
        Operation::UpdateSecretVersionStage => write::move_stage(account, region, id, &input),
        Operation::DeleteSecret => write::delete(account, region, id, &input),
        Operation::RestoreSecret => write::restore(account, region, id),
        // A batch, and what is not Secrets Manager's, went another way.
        _ => Err(Refusal::InternalError),
    };
    let answer = result.map_or_else(|refusal| Answer::from(&refusal), Answer::ok);
    Outcome { answer, breakage }
}

/// The members of every single-secret operation that the fake looks at.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    pub(super) secret_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) version_id: Option<String>,
    pub(super) version_stage: Option<String>,
    pub(super) version_stages: Option<Vec<String>>,
    pub(super) client_request_token: Option<String>,
    pub(super) secret_string: Option<String>,
    pub(super) secret_binary: Option<String>,
    pub(super) move_to_version_id: Option<String>,
    pub(super) remove_from_version_id: Option<String>,
    pub(super) recovery_window_in_days: Option<u64>,
    pub(super) force_delete_without_recovery: Option<bool>,
}

/// A body that an operation answers with.
pub(super) type Reply = Result<Value, Refusal>;

/// Tells a fault that spoils the answer from one that is the answer.
pub(super) fn broken(played: Result<(), Ending>) -> Result<Option<Breakage>, Refusal> {
    match played {
        Ok(()) => Ok(None),
        Err(Ending::Broken(breakage)) => Ok(Some(breakage)),
        Err(Ending::Refused(refusal)) => Err(refusal),
    }
}

pub(super) fn missing(member: &str) -> Refusal {
    Refusal::Validation(format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    ))
}
