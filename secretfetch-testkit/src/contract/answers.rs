//! Rules 1 to 5: what a store answers.

use std::time::Duration;

use secretfetch::{Error, ErrorKind, Result, Secret, SecretId, SecretRequest, SecretStore, SecretValue};

use super::report::{Report, Rule};
use super::seed::SeedSecret;
use super::subject::Subject;
use crate::fake::fault::Fault;

/// A version id that no secret has.
const NO_VERSION: &str = "00000000-0000-4000-8000-000000000000";

pub(super) async fn identity<S: Subject>(subject: &S, report: &mut Report) {
    let rule = Rule::Identity;
    // Names that begin alike, differ in case, or look like a name with an ARN's suffix.
    let names = ["contract/db", "contract/db-2", "contract/db-AbCdEf", "contract/DB", "contract/db/a+b=c.d@e_f"];
    let secrets: Vec<_> = names.iter().map(|name| SeedSecret::text(name, &format!("value of {name}"))).collect();
    let prepared = subject.prepare(&secrets).await;
    for secret in &secrets {
        let mut ids = vec![secret.name.clone()];
        let identity = prepared.identity(rule, &secret.name);
        if let Some(identity) = identity {
            ids.push(identity.arn.clone());
            // One that ends like a complete ARN counts as one, of another secret.
            if !secret.name.ends_with("-AbCdEf") {
                ids.push(identity.arn[..identity.arn.len() - "-AbCdEf".len()].to_owned());
            }
        }
        for id in ids {
            let found = get(rule, prepared.store().fetch(&request(&id)).await, &id);
            same_value(rule, &found, secret.current(), &id);
            rule.require(found.name == secret.name, format_args!("{id} answered the name {}", found.name));
            if let Some(identity) = identity {
                let arn = found.arn.as_ref().map(|arn| arn.as_str());
                rule.require(arn == Some(identity.arn.as_str()), format_args!("{id} answered the ARN {arn:?}"));
            }
        }
    }
    if prepared.identity(rule, names[0]).is_none() {
        report.leave_out(rule, "ARNs and partial ARNs");
    }
}

pub(super) async fn version<S: Subject>(subject: &S, report: &mut Report) {
    let rule = Rule::Version;
    let name = "contract/versions";
    let secrets = [SeedSecret::text(name, "the first").then("the second", None).then("the third", Some("CANARY"))];
    let prepared = subject.prepare(&secrets).await;
    let store = prepared.store();
    let asked = |id: Option<&str>, stage: Option<&str>| {
        let mut request = request(name);
        if let Some(id) = id {
            request = request.with_version_id(id.parse().unwrap_or_else(|error| rule.broken(error)));
        }
        match stage {
            Some(stage) => request.with_version_stage(stage.parse().unwrap_or_else(|error| rule.broken(error))),
            None => request,
        }
    };

    let mut expected = vec![
        (asked(None, None), Some("the second")),
        (asked(None, Some("AWSCURRENT")), Some("the second")),
        (asked(None, Some("NOSUCHSTAGE")), None),
        (asked(Some(NO_VERSION), None), None),
    ];
    match prepared.identity(rule, name) {
        None => {
            expected.push((asked(None, Some("AWSPREVIOUS")), None));
            report.leave_out(rule, "versions other than the current one");
        }
        Some(identity) => {
            let ids: Vec<&str> = identity.version_ids.iter().map(|id| id.as_str()).collect();
            expected.extend([
                (asked(None, Some("AWSPREVIOUS")), Some("the first")),
                (asked(None, Some("CANARY")), Some("the third")),
                (asked(Some(ids[0]), None), Some("the first")),
                (asked(Some(ids[2]), None), Some("the third")),
                (asked(Some(ids[1]), Some("AWSCURRENT")), Some("the second")),
                (asked(Some(ids[0]), Some("AWSPREVIOUS")), Some("the first")),
                (asked(Some(ids[0]), Some("AWSCURRENT")), None),
                (asked(Some(ids[1]), Some("CANARY")), None),
            ]);
            let secret = get(rule, store.fetch(&asked(None, Some("AWSPREVIOUS"))).await, name);
            rule.require(
                secret.version_id.as_ref() == Some(&identity.version_ids[0]),
                format_args!("the version at AWSPREVIOUS answered the id {:?}", secret.version_id),
            );
            let stages: Vec<_> = secret.version_stages.iter().map(|stage| stage.as_str()).collect();
            rule.require(stages == ["AWSPREVIOUS"], format_args!("… and the stages {stages:?}"));
        }
    }
    let requests: Vec<_> = expected.iter().map(|(request, _)| request.clone()).collect();
    let many = fetch_many(store, &requests).await;
    for ((request, value), from_many) in expected.iter().zip(many) {
        for result in [store.fetch(request).await, from_many] {
            match value {
                Some(text) => {
                    let what = said(request);
                    let secret = get(rule, result, &what);
                    same_value(rule, &secret, &SecretValue::from_text((*text).to_owned()), &what);
                }
                None => _ = failed(rule, result, ErrorKind::VersionNotFound, request),
            }
        }
    }
}

