//! Whether the account's policies let a caller assume a role.
//!
//! Source: "AssumeRole" in the API reference of STS, and "Cross-account policy evaluation logic" in the IAM User Guide.

use secretfetch::Region;

use crate::fake::identity::Identity;
use crate::fake::log::Operation;
use crate::fake::role::Role;
use crate::fake::shared::Shared;
use crate::iam::request::{Caller, Request};
use crate::operations::circumstances;

/// What the trust policy says is [`Role::trusts`]'s to know. In the same account it is enough that it names the caller, and
/// not the account alone.
pub(super) fn allows(
    shared: &Shared,
    caller: &Identity,
    region: &Region,
    role: Option<&Role>,
    arn: &str,
    external_id: Option<&str>,
) -> bool {
    let Some(iam) = shared.iam() else { return true };
    let is_named = role.is_some_and(|role| role.names(caller)) && arn.split(':').nth(4) == Some(&caller.account);
    let Identity { arn: caller_arn, role_arn, tags, .. } = caller.clone();
    let caller = &Caller { arn: caller_arn, role_arn, tags };
    let mut circumstances = circumstances(caller, region, shared.now());
    if let Some(id) = external_id {
        circumstances.set("sts:ExternalId", vec![id.to_owned()]);
    }
    let (action, resource) = (Operation::AssumeRole.iam_action(), arn.to_owned());
    iam.may_assume(&Request { caller, action, resource, circumstances: &circumstances }, is_named)
}
