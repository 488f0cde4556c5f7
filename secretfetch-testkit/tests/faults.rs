//! Faults, each through both doors: in memory, and over the wire.

// clippy.toml allows `unwrap` in test functions, not in what they share.
#![allow(clippy::unwrap_used)]

#[path = "wire/client.rs"]
mod client;

use std::io;
use std::time::Duration;

use secretfetch::{ErrorKind, SecretRequest, SecretStore};
use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, Operation, assert_requests};
use serde_json::{Value, json};

use client::{AUTHORIZATION, Client};

fn store() -> FakeSecretStore {
    let store = FakeSecretStore::new().in_region("ca-central-1");
    store.create_text("a", "value of a");
    store.create_text("b", "value of b");
    store
}

fn request(id: &str) -> SecretRequest {
    SecretRequest::new(id.parse().unwrap())
}

async fn in_memory(store: &FakeSecretStore, id: &str) -> Result<String, ErrorKind> {
    let limit = Duration::from_millis(50);
    match tokio::time::timeout(limit, store.fetch(&request(id))).await {
        Ok(Ok(secret)) => Ok(secret.value.expose_text().unwrap().to_owned()),
        Ok(Err(error)) => Err(error.kind()),
        Err(_) => Err(ErrorKind::Timeout),
    }
}

/// The answer's `__type` if it has one, else the value; what the status or the connection says if it is none of the
/// service's.
async fn over_the_wire(server: &FakeSecretsManager, region: &str, id: &str) -> String {
    let authorization = AUTHORIZATION.replace("ca-central-1", region);
    let body = json!({ "SecretId": id }).to_string();
    let mut client = Client::connect(server).await;
    let headers = [("authorization", authorization.as_str())];
    let answer = client.request("GetSecretValue", &body, &headers);
    let answer = match tokio::time::timeout(Duration::from_millis(500), answer).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionReset => return "reset".to_owned(),
        Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => return "cut off".to_owned(),
        Ok(Err(error)) => return error.to_string(),
        Err(_) => return "nothing".to_owned(),
    };
    match serde_json::from_slice::<Value>(&answer.body) {
        Ok(body) => [&body["__type"], &body["SecretString"]].into_iter().find_map(Value::as_str).unwrap().to_owned(),
        Err(_) if answer.status == 200 => "malformed".to_owned(),
        Err(_) => answer.status.to_string(),
    }
}

#[tokio::test]
async fn every_fault_is_an_error_in_memory_and_what_a_client_makes_of_it_on_the_wire() {
    let store = store();
    let server = FakeSecretsManager::start(&store);
    for (fault, kind, wire) in [
        (Fault::throttled(), ErrorKind::Throttled, "ThrottlingException"),
        (Fault::access_denied(), ErrorKind::AccessDenied, "AccessDeniedException"),
        (Fault::kms_access_denied(), ErrorKind::KmsAccessDenied, "AccessDeniedException"),
        (Fault::expired_token(), ErrorKind::CredentialsRejected, "ExpiredTokenException"),
        (Fault::invalid_token(), ErrorKind::CredentialsRejected, "UnrecognizedClientException"),
        (Fault::no_credentials(), ErrorKind::NoCredentials, "MissingAuthenticationTokenException"),
        (Fault::internal_error(), ErrorKind::ServiceUnavailable, "InternalServiceError"),
        (Fault::unavailable(), ErrorKind::ServiceUnavailable, "ServiceUnavailable"),
        (Fault::html_page(502), ErrorKind::ServiceUnavailable, "502"),
        (Fault::status(504), ErrorKind::ServiceUnavailable, "504"),
        (Fault::redirect("http://127.0.0.1:1/"), ErrorKind::InvalidResponse, "302"),
        (Fault::malformed_body(), ErrorKind::InvalidResponse, "malformed"),
        (Fault::truncated_body(), ErrorKind::Connect, "cut off"),
        (Fault::reset_body(), ErrorKind::Connect, "reset"),
        (Fault::reset(), ErrorKind::Connect, "reset"),
        (Fault::connect(), ErrorKind::Connect, "reset"),
        (Fault::dns(), ErrorKind::Dns, "reset"),
        (Fault::untrusted_certificate(), ErrorKind::UntrustedCertificate, "reset"),
        (Fault::region_away("ca-central-1"), ErrorKind::Connect, "reset"),
        (Fault::hang(), ErrorKind::Timeout, "nothing"),
        (Fault::trickle(Duration::from_secs(1)), ErrorKind::Timeout, "nothing"),
        (Fault::latency(Duration::from_secs(60)), ErrorKind::Timeout, "nothing"),
    ] {
        let fault = fault.on("a");
        let guard = store.inject_scoped(fault.clone().times(2));
        assert_eq!(in_memory(&store, "a").await, Err(kind), "{fault}");
        assert_eq!(over_the_wire(&server, "ca-central-1", "a").await, wire, "{fault}");
        for door in [in_memory(&store, "b").await.unwrap(), over_the_wire(&server, "ca-central-1", "b").await] {
            assert_eq!(door, "value of b", "{fault}");
        }
        guard.verify();
        assert_eq!(in_memory(&store, "a").await.unwrap(), "value of a", "{fault}");
    }
}