pub(super) async fn not_found<S: Subject>(subject: &S, report: &mut Report) {
    let rule = Rule::NotFound;
    let gone = "contract/scheduled-for-deletion";
    let secrets = [SeedSecret::text("contract/here", "value"), SeedSecret::text(gone, "value").deleted()];
    let prepared = subject.prepare(&secrets).await;
    let mut expected = vec![(request("contract/her"), ErrorKind::SecretNotFound)];
    if prepared.identity(rule, gone).is_some() {
        let elsewhere = "arn:aws:secretsmanager:us-east-1:123456789012:secret:contract/absent-AbCdEf";
        expected.push((request(elsewhere), ErrorKind::SecretNotFound));
        expected.push((request(gone), ErrorKind::ScheduledForDeletion));
    } else {
        report.leave_out(rule, "secrets scheduled for deletion");
    }
    for (request, kind) in &expected {
        let many = fetch_many(prepared.store(), std::slice::from_ref(request)).await.remove(0);
        for result in [prepared.store().fetch(request).await, many] {
            let error = failed(rule, result, *kind, request);
            rule.require(!error.is_retryable(), format_args!("{kind:?} is said to be worth a retry"));
        }
    }
}

pub(super) async fn exactness<S: Subject>(subject: &S) {
    let rule = Rule::Exactness;
    let large = "0123456789abcdef".repeat(4096);
    let texts = [
        " leading and trailing \t",
        "line feed\n",
        "\ncarriage return\r\n",
        "\u{feff}byte order mark",
        "null",
        "1e400",
        r#"{"b": 1.0, "a": 12345678901234567890, "b": "\u0041\ud83d\ude00"}"#,
        r#"{"$binary": "AAECAw=="}"#,
        "aGVsbG8=",
        "quotes \" ' ` and \\ backslash",
        "nul \0, escape \u{1b}, delete \u{7f}, separator \u{2028}",
        "composed \u{e9}, decomposed e\u{301}, beyond the BMP \u{1f600}, last \u{10ffff}",
        large.as_str(),
    ];
    let every_byte: Vec<u8> = (0..=255).collect();
    let bytes: [&[u8]; 5] = [&every_byte, b"text as binary\n", &[0], &[0xff, 0xfe, 0, 0], b"{\"a\": 1}"];
    let texts = texts.iter().map(|text| SecretValue::from_text((*text).to_owned()));
    let binaries = bytes.iter().map(|bytes| SecretValue::from_binary(bytes.to_vec()));
    let named = texts.chain(binaries).enumerate();
    let secrets: Vec<_> = named.map(|(n, value)| SeedSecret::with_value(&format!("contract/{n}"), value)).collect();

    let prepared = subject.prepare(&secrets).await;
    let requests: Vec<_> = secrets.iter().map(|secret| request(&secret.name)).collect();
    let many = fetch_many(prepared.store(), &requests).await;
    for ((secret, request), from_many) in secrets.iter().zip(&requests).zip(many) {
        for result in [prepared.store().fetch(request).await, from_many] {
            same_value(rule, &get(rule, result, &secret.name), secret.current(), &secret.name);
        }
    }
}

