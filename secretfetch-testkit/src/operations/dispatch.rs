//! From an operation's name to what it does.

use std::pin::Pin;
use std::sync::Arc;

use secretfetch::Region;
use serde::Serialize;
use serde_json::Value;

use super::action::{Action, Caller, Outcome, perform, prepare};
use super::{
    batch_get_secret_value, create_secret, delete_secret, describe_secret, get_secret_value, list_secret_version_ids,
    list_secrets, password, put_secret_value, replication, resource_policy, rotation, stages, tags, update_secret,
};
use crate::fake::log::Operation;
use crate::fake::refusal::Refusal;
use crate::fake::shared::Shared;
use crate::parameters::{
    DeleteParameter, DeleteParameters, GetParameter, GetParameterHistory, GetParameters, GetParametersByPath,
    LabelParameterVersion, PutParameter,
};

/// Why a text is no input of an operation.
pub(crate) struct NoInput(pub(crate) &'static str);

/// Goes on with the action of an operation, read from the JSON of its input.
macro_rules! with_action {
    ($operation:expr, $input:expr, $then:ident($($argument:expr),*)) => {
        match $operation {
            Operation::GetSecretValue => $then($($argument,)* read::<get_secret_value::GetSecretValue>($input)?),
            Operation::BatchGetSecretValue => $then($($argument,)* read::<batch_get_secret_value::BatchGetSecretValue>($input)?),
            Operation::CreateSecret => $then($($argument,)* read::<create_secret::CreateSecret>($input)?),
            Operation::PutSecretValue => $then($($argument,)* read::<put_secret_value::PutSecretValue>($input)?),
            Operation::UpdateSecret => $then($($argument,)* read::<update_secret::UpdateSecret>($input)?),
            Operation::UpdateSecretVersionStage => $then($($argument,)* read::<stages::UpdateSecretVersionStage>($input)?),
            Operation::DescribeSecret => $then($($argument,)* read::<describe_secret::DescribeSecret>($input)?),
            Operation::ListSecrets => $then($($argument,)* read::<list_secrets::ListSecrets>($input)?),
            Operation::ListSecretVersionIds => $then($($argument,)* read::<list_secret_version_ids::ListSecretVersionIds>($input)?),
            Operation::DeleteSecret => $then($($argument,)* read::<delete_secret::DeleteSecret>($input)?),
            Operation::RestoreSecret => $then($($argument,)* read::<delete_secret::RestoreSecret>($input)?),
            Operation::RotateSecret => $then($($argument,)* read::<rotation::RotateSecret>($input)?),
            Operation::CancelRotateSecret => $then($($argument,)* read::<rotation::CancelRotateSecret>($input)?),
            Operation::GetRandomPassword => $then($($argument,)* read::<password::GetRandomPassword>($input)?),
            Operation::TagResource => $then($($argument,)* read::<tags::TagResource>($input)?),
            Operation::UntagResource => $then($($argument,)* read::<tags::UntagResource>($input)?),
            Operation::PutResourcePolicy => $then($($argument,)* read::<resource_policy::PutResourcePolicy>($input)?),
            Operation::GetResourcePolicy => $then($($argument,)* read::<resource_policy::GetResourcePolicy>($input)?),
            Operation::DeleteResourcePolicy => $then($($argument,)* read::<resource_policy::DeleteResourcePolicy>($input)?),
            Operation::ValidateResourcePolicy => $then($($argument,)* read::<resource_policy::ValidateResourcePolicy>($input)?),
            Operation::ReplicateSecretToRegions => $then($($argument,)* read::<replication::ReplicateSecretToRegions>($input)?),
            Operation::RemoveRegionsFromReplication => $then($($argument,)* read::<replication::RemoveRegionsFromReplication>($input)?),
            Operation::StopReplicationToReplica => $then($($argument,)* read::<replication::StopReplicationToReplica>($input)?),
            Operation::GetParameter => $then($($argument,)* read::<GetParameter>($input)?),
            Operation::GetParameters => $then($($argument,)* read::<GetParameters>($input)?),
            Operation::GetParametersByPath => $then($($argument,)* read::<GetParametersByPath>($input)?),
            Operation::GetParameterHistory => $then($($argument,)* read::<GetParameterHistory>($input)?),
            Operation::PutParameter => $then($($argument,)* read::<PutParameter>($input)?),
            Operation::LabelParameterVersion => $then($($argument,)* read::<LabelParameterVersion>($input)?),
            Operation::DeleteParameter => $then($($argument,)* read::<DeleteParameter>($input)?),
            Operation::DeleteParameters => $then($($argument,)* read::<DeleteParameters>($input)?),
            _ => return Err(NoInput("not an operation of a service")),
        }
    };
}

fn read<A: Action>(input: &[u8]) -> Result<A, NoInput> {
    // serde_json's own message can quote a value.
    serde_json::from_slice(input).map_err(|error| {
        NoInput(if error.is_data() { "a member is missing or has the wrong type" } else { "not valid JSON" })
    })
}

fn json(output: impl Serialize) -> Value {
    serde_json::to_value(output).expect("the output of an operation is JSON")
}

/// Answers an operation by its name, from the JSON of its input to that of its output.
pub(crate) async fn perform_json(
    shared: &Arc<Shared>,
    region: &Region,
    caller: &Caller,
    operation: Operation,
    input: &[u8],
) -> Result<Outcome<Value>, NoInput> {
    /// Boxed, so that the future of the whole is not as large as that of all operations.
    fn typed<'a, A: Action + 'a>(
        shared: &'a Arc<Shared>,
        region: &'a Region,
        caller: &'a Caller,
        action: A,
    ) -> Pin<Box<dyn Future<Output = Outcome<Value>> + Send + 'a>> {
        Box::pin(async move { perform(shared, region, caller, action).await.map(json) })
    }
    let answer = with_action!(operation, input, typed(shared, region, caller));
    Ok(answer.await)
}

/// As [`prepare`], by the operation's name.
pub(crate) fn prepare_json(
    shared: &Arc<Shared>,
    region: &Region,
    operation: Operation,
    input: &[u8],
) -> Result<Result<Value, Refusal>, NoInput> {
    fn typed<A: Action>(shared: &Arc<Shared>, region: &Region, action: A) -> Result<Value, Refusal> {
        prepare(shared, region, action).map(json)
    }
    Ok(with_action!(operation, input, typed(shared, region)))
}
