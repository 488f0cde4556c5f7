//! The control API: how a test that is not written in Rust prepares the fake, and asks what it has seen.
//!
//! It is JSON over the server's own port, under `/_secretfetch/`. `docs/fake.md` describes it.

mod access;
mod fault;
mod hook;

use std::time::{Duration, SystemTime};

use hyper::Method;
use secretfetch::Region;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer::Answer;
use super::message::Message;
use super::state::Server;
use crate::fake::log::{Operation, RecordedRequest};
use crate::fake::store::FakeSecretStore;
use crate::operations::{NoInput, prepare_json};

pub use access::Control;
use fault::FaultSpecs;

const PREFIX: &str = "/_secretfetch/";

/// What the API has, with their methods, as an answer to a wrong path.
const PATHS: &str = "GET health, POST reset, POST seed, POST rotate, POST operations/NAME, GET and DELETE requests, \
                     GET, POST and DELETE faults, GET and PUT clock, PUT and DELETE rotation-hook";

/// The largest step of the clock, a hundred years.
const LONGEST_STEP: f64 = 100.0 * 366.0 * 86_400.0;

/// Answers a request of the control API; `None` for one that is something else. `is_allowed` is about the peer.
pub(super) async fn answer(server: &Server, message: &Message, is_allowed: bool) -> Option<Answer> {
    let path = message.path().strip_prefix(PREFIX)?;
    if !is_allowed {
        return Some(refuse(
            403,
            "the control API is off, or not for other machines: see `secretfetch-fake --control`",
        ));
    }
    let has_body = !message.body.is_empty();
    // A page in a browser cannot send this type to another origin without being asked first.
    if has_body && !message.has_type("application/json") {
        return Some(refuse(415, "the body's Content-Type is not application/json"));
    }
    Some(route(server, message, path).await.unwrap_or_else(|answer| answer))
}

