//! `policy`: the least IAM policy that the arguments need.

use secretfetch::{Failure, KmsKeyArn, ParseKmsKeyArnError, Plan, Policy, PolicyScope, Region, Result};

use crate::args::{Given, PolicyArguments};
use crate::outcome::usage;
use crate::output::write_output;
use crate::plan::resolve;
use crate::report::Printer;

pub(crate) fn policy(arguments: &PolicyArguments, printer: &Printer) -> Result<()> {
    let plan = resolve(&arguments.plan, false)?.plan;
    let scope = PolicyScope::default().with_region(default_region(&plan)).with_account(account(arguments)?);
    let scope = kms_keys(arguments)?.into_iter().fold(scope, PolicyScope::with_kms_key);
    let policies = Policy::of(&plan, &scope);
    if policies.is_empty() {
        return Err(needless(&plan).into());
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

fn kms_keys(arguments: &PolicyArguments) -> Result<Vec<KmsKeyArn>> {
    let parse = |arn: &Given<String>| arn.value.parse().map_err(|error: ParseKmsKeyArnError| arn.wrong(error).into());
    arguments.kms_key_arns.iter().map(parse).collect()
}

/// Where nothing is in AWS: which stores are asked instead.
fn needless(plan: &Plan) -> Failure {
    let mut kinds: Vec<&str> = plan.stores().map(|(_, store)| store.kind()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let what = match kinds.as_slice() {
        ["file"] => "the secrets come from a local store, which needs no IAM policy".to_owned(),
        kinds => {
            format!("the secrets come from stores outside AWS (`{}`), which need no IAM policy", kinds.join("`, `"))
        }
    };
    usage(what).with_hint("choose AWS with `--store aws`")
}

fn account(arguments: &PolicyArguments) -> Result<Option<String>> {
    match &arguments.account_id {
        Some(id) if id.value.len() == 12 && id.value.bytes().all(|b| b.is_ascii_digit()) => Ok(Some(id.value.clone())),
        Some(id) => Err(id.wrong("not an AWS account (12 digits)").into()),
        None => Ok(None),
    }
}
