//! From a call to its outcome: the faults play, then the account answers.

use super::answer::Answer;
use super::input::{Input, missing};
use super::outcome::{Outcome, broken};
use super::protocol::Call;
use super::state::Server;
use super::{read, write};
use crate::fake::log::{Operation, RecordedRequest};
use crate::fake::refusal::Refusal;
use crate::fake::shared::Scope;

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
