//! `GetSecretValue`, `BatchGetSecretValue` and `DescribeSecret`.

use std::collections::BTreeMap;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secretfetch::{Arn, Region, Secret, VersionId};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::answer::{self, Answer};
use super::input::Input;
use super::outcome::{Outcome, Reply, broken};
use super::protocol::Call;
use super::state::Server;
use crate::fake::account::Account;
use crate::fake::log::{Operation, RecordedRequest};
use crate::fake::refusal::Refusal;
use crate::fake::shared::Scope;

/// The most ids in one `BatchGetSecretValue`.
const LARGEST_BATCH: usize = 20;

pub(super) fn get(account: &Account, region: &Region, id: &str, input: &Input) -> Reply {
    account.get(region, id, input.version_id.as_deref(), input.version_stage.as_deref()).map(|secret| entry(&secret))
}

pub(super) fn describe(account: &Account, region: &Region, id: &str) -> Reply {
    let record = account.find(region, id)?;
    let labelled = record.versions.iter().filter(|version| !version.stages.is_empty());
    let stages: Map<String, Value> = labelled
        .map(|version| {
            let stages: Vec<&str> = version.stages.iter().map(|stage| stage.as_str()).collect();
            (version.id.to_string(), json!(stages))
        })
        .collect();
    let changed = record.versions.iter().map(|version| version.created).max().unwrap_or(record.created);
    let mut body = json!({
        "ARN": record.arn,
        "Name": record.name,
        "CreatedDate": seconds(record.created),
        "LastChangedDate": seconds(changed),
        "VersionIdsToStages": stages,
    });
    if let Some(description) = &record.description {
        body["Description"] = json!(description);
    }
    if let Some(deletion) = record.deletion {
        body["DeletedDate"] = json!(seconds(deletion));
    }
    Ok(body)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchInput {
    secret_id_list: Option<Vec<String>>,
    filters: Option<Vec<IgnoredAny>>,
    max_results: Option<u32>,
    next_token: Option<String>,
}

pub(super) async fn batch_get(server: &Server, call: &Call) -> Outcome {
    let shared = server.store().shared();
    let input: BatchInput = match call.input() {
        Ok(input) => input,
        Err(answer) => return answer.into(),
    };
    let _in_flight = shared.begin(RecordedRequest {
        operation: Operation::BatchGetSecretValue,
        region: call.region.clone(),
        secret_ids: input.secret_id_list.clone().unwrap_or_default(),
        version_id: None,
        version_stage: None,
        connection: Some(call.connection),
        access_key_id: Some(call.access_key_id.clone()),
    });
    let refuse = |refusal: &Refusal| Outcome::from(Answer::from(refusal));
    let mut breakage = match broken(shared.play(call.operation, &call.region, Scope::Batch).await) {
        Ok(breakage) => breakage,
        Err(refusal) => return refuse(&refusal),
    };
    let ids = match checked(&input) {
        Ok(ids) => ids,
        Err(refusal) => return refuse(&refusal),
    };
    let Some(page) = Page::of(input.next_token.as_deref(), ids.len()) else {
        return Answer::error(400, "InvalidNextTokenException", "The NextToken value is invalid.").into();
    };
    let (ids, next_token) = page.cut(ids, server);

    // By ARN: each secret once, and not in the order of the request.
    let mut values = BTreeMap::new();
    let mut errors = Vec::new();
    for id in ids {
        let played = shared.play(call.operation, &call.region, Scope::BatchItem(id)).await;
        let result = broken(played).and_then(|broken| {
            breakage = breakage.take().or(broken);
            shared.account().get(&call.region, id, None, None)
        });
        match result {
            Ok(secret) => _ = values.insert(secret.arn.clone(), entry(&secret)),
            Err(refusal) => errors.push(json!({
                "SecretId": id,
                "ErrorCode": answer::kind(&refusal).1,
                "Message": refusal.to_string(),
            })),
        }
    }
    let mut body = json!({ "SecretValues": values.into_values().collect::<Vec<_>>(), "Errors": errors });
    if let Some(token) = next_token {
        body["NextToken"] = json!(token);
    }
    Outcome { answer: Answer::ok(body), breakage }
}

fn checked(input: &BatchInput) -> Result<&[String], Refusal> {
    let invalid = |message: &str| Err(Refusal::InvalidParameter(message.to_owned()));
    let ids = match (&input.secret_id_list, &input.filters) {
        (None, None) | (Some(_), Some(_)) => {
            return invalid("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
        }
        (None, Some(_)) => return invalid("The fake does not know 'Filters': use 'SecretIdList'."),
        (Some(ids), None) => ids,
    };
    if input.max_results.is_some() {
        return invalid("'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.");
    }
    let constraint = match ids.len() {
        0 => "greater than or equal to 1",
        1..=LARGEST_BATCH => return Ok(ids),
        _ => "less than or equal to 20",
    };
    Err(Refusal::Validation(format!(
        "1 validation error detected: Value '[{}]' at 'secretIdList' failed to satisfy constraint: Member must have \
         length {constraint}",
        ids.join(", ")
    )))
}

/// Where in the list of ids a page starts. In a token it is opaque to clients.
struct Page {
    index: usize,
    start: usize,
}

impl Page {
    fn of(token: Option<&str>, length: usize) -> Option<Page> {
        let Some(token) = token else { return Some(Page { index: 0, start: 0 }) };
        let text = String::from_utf8(BASE64.decode(token).ok()?).ok()?;
        let (index, start) = text.strip_prefix("page ")?.split_once(' ')?;
        let page = Page { index: index.parse().ok()?, start: start.parse().ok()? };
        (page.start <= length).then_some(page)
    }

    fn cut<'a>(&self, ids: &'a [String], server: &Server) -> (&'a [String], Option<String>) {
        let rest = &ids[self.start..];
        match server.page_size(self.index).filter(|size| *size < rest.len()) {
            None => (rest, None),
            Some(size) => {
                (&rest[..size], Some(BASE64.encode(format!("page {} {}", self.index + 1, self.start + size))))
            }
        }
    }
}

/// A secret as both operations answer it.
fn entry(secret: &Secret) -> Value {
    let stages: Vec<&str> = secret.version_stages.iter().map(|stage| stage.as_str()).collect();
    let mut entry = json!({
        "ARN": secret.arn.as_ref().map(Arn::as_str),
        "Name": secret.name,
        "VersionId": secret.version_id.as_ref().map(VersionId::as_str),
        "VersionStages": stages,
        "CreatedDate": secret.created.map(seconds),
    });
    match secret.value.expose_text() {
        Some(text) => entry["SecretString"] = json!(text),
        None => entry["SecretBinary"] = json!(BASE64.encode(secret.value.expose_bytes())),
    }
    entry
}

/// A time as AWS JSON 1.1 has it: seconds since the epoch, with milliseconds after the point.
pub(super) fn seconds(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis() as f64 / 1000.0
}
