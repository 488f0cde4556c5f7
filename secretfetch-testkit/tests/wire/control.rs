//! The control API, as a test in another language uses it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;

use secretfetch_testkit::{Control, FakeSecretStore, FakeSecretsManager};
use serde_json::{Value, json};

use crate::client::Client;

async fn fake(control: Control) -> (FakeSecretsManager, Client) {
    let store = FakeSecretStore::new().in_region("ca-central-1");
    let server = FakeSecretsManager::bind_with_control("127.0.0.1:0".parse().unwrap(), &store, control).unwrap();
    let client = Client::connect(&server).await;
    (server, client)
}

/// One request: `GET health`, with a body or not.
async fn control(client: &mut Client, request: &str, body: &str) -> (u16, Value) {
    let (method, path) = request.split_once(' ').unwrap();
    let line = format!("{method} /_secretfetch/{path} HTTP/1.1");
    let answer = client.send(&line, &[("content-type", "application/json")], body).await.unwrap();
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

#[track_caller]
fn ok((status, body): (u16, Value)) -> Value {
    assert_eq!(status, 200, "{body}");
    body
}

#[tokio::test]
async fn secrets_are_seeded_put_rotated_and_forgotten() {
    let (server, mut client) = fake(Control::Loopback).await;
    assert_eq!(ok(control(&mut client, "GET health", "").await), json!({"status": "ok"}));
    let seed = r#"{"a": "1", "b": {"$secret": {"tags": {"team": "blue"}, "versions": [{"value": "2"}]}}}"#;
    ok(control(&mut client, "POST seed", seed).await);
    ok(control(&mut client, "POST seed?region=eu-west-1", r#"{"there": "3"}"#).await);
    ok(control(&mut client, "POST operations/PutSecretValue", r#"{"SecretId": "a", "SecretString": "2"}"#).await);
    let described = ok(control(&mut client, "POST operations/DescribeSecret", r#"{"SecretId": "b"}"#).await);
    assert_eq!(described["Tags"], json!([{"Key": "team", "Value": "blue"}]));
    let batch = r#"{"SecretIdList": ["a", "absent"]}"#;
    let batch = ok(control(&mut client, "POST operations/BatchGetSecretValue", batch).await);
    assert_eq!(batch["SecretValues"][0]["SecretString"], "2");
    assert_eq!(batch["Errors"][0]["ErrorCode"], "ResourceNotFoundException");
    ok(control(&mut client, "POST rotate", r#"{"secretId": "b"}"#).await);
    assert_eq!((server.store().versions("a").len(), server.store().versions("b").len()), (2, 2));
    assert_eq!(server.store().in_region("eu-west-1").secret_names(), ["there"]);
    assert!(server.requests().is_empty(), "the test's own hands are not in the log");

    ok(control(&mut client, "POST reset", "").await);
    assert!(server.store().secret_names().is_empty());
    let again = ok(control(&mut client, "POST operations/CreateSecret", r#"{"Name": "a", "SecretString": "1"}"#).await);
    assert!(again["VersionId"].is_string());
}

#[tokio::test]
async fn faults_and_requests_are_told() {
    let (_server, mut client) = fake(Control::Loopback).await;
    ok(control(&mut client, "POST seed", r#"{"a": "1"}"#).await);
    let faults = r#"[{"fault": "throttled", "times": 1}, {"fault": "accessDenied", "secretId": "a", "after": 1}]"#;
    ok(control(&mut client, "POST faults", faults).await);
    let mut kinds = Vec::new();
    for _ in 0..3 {
        kinds.push(client.call("GetSecretValue", json!({"SecretId": "a"})).await.1["__type"].clone());
    }
    assert_eq!(kinds, [json!("ThrottlingException"), Value::Null, json!("AccessDeniedException")]);
    let told = ok(control(&mut client, "GET faults", "").await);
    assert_eq!((&told["faults"][0]["timesFired"], &told["faults"][1]["timesFired"]), (&json!(1), &json!(1)));
    ok(control(&mut client, "DELETE faults", "").await);
    assert_eq!(client.call("GetSecretValue", json!({"SecretId": "a"})).await.0, 200);

    let told = ok(control(&mut client, "GET requests", "").await);
    assert_eq!((told["requests"].as_array().unwrap().len(), &told["mostInFlight"]), (4, &json!(1)));
    let first = &told["requests"][0];
    assert_eq!((&first["operation"], &first["secretIds"]), (&json!("GetSecretValue"), &json!(["a"])));
    assert_eq!((&first["region"], &first["accessKeyId"]), (&json!("ca-central-1"), &json!("AKIDEXAMPLE")));
    ok(control(&mut client, "DELETE requests", "").await);
    assert_eq!(ok(control(&mut client, "GET requests", "").await)["requests"], json!([]));
}

#[tokio::test]
async fn the_clock_moves_when_told() {
    let (_server, mut client) = fake(Control::Loopback).await;
    let stopped = ok(control(&mut client, "PUT clock", r#"{"time": 1700000000}"#).await);
    assert_eq!(stopped["time"], 1_700_000_000.0);
    ok(control(&mut client, "POST seed", r#"{"a": "1"}"#).await);
    ok(client.call("DeleteSecret", json!({"SecretId": "a", "RecoveryWindowInDays": 7})).await);
    ok(control(&mut client, "PUT clock", r#"{"advanceSeconds": 604801}"#).await);
    assert_eq!(client.call("DescribeSecret", json!({"SecretId": "a"})).await.1["__type"], "ResourceNotFoundException");
    assert_eq!(ok(control(&mut client, "GET clock", "").await)["time"], 1_700_604_801.0);
}

#[tokio::test]
async fn a_hook_is_sent_the_four_steps() {
    let (server, mut client) = fake(Control::Loopback).await;
    ok(control(&mut client, "POST seed", r#"{"a": "old"}"#).await);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = json!({"url": format!("http://{}/rotate", listener.local_addr().unwrap())}).to_string();
    let store = server.store().clone();
    let hook = std::thread::spawn(move || {
        let mut steps = Vec::new();
        while steps.len() < 4 {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let mut length = 0;
            let mut line = String::new();
            while line != "\r\n" {
                line.clear();
                reader.read_line(&mut line).unwrap();
                length = line.strip_prefix("content-length: ").map_or(length, |value| value.trim().parse().unwrap());
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let event: Value = serde_json::from_slice(&body).unwrap();
            if event["Step"] == "createSecret" {
                // As a function does it: through the fake, which goes on answering meanwhile.
                store.put_text(event["SecretId"].as_str().unwrap(), "new");
            }
            steps.push(event["Step"].as_str().unwrap().to_owned());
            reader.get_mut().write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
        }
        steps
    });
    ok(control(&mut client, "PUT rotation-hook", &url).await);
    // By the test's own hands it is set up, and not begun.
    let set_up = r#"{"SecretId": "a", "RotationLambdaARN": "arn:aws:lambda:x"}"#;
    ok(control(&mut client, "POST operations/RotateSecret", set_up).await);
    assert_eq!(server.store().versions("a").len(), 1);
    ok(client.call("RotateSecret", json!({"SecretId": "a", "RotationLambdaARN": "arn:aws:lambda:x"})).await);
    assert_eq!(hook.join().unwrap(), ["createSecret", "setSecret", "testSecret", "finishSecret"]);
    assert_eq!(client.call("GetSecretValue", json!({"SecretId": "a"})).await.1["SecretString"], "new");

    // Nobody listens there any more: the rotation fails, and the secret stays as it is.
    let (status, body) = control(&mut client, "POST rotate", r#"{"secretId": "a"}"#).await;
    assert_eq!(status, 400, "{body}");
    ok(control(&mut client, "DELETE rotation-hook", "").await);
    ok(control(&mut client, "POST rotate", r#"{"secretId": "a"}"#).await);
}

#[tokio::test]
async fn what_is_wrong_is_told() {
    let (_server, mut client) = fake(Control::Loopback).await;
    for (request, body, status, said) in [
        ("POST seed", "{\n\"a\": 1\n}", 400, "line 2"),
        ("POST seed?region=no%20region", "{}", 400, "region"),
        ("POST seed?zone=a", "{}", 400, "\"zone\""),
        ("POST rotate", r#"{"secretId": "absent"}"#, 400, "can't find"),
        ("POST rotate", r#"{"secretid": "absent"}"#, 400, "unknown field `secretid`"),
        ("POST faults", r#"{"fault": "trottled"}"#, 400, "unknown variant `trottled`"),
        ("POST operations/GetSecret", "{}", 404, "\"GetSecret\""),
        ("POST operations/CreateSecret", "{", 400, "not valid JSON"),
        ("POST operations/CreateSecret", r#"{"Name": 5}"#, 400, "wrong type"),
        ("POST operations/GetSecretValue", r#"{"SecretId": "absent"}"#, 400, "can't find"),
        ("PUT clock", "{}", 400, "either `time` or `advanceSeconds`"),
        ("PUT clock", r#"{"time": -1}"#, 400, "number of seconds"),
        ("PUT rotation-hook", r#"{"url": "https://a"}"#, 400, "http://HOST:PORT/PATH"),
        ("POST health", "", 405, "GET health"),
        ("GET nothing", "", 404, "GET health"),
    ] {
        let (found, answer) = control(&mut client, request, body).await;
        assert_eq!(found, status, "{request}: {answer}");
        assert!(answer.to_string().replace("\\\"", "\"").contains(said), "{request}: {answer}");
    }
    let plain = client.send("POST /_secretfetch/seed HTTP/1.1", &[("content-type", "text/plain")], "{}").await.unwrap();
    assert_eq!(plain.status, 415);
}

#[tokio::test]
async fn a_server_that_was_not_told_has_no_control_api() {
    let (_server, mut client) = fake(Control::Off).await;
    let (status, body) = control(&mut client, "GET health", "").await;
    assert_eq!(status, 403, "{body}");
    let server = FakeSecretsManager::start(&FakeSecretStore::new());
    let mut client = Client::connect(&server).await;
    assert_eq!(control(&mut client, "POST reset", "").await.0, 403);
}
