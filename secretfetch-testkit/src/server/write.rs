//! The operations that change secrets, so that a test can prepare them by boto3 or the AWS CLI.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secretfetch::{Region, SecretValue, VersionStage};
use serde_json::json;

use super::input::{Input, missing};
use super::outcome::Reply;
use super::read::seconds;
use crate::fake::account::{Account, NewVersion};
use crate::fake::record::SecretRecord;
use crate::fake::refusal::Refusal;

/// The largest value of a secret, in bytes.
const LARGEST_VALUE: usize = 65_536;

pub(super) fn create(account: &mut Account, region: &Region, name: &str, input: &Input) -> Reply {
    let version = new_version(input)?;
    let record = account.create(region, name, input.description.clone(), version)?;
    let mut body = identity(record);
    if let Some(version) = record.at_stage(VersionStage::CURRENT) {
        body["VersionId"] = json!(version.id.as_str());
    }
    Ok(body)
}

pub(super) fn put(account: &mut Account, region: &Region, id: &str, input: &Input) -> Reply {
    let version = new_version(input)?
        .ok_or_else(|| Refusal::InvalidParameter("You must provide either SecretString or SecretBinary.".to_owned()))?;
    let version = account.put(region, id, version)?;
    let stages: Vec<&str> = version.stages.iter().map(VersionStage::as_str).collect();
    Ok(json!({
        "ARN": version.arn,
        "Name": version.name,
        "VersionId": version.version_id.as_str(),
        "VersionStages": stages,
    }))
}

pub(super) fn move_stage(account: &mut Account, region: &Region, id: &str, input: &Input) -> Reply {
    let stage = stage(input.version_stage.as_deref().ok_or_else(|| missing("versionStage"))?)?;
    let (to, from) = (input.move_to_version_id.as_deref(), input.remove_from_version_id.as_deref());
    account.move_stage(region, id, &stage, to, from).map(identity)
}

pub(super) fn delete(account: &mut Account, region: &Region, id: &str, input: &Input) -> Reply {
    let invalid = |message: &str| Err(Refusal::InvalidParameter(message.to_owned()));
    let force = input.force_delete_without_recovery == Some(true);
    match input.recovery_window_in_days {
        Some(_) if force => {
            invalid("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
        }
        Some(days) if !(7..=30).contains(&days) => {
            invalid("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
        }
        days if !force => {
            let window = days.map(|days| Duration::from_secs(days * 24 * 3600));
            let record = account.schedule_deletion(region, id, window)?;
            let mut body = identity(record);
            body["DeletionDate"] = json!(record.deletion.map(seconds));
            Ok(body)
        }
        _ => {
            let record = account.delete(region, id)?;
            let mut body = identity(&record);
            body["DeletionDate"] = json!(seconds(std::time::SystemTime::now()));
            Ok(body)
        }
    }
}

pub(super) fn restore(account: &mut Account, region: &Region, id: &str) -> Reply {
    account.restore(region, id).map(identity)
}

fn identity(record: &SecretRecord) -> serde_json::Value {
    json!({ "ARN": record.arn, "Name": record.name })
}

/// The value in a request; `None` if there is none, as `CreateSecret` allows.
fn new_version(input: &Input) -> Result<Option<NewVersion>, Refusal> {
    let token = input
        .client_request_token
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|_| Refusal::InvalidParameter("ClientRequestToken must be 32-64 characters long.".to_owned()))?;
    let value = match (&input.secret_string, &input.secret_binary) {
        (Some(_), Some(_)) => {
            return Err(Refusal::InvalidParameter(
                "You can't specify both a binary secret value and a string secret value in the same secret.".to_owned(),
            ));
        }
        (Some(text), None) => SecretValue::from_text(text.clone()),
        (None, Some(base64)) => SecretValue::from_binary(
            BASE64.decode(base64).map_err(|_| Refusal::Validation("The SecretBinary is not base64.".to_owned()))?,
        ),
        (None, None) => return Ok(None),
    };
    let constraint = match value.expose_bytes().len() {
        0 => "greater than or equal to 1",
        1..=LARGEST_VALUE => {
            let stages = input.version_stages.iter().flatten().map(|text| stage(text)).collect::<Result<_, _>>()?;
            return Ok(Some(NewVersion { value, token, stages }));
        }
        _ => "less than or equal to 65536",
    };
    let member = if value.is_binary() { "secretBinary" } else { "secretString" };
    Err(Refusal::Validation(format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must have length \
         {constraint}"
    )))
}

fn stage(text: &str) -> Result<VersionStage, Refusal> {
    text.parse().map_err(|_| {
        Refusal::Validation(
            "1 validation error detected: Value at 'versionStage' failed to satisfy constraint: Member must have \
             length between 1 and 256"
                .to_owned(),
        )
    })
}