async fn route(server: &Server, message: &Message, path: &str) -> Result<Answer, Answer> {
    let store = || region_of(message).map(|region| in_region(server.store(), region));
    match (message.method(), path) {
        (&Method::GET, "health") => Ok(ok(json!({"status": "ok"}))),
        (&Method::POST, "reset") => {
            server.store().reset();
            Ok(ok(json!({})))
        }
        (&Method::POST, "seed") => {
            let text = std::str::from_utf8(&message.body).map_err(|_| refuse(400, "the body is not UTF-8"))?;
            store()?.seed_json(text).map_err(|error| refuse(400, error))?;
            Ok(ok(json!({})))
        }
        (&Method::POST, "rotate") => rotate(server, message).await,
        (&Method::GET, "requests") => Ok(ok(json!({
            "requests": server.store().requests().iter().map(recorded).collect::<Vec<_>>(),
            "mostInFlight": server.store().most_in_flight(),
        }))),
        (&Method::DELETE, "requests") => {
            server.store().clear_requests();
            Ok(ok(json!({})))
        }
        (&Method::GET, "faults") => {
            let faults = server.store().faults();
            let fault = |(name, times): (String, u32)| json!({"fault": name, "timesFired": times});
            Ok(ok(json!({"faults": faults.into_iter().map(fault).collect::<Vec<_>>()})))
        }
        (&Method::POST, "faults") => {
            let FaultSpecs(faults) = body(message)?;
            faults.into_iter().for_each(|fault| server.store().inject(fault));
            Ok(ok(json!({})))
        }
        (&Method::DELETE, "faults") => {
            server.store().clear_faults();
            Ok(ok(json!({})))
        }
        (&Method::GET, "clock") => Ok(ok(time(server.store()))),
        (&Method::PUT, "clock") => set_clock(server.store(), body(message)?),
        (&Method::PUT, "rotation-hook") => {
            let Hook { url } = body(message)?;
            let hook = hook::Hook::to(&url).map_err(|error| refuse(400, error))?;
            server.store().on_rotation(move |_, event| hook.call(event));
            Ok(ok(json!({})))
        }
        (&Method::DELETE, "rotation-hook") => {
            server.store().shared().set_rotation_function(None);
            Ok(ok(json!({})))
        }
        (&Method::POST, path) if path.starts_with("operations/") => {
            let name = path.trim_start_matches("operations/");
            let operation = Operation::from_name(name);
            let operation = operation.ok_or_else(|| refuse(404, format!("the fake has no operation {name:?}")))?;
            operate(&store()?, operation, &message.body)
        }
        (_, "health" | "reset" | "seed" | "rotate" | "requests" | "faults" | "clock" | "rotation-hook") => {
            Err(refuse(405, format!("the control API has: {PATHS}")))
        }
        _ => Err(refuse(404, format!("the control API has: {PATHS}"))),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hook {
    url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Rotate {
    secret_id: String,
}

async fn rotate(server: &Server, message: &Message) -> Result<Answer, Answer> {
    let Rotate { secret_id } = body(message)?;
    let store = in_region(server.store(), region_of(message)?);
    // A rotation function may wait, and ask the fake meanwhile.
    let rotated = tokio::task::spawn_blocking(move || store.try_rotate(&secret_id)).await;
    match rotated {
        Ok(Ok(version)) => Ok(ok(json!({"ARN": version.arn, "VersionId": version.version_id.as_str()}))),
        Ok(Err(error)) => Err(refuse(400, error)),
        Err(_) => Err(refuse(500, "the rotation function panicked")),
    }
}

/// An operation by the test's own hands: it is not in the log, and no fault or policy befalls it.
fn operate(store: &FakeSecretStore, operation: Operation, body: &[u8]) -> Result<Answer, Answer> {
    let mut input: Value = if body.is_empty() {
        json!({})
    } else {
        serde_json::from_slice(body).map_err(|error| refuse(400, format!("not valid JSON ({})", place(&error))))?
    };
    let takes_a_token =
        [Operation::CreateSecret, Operation::PutSecretValue, Operation::UpdateSecret, Operation::RotateSecret];
    if takes_a_token.contains(&operation)
        && let Some(members) = input.as_object_mut()
    {
        let token = || crate::uuid::from_bits(fastrand::u64(..), fastrand::u64(..)).into();
        members.entry("ClientRequestToken").or_insert_with(token);
    }
    let input = input.to_string();
    match prepare_json(store.shared(), store.region(), operation, input.as_bytes()) {
        Ok(Ok(output)) => Ok(Answer::ok(output)),
        Ok(Err(refusal)) => Err(Answer::from(&refusal)),
        Err(NoInput(why)) => Err(refuse(400, why)),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ClockChange {
    /// Stops the clock there: seconds since 1970.
    time: Option<f64>,
    advance_seconds: Option<f64>,
}

fn set_clock(store: &FakeSecretStore, change: ClockChange) -> Result<Answer, Answer> {
    let seconds = |seconds: f64| {
        let valid = (0.0..=LONGEST_STEP).contains(&seconds).then(|| Duration::from_secs_f64(seconds));
        valid.ok_or_else(|| refuse(400, "a time is a number of seconds from 0 to those of a hundred years"))
    };
    match (change.time, change.advance_seconds) {
        (Some(time), None) => store.set_time(SystemTime::UNIX_EPOCH + seconds(time)?),
        (None, Some(by)) => store.advance(seconds(by)?),
        _ => return Err(refuse(400, "the clock takes either `time` or `advanceSeconds`")),
    }
    Ok(ok(time(store)))
}

fn time(store: &FakeSecretStore) -> Value {
    let since = store.time().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    json!({"time": since.as_secs_f64()})
}

fn recorded(request: &RecordedRequest) -> Value {
    json!({
        "operation": request.operation.name(),
        "region": request.region.as_str(),
        "secretIds": request.secret_ids,
        "bucket": request.bucket,
        "versionId": request.version_id,
        "versionStage": request.version_stage,
        "connection": request.connection,
        "accessKeyId": request.access_key_id,
        "principal": request.principal,
    })
}

/// The region in the query; that of the server's store without one.
fn region_of(message: &Message) -> Result<Option<Region>, Answer> {
    let mut region = None;
    for (name, value) in form_urlencoded::parse(message.query().as_bytes()) {
        if name != "region" {
            return Err(refuse(400, format!("the query has {name:?}; it can have `region`")));
        }
        region = Some(value.parse::<Region>().map_err(|error| refuse(400, error))?);
    }
    Ok(region)
}

fn in_region(store: &FakeSecretStore, region: Option<Region>) -> FakeSecretStore {
    region.map_or_else(|| store.clone(), |region| store.in_region(region.as_str()))
}

fn body<T: DeserializeOwned>(message: &Message) -> Result<T, Answer> {
    serde_json::from_slice(&message.body).map_err(|error| refuse(400, error))
}

fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

fn ok(body: Value) -> Answer {
    Answer::text(200, "application/json", body.to_string())
}

fn refuse(status: u16, message: impl ToString) -> Answer {
    Answer::text(status, "application/json", json!({"message": message.to_string()}).to_string())
}