#[tokio::test]
async fn a_region_is_away_and_the_others_are_not() {
    let store = store();
    store.in_region("eu-west-1").create_text("a", "in Ireland");
    let server = FakeSecretsManager::start(&store);
    let _away = store.inject_scoped(Fault::region_away("eu-west-1"));
    assert_eq!(in_memory(&store.in_region("eu-west-1"), "a").await, Err(ErrorKind::Connect));
    assert_eq!(in_memory(&store, "a").await.unwrap(), "value of a");
    assert_eq!(over_the_wire(&server, "eu-west-1", "a").await, "reset");
    assert_eq!(over_the_wire(&server, "ca-central-1", "a").await, "value of a");
}

#[tokio::test]
async fn any_fault_can_be_one_regions() {
    let store = store();
    store.inject(Fault::throttled().in_region("eu-west-1").once());
    assert_eq!(in_memory(&store, "a").await.unwrap(), "value of a");
    assert_eq!(in_memory(&store.in_region("eu-west-1"), "a").await, Err(ErrorKind::Throttled));
    assert_eq!(in_memory(&store.in_region("eu-west-1"), "a").await, Err(ErrorKind::SecretNotFound));
}

#[tokio::test]
async fn a_rotation_comes_between_two_requests_of_its_secret() {
    let store = store();
    let server = FakeSecretsManager::start(&store);
    let rotated = store.inject_scoped(Fault::rotation("a"));
    assert_eq!(in_memory(&store, "b").await.unwrap(), "value of b");
    assert_eq!(in_memory(&store, "a").await.unwrap(), "value of a");
    assert_eq!(in_memory(&store, "b").await.unwrap(), "value of b");
    assert_eq!(rotated.times_fired(), 0);
    let second = over_the_wire(&server, "ca-central-1", "a").await;
    assert!(second.starts_with("rotated-"), "{second}");
    assert_eq!(in_memory(&store, "a").await.unwrap(), second);

    store.inject(Fault::rotation("absent").after(0));
    assert_eq!(in_memory(&store, "absent").await, Err(ErrorKind::SecretNotFound));
}

#[tokio::test]
async fn a_seed_chooses_the_requests_that_a_fault_befalls() {
    let befallen = async |seed| {
        let store = store();
        store.inject(Fault::throttled().with_probability(0.3, seed));
        let mut befallen = Vec::new();
        for n in 0..50 {
            if in_memory(&store, "a").await.is_err() {
                befallen.push(n);
            }
        }
        befallen
    };
    let first = befallen(1).await;
    assert_eq!(first, befallen(1).await);
    assert_ne!(first, befallen(2).await);
    assert!((5..25).contains(&first.len()), "{first:?}");

    // What a fault is spared counts for nothing.
    let store = store();
    let twice = store.inject_scoped(Fault::throttled().with_probability(0.3, 1).times(2));
    for n in 0..50 {
        assert_eq!(in_memory(&store, "a").await.is_err(), first[..2].contains(&n), "request {n}");
    }
    twice.verify();
}

