//! From an operation's name to what it does.

use std::sync::Arc;

use secretfetch::Region;
use serde_json::Value;

use super::action::{Action, Caller, Outcome, perform};
use super::{
    batch_get_secret_value, create_secret, delete_secret, describe_secret, get_secret_value, list_secret_version_ids,
    list_secrets, password, put_secret_value, replication, resource_policy, rotation, stages, tags, update_secret,
};
use crate::fake::log::Operation;
use crate::fake::shared::Shared;

/// Why a text is no input of an operation.
pub(crate) struct NoInput(pub(crate) &'static str);

/// Answers an operation by its name, from the JSON of its input to that of its output.
pub(crate) async fn perform_json(
    shared: &Arc<Shared>,
    region: &Region,
    caller: &Caller,
    operation: Operation,
    input: &[u8],
) -> Result<Outcome<Value>, NoInput> {
    async fn typed<A: Action>(
        shared: &Arc<Shared>,
        region: &Region,
        caller: &Caller,
        input: &[u8],
    ) -> Result<Outcome<Value>, NoInput> {
        // serde_json's own message can quote a value.
        let action: A = serde_json::from_slice(input).map_err(|error| {
            NoInput(if error.is_data() { "a member is missing or has the wrong type" } else { "not valid JSON" })
        })?;
        let outcome = perform(shared, region, caller, action).await;
        Ok(outcome.map(|output| serde_json::to_value(output).expect("the output of an operation is JSON")))
    }

    macro_rules! dispatch {
        ($($operation:ident => $action:ty),+ $(,)?) => {
            match operation {
                $(Operation::$operation => typed::<$action>(shared, region, caller, input).await,)+
                _ => Err(NoInput("not an operation of Secrets Manager")),
            }
        };
    }
    dispatch! {
        GetSecretValue => get_secret_value::GetSecretValue,
        BatchGetSecretValue => batch_get_secret_value::BatchGetSecretValue,
        CreateSecret => create_secret::CreateSecret,
        PutSecretValue => put_secret_value::PutSecretValue,
        UpdateSecret => update_secret::UpdateSecret,
        UpdateSecretVersionStage => stages::UpdateSecretVersionStage,
        DescribeSecret => describe_secret::DescribeSecret,
        ListSecrets => list_secrets::ListSecrets,
        ListSecretVersionIds => list_secret_version_ids::ListSecretVersionIds,
        DeleteSecret => delete_secret::DeleteSecret,
        RestoreSecret => delete_secret::RestoreSecret,
        RotateSecret => rotation::RotateSecret,
        CancelRotateSecret => rotation::CancelRotateSecret,
        GetRandomPassword => password::GetRandomPassword,
        TagResource => tags::TagResource,
        UntagResource => tags::UntagResource,
        PutResourcePolicy => resource_policy::PutResourcePolicy,
        GetResourcePolicy => resource_policy::GetResourcePolicy,
        DeleteResourcePolicy => resource_policy::DeleteResourcePolicy,
        ValidateResourcePolicy => resource_policy::ValidateResourcePolicy,
        ReplicateSecretToRegions => replication::ReplicateSecretToRegions,
        RemoveRegionsFromReplication => replication::RemoveRegionsFromReplication,
        StopReplicationToReplica => replication::StopReplicationToReplica,
    }
}
