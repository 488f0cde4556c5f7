//! `policy`: the least IAM policy that the arguments need.

use secretfetch::{Plan, Policy, PolicyScope, Region, Result};

use crate::args::PolicyArguments;
use crate::outcome::usage;
use crate::output::write_output;
use crate::plan::resolve;
use crate::report::Printer;

pub(crate) fn policy(arguments: &PolicyArguments, printer: &Printer) -> Result<()> {
    let plan = resolve(&arguments.plan, false)?.plan;
    let scope = PolicyScope::default().with_region(default_region(&plan)).with_account(account(arguments)?);
    let policies = Policy::of(&plan, &scope);
    if policies.is_empty() {
        return Err(usage("the secrets come from a local store, which needs no IAM policy")
            .with_hint("choose AWS with `--store aws`")
            .into());
    }
    for policy in &policies {
        write_output(policy.to_json().as_bytes())?;
        if policies.len() > 1 && policy.role().is_none() {
            printer.note("the policy is for the identity that secretfetch runs as");
        }
        if policy.lacks_region() {
            printer.note(&format!("replace {}, or name it with `--region`", PolicyScope::UNKNOWN_REGION));
        }
        if policy.lacks_account() {
            printer.note(&format!("replace {}, or name it with `--account-id`", PolicyScope::UNKNOWN_ACCOUNT));
        }
        policy.notes().iter().for_each(|note| printer.note(note));
    }
    Ok(())
}

/// The region of secrets that name none: as a run would take it, as far as that needs no file and no network.
fn default_region(plan: &Plan) -> Option<Region> {
    let variable = |name| std::env::var(name).ok().and_then(|region| region.parse().ok());
    plan.region().cloned().or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"))
}

fn account(arguments: &PolicyArguments) -> Result<Option<String>> {
    match &arguments.account_id {
        Some(id) if id.value.len() == 12 && id.value.bytes().all(|b| b.is_ascii_digit()) => Ok(Some(id.value.clone())),
        Some(id) => Err(id.wrong("not an AWS account (12 digits)").into()),
        None => Ok(None),
    }
}
