//! The JSON document of `--report json`, and the fields of JSON log lines. `docs/report.schema.json` describes the
//! document.

use std::path::Path;

use secretfetch::{EnvironmentReport, Error, Failure, FileReport, Report};
use serde_json::{Map, Value, json};

use crate::outcome::{docs, exit_code};

/// A run that left its files, or a check that rendered them; `notes` are told besides those of the report.
pub(crate) fn done(report: &Report, notes: &[String]) -> Value {
    let files: Vec<Value> = report.files.iter().map(|file| Value::Object(file_fields(file))).collect();
    let mut document = json!({ "status": "ok", "exitCode": 0, "files": files });
    if let Some(environment) = &report.environment {
        document["environment"] = Value::Object(environment_fields(environment));
    }
    add_notes(&mut document, notes.iter().chain(&report.notes));
    document
}

/// A configuration that is valid by itself.
pub(crate) fn valid(notes: &[String]) -> Value {
    let mut document = json!({ "status": "ok", "exitCode": 0, "offline": true });
    add_notes(&mut document, notes.iter());
    document
}

/// A run that failed; what a person must mend first stands first.
pub(crate) fn failed(error: &Error) -> Value {
    let failures = error.by_precedence().map(|failure| {
        let mut members = failure_fields(failure);
        members.insert("message".to_owned(), failure.message().into());
        Value::Object(members)
    });
    json!({ "status": "error", "exitCode": exit_code(error), "failures": failures.collect::<Vec<_>>() })
}

/// A run that a signal ended.
pub(crate) fn ended(signal: &str, code: u8) -> Value {
    json!({ "status": "error", "exitCode": code, "signal": signal, "failures": [] })
}

/// A run that goes on until a signal ends it.
pub(crate) fn stopped(signal: &str) -> Value {
    json!({ "status": "ok", "exitCode": 0, "signal": signal })
}

fn add_notes<'a>(document: &mut Value, notes: impl Iterator<Item = &'a String>) {
    let notes: Vec<&String> = notes.collect();
    if !notes.is_empty() {
        document["notes"] = json!(notes);
    }
}

pub(crate) fn environment_fields(environment: &EnvironmentReport) -> Map<String, Value> {
    match serde_json::to_value(environment) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

pub(crate) fn file_fields(file: &FileReport) -> Map<String, Value> {
    match serde_json::to_value(file) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// What is known about a failure, besides its message.
pub(crate) fn failure_fields(failure: &Failure) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    };
    put("kind", Some(failure.kind().name().into()));
    put("docs", Some(docs(failure.kind()).into()));
    put("store", failure.store().map(|store| store.as_str().into()));
    put("secretId", failure.secret_id().map(|id| id.as_str().into()));
    put("find", failure.find().filter(|_| failure.secret_id().is_none()).map(Into::into));
    put("region", failure.region().map(|region| region.as_str().into()));
    put("file", failure.file().map(Path::to_string_lossy).map(|path| path.into()));
    put("key", failure.key().map(Value::from));
    put("hint", failure.hint().map(Value::from));
    put("retryable", Some(failure.is_retryable().into()));
    fields
}
