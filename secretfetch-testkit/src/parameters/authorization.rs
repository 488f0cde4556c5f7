//! Whether the account's policies allow a request to Parameter Store.
//!
//! Source: "Actions, resources, and condition keys for AWS Systems Manager" in the Service Authorization Reference, and
//! "How AWS Systems Manager Parameter Store uses AWS KMS".

use crate::fake::account::ACCOUNT;
use crate::fake::log::Operation;
use crate::fake::parameter::name::parameter_arn;
use crate::fake::parameter::record::{DEFAULT_KEY, ParameterRecord, ParameterVersion};
use crate::fake::parameter::refusal::ParameterRefusal;
use crate::fake::refusal::Refusal;
use crate::iam::request::Request;
use crate::operations::{Context, circumstances, key_arn};

/// Whether an operation is allowed on each of these parameters, or on a path.
pub(super) fn allow(context: &Context<'_>, operation: Operation, ids: &[String]) -> Result<(), Refusal> {
    let Some(iam) = context.shared.iam() else { return Ok(()) };
    let caller = &context.identity();
    let circumstances = &circumstances(caller, context.region, context.now);
    ids.iter().try_for_each(|id| {
        let resource = parameter_arn(context.region, id);
        let request = Request { caller, action: operation.iam_action(), resource, circumstances };
        iam.decide(&request, None).map_err(|denial| Refusal::AccessDenied {
            caller: caller.arn.clone(),
            action: request.action.clone(),
            resource: request.resource.clone(),
            why: denial.to_string(),
        })
    })
}

/// Whether the value of a version may be read.
pub(super) fn allow_decryption(
    context: &Context<'_>,
    record: &ParameterRecord,
    version: &ParameterVersion,
) -> Result<(), Refusal> {
    match &version.key_id {
        Some(key) => allow_key(context, "kms:Decrypt", key, &record.arn),
        None => Ok(()),
    }
}

/// Whether a key may be used for a parameter. A customer's key has to be allowed; the policy of the service's own allows
/// whoever in the account comes through the service.
pub(super) fn allow_key(context: &Context<'_>, action: &str, key: &str, parameter: &str) -> Result<(), Refusal> {
    let Some(iam) = context.shared.iam().filter(|_| !key.ends_with(DEFAULT_KEY)) else { return Ok(()) };
    let (caller, region) = (&context.identity(), context.region);
    let mut circumstances = circumstances(caller, region, context.now);
    circumstances.set("kms:ViaService", vec![format!("ssm.{region}.amazonaws.com")]);
    circumstances.set("kms:EncryptionContext:PARAMETER_ARN", vec![parameter.to_owned()]);
    circumstances.set("kms:EncryptionContextKeys", vec!["PARAMETER_ARN".to_owned()]);
    circumstances.set("kms:CallerAccount", vec![ACCOUNT.to_owned()]);
    let request =
        Request { caller, action: action.to_owned(), resource: key_arn(region, key), circumstances: &circumstances };
    if iam.may_use_key(&request) { Ok(()) } else { Err(ParameterRefusal::KmsAccessDenied.into()) }
}