pub(super) async fn order<S: Subject>(subject: &S, report: &mut Report) {
    let rule = Rule::Order;
    // More than two batches of twenty, created in another order than asked for.
    let mut secrets: Vec<_> =
        (0..45).rev().map(|n| SeedSecret::text(&format!("contract/{n:02}"), &format!("value {n:02}"))).collect();
    secrets.push(SeedSecret::text("contract/denied", "value"));
    let prepared = subject.prepare(&secrets).await;
    let store = prepared.store();
    let numbered = |n: usize| format!("contract/{:02}", n * 7 % 45);
    let mut names: Vec<_> = (0..45).map(numbered).collect();
    names.insert(3, "contract/absent".to_owned());
    names.insert(30, "contract/absent-too".to_owned());
    names.push(numbered(0)); // twice, and far apart
    if let Some(fake) = prepared.fake(rule, "a slow and a denied request among others", report) {
        names.insert(10, "contract/denied".to_owned());
        fake.inject(Fault::access_denied().on("contract/denied"));
        fake.inject(Fault::latency(Duration::from_millis(40)).on(numbered(0)));
        fake.inject(Fault::latency(Duration::from_millis(20)).on(numbered(5)));
    }

    let requests: Vec<_> = names.iter().map(|name| request(name)).collect();
    let results = fetch_many(store, &requests).await;
    for ((name, request), result) in names.iter().zip(&requests).zip(results) {
        if name.starts_with("contract/absent") {
            failed(rule, result, ErrorKind::SecretNotFound, request);
        } else if name == "contract/denied" {
            failed(rule, result, ErrorKind::AccessDenied, request);
        } else {
            let secret = get(rule, result, name);
            rule.require(secret.name == *name, format_args!("in the place of {name} is {}", secret.name));
            same_value(rule, &secret, &SecretValue::from_text(name.replace("contract/", "value ")), name);
        }
    }
    fetch_many(store, &[]).await;
}

pub(super) fn request(id: &str) -> SecretRequest {
    let id: SecretId = id.parse().unwrap_or_else(|error| panic!("the contract has the bad secret id {id}: {error}"));
    SecretRequest::new(id)
}

/// What was asked for, for a person to read.
fn said(request: &SecretRequest) -> String {
    let mut said = request.secret_id().to_string();
    if let Some(id) = request.version_id() {
        said.push_str(&format!(" at the version {id}"));
    }
    if let Some(stage) = request.version_stage() {
        said.push_str(&format!(" at the stage {stage}"));
    }
    said
}

/// As many results as requests: whatever rule is under test, without that its results mean nothing.
async fn fetch_many<S: SecretStore>(store: &S, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
    let results = store.fetch_many(requests).await;
    let (asked, answered) = (requests.len(), results.len());
    Rule::Order.require(asked == answered, format_args!("{asked} requests had {answered} results"));
    results
}

fn get(rule: Rule, result: Result<Secret>, what: impl std::fmt::Display) -> Secret {
    result.unwrap_or_else(|error| rule.broken(format_args!("{what} failed: {error}")))
}

/// The error, which must be of this kind and, where something is not found, name the secret.
pub(super) fn failed(rule: Rule, result: Result<Secret>, kind: ErrorKind, request: &SecretRequest) -> Error {
    let id = request.secret_id();
    match result {
        Ok(_) => rule.broken(format_args!("{} had an answer instead of {kind:?}", said(request))),
        Err(error) => {
            rule.require(
                error.kind() == kind,
                format_args!("{} had {:?} instead of {kind:?}: {error}", said(request), error.kind()),
            );
            let named = !error.is_not_found() || error.secret_id() == Some(id);
            rule.require(named, format_args!("the error does not name {id}: {error}"));
            error
        }
    }
}

pub(super) fn same_value(rule: Rule, secret: &Secret, expected: &SecretValue, what: &str) {
    let kind = |binary| if binary { "binary" } else { "text" };
    rule.require(
        secret.value.is_binary() == expected.is_binary(),
        format_args!("{what} is {} and was stored as {}", kind(secret.value.is_binary()), kind(expected.is_binary())),
    );
    let (actual, expected) = (secret.value.expose_bytes(), expected.expose_bytes());
    let at = actual.iter().zip(expected).take_while(|(a, b)| a == b).count();
    rule.require(
        actual == expected,
        format_args!(
            "{what} has {} bytes, was stored with {}, and differs from byte {at} on",
            actual.len(),
            expected.len()
        ),
    );
}