#[tokio::test]
async fn part_of_a_batch_fails() {
    let store = store();
    let server = FakeSecretsManager::start(&store);
    store.inject(Fault::kms_access_denied().on("b"));
    let batch = json!({ "SecretIdList": ["a", "b"] });
    let (status, body) = Client::connect(&server).await.call("BatchGetSecretValue", batch).await;
    assert_eq!(status, 200);
    assert_eq!(body["SecretValues"][0]["Name"], "a");
    assert_eq!((&body["Errors"][0]["SecretId"], &body["Errors"][1]), (&json!("b"), &Value::Null));

    let answers = store.fetch_many(&[request("a"), request("b")]).await;
    assert!(answers[0].is_ok());
    assert_eq!(answers[1].as_ref().unwrap_err().kind(), ErrorKind::KmsAccessDenied);
}

#[tokio::test]
async fn pages_are_the_stores_and_so_of_all_its_servers() {
    let store = store();
    let servers = [FakeSecretsManager::start(&store), FakeSecretsManager::start(&store)];
    store.paginate(&[1]);
    for server in &servers {
        let mut client = Client::connect(server).await;
        let mut batch = json!({ "SecretIdList": ["a", "b"] });
        let (_, first) = client.call("BatchGetSecretValue", batch.clone()).await;
        batch["NextToken"] = first["NextToken"].clone();
        let (_, second) = client.call("BatchGetSecretValue", batch).await;
        assert_eq!([&first, &second].map(|page| page["SecretValues"].as_array().unwrap().len()), [1, 1]);
        assert_eq!(second.get("NextToken"), None);
    }
    servers[0].paginate(&[]);
    let (_, whole) =
        Client::connect(&servers[1]).await.call("BatchGetSecretValue", json!({"SecretIdList": ["a", "b"]})).await;
    assert_eq!(whole["SecretValues"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn pages_are_of_a_batch_in_memory_too() {
    let store = FakeSecretStore::new();
    let names: Vec<String> = (0..15).map(|n| format!("s{n:02}")).collect();
    for name in &names {
        store.create_text(name, name);
    }
    let requests: Vec<_> = names.iter().map(|name| request(name)).collect();
    for (pages, expected) in [(&[][..], 1), (&[3, 0, 5], 4)] {
        store.clear_requests();
        store.paginate(pages);
        let answers = store.fetch_many(&requests).await;
        for (name, answer) in names.iter().zip(answers) {
            assert_eq!(answer.unwrap().value.expose_text(), Some(name.as_str()));
        }
        assert_requests(&store).by(Operation::BatchGetSecretValue).exactly(expected);
    }
}

#[tokio::test]
async fn sources_have_no_credentials_to_give() {
    let store = store();
    let server = FakeSecretsManager::start(&store);
    let mut client = Client::connect(&server).await;
    let token = ("x-aws-ec2-metadata-token-ttl-seconds", "60");
    let token = client.send("PUT /latest/api/token HTTP/1.1", &[token], "").await.unwrap().body;
    let token = String::from_utf8(token).unwrap();
    let _none = store.inject_scoped(Fault::no_credentials());
    for (line, header, status) in [
        ("GET /v1/credentials HTTP/1.1", ("authorization", "token"), 404),
        ("GET /v2/credentials/1 HTTP/1.1", ("accept", "*/*"), 404),
        ("PUT /latest/api/token HTTP/1.1", ("x-aws-ec2-metadata-token-ttl-seconds", "60"), 200),
        ("GET /latest/meta-data/placement/region HTTP/1.1", ("x-aws-ec2-metadata-token", &token), 200),
        ("GET /latest/meta-data/iam/security-credentials/ HTTP/1.1", ("x-aws-ec2-metadata-token", &token), 404),
    ] {
        assert_eq!(client.send(line, &[header], "").await.unwrap().status, status, "{line}");
    }
    // Whoever is told of one source has that one only.
    store.clear_faults();
    store.inject(Fault::no_credentials().on_operation(Operation::InstanceMetadata));
    let container = client.send("GET /v1/credentials HTTP/1.1", &[("authorization", "token")], "").await.unwrap();
    assert_eq!(container.status, 200);
}

#[test]
fn a_fault_says_what_it_does_and_to_what() {
    let fault = Fault::throttled().on("prod/db").on_operation(Operation::GetSecretValue).in_region("eu-west-1");
    let text = fault.after(1).times(2).to_string();
    assert_eq!(text, r#"Throttled on "prod/db" at GetSecretValue in eu-west-1, after 1 request, 2 times"#);
}
