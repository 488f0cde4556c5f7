//! The protocol around the operations: signatures, targets, bodies, connections.

use serde_json::{Value, json};

use crate::client::{AUTHORIZATION, Client};
use crate::serving;

async fn refusal(operation: &str, body: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let server = serving(1);
    let answer = Client::connect(&server).await.request(operation, body, headers).await.unwrap();
    assert!(server.requests().is_empty(), "what is refused before the operation is not recorded");
    let json: Value = serde_json::from_slice(&answer.body).unwrap();
    (answer.status, json["__type"].as_str().unwrap().to_owned())
}

fn signed(scope: &str) -> String {
    AUTHORIZATION.replace("20260102/ca-central-1/secretsmanager/aws4_request", scope)
}

#[tokio::test]
async fn an_unsigned_request_is_refused() {
    let body = r#"{"SecretId": "s00"}"#;
    let expected = (400, "MissingAuthenticationTokenException".to_owned());
    assert_eq!(refusal("GetSecretValue", body, &[]).await, expected);
    for authorization in [
        "Basic YTpi",
        "AWS4-HMAC-SHA256 Credential=a/20260102/ca-central-1/secretsmanager/aws4_request",
        &signed("ca-central-1/aws4_request"),
        &signed("20260102/CA CENTRAL/secretsmanager/aws4_request"),
    ] {
        let (status, kind) = refusal("GetSecretValue", body, &[("authorization", authorization)]).await;
        assert_eq!((status, kind.as_str()), (400, "IncompleteSignatureException"), "{authorization}");
    }
    let other = signed("20260102/ca-central-1/sts/aws4_request");
    let (_, kind) = refusal("GetSecretValue", body, &[("authorization", &other)]).await;
    assert_eq!(kind, "InvalidSignatureException");
}

#[tokio::test]
async fn what_is_no_operation_of_secrets_manager_is_refused() {
    let authorization = ("authorization", AUTHORIZATION);
    for headers in [
        vec![authorization, ("x-amz-target", "")],
        vec![authorization, ("x-amz-target", "secretsmanager.NoSuchOperation")],
        vec![authorization, ("x-amz-target", "TrentService.Decrypt")],
        vec![authorization, ("content-type", "application/json")],
    ] {
        let (status, kind) = refusal("GetSecretValue", "{}", &headers).await;
        assert_eq!((status, kind.as_str()), (400, "UnknownOperationException"), "{headers:?}");
    }
    let server = serving(0);
    let answer = Client::connect(&server).await.send("GET /health HTTP/1.1", &[], "").await.unwrap();
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn a_body_that_is_no_input_is_refused() {
    for body in ["", "{", "[]", r#"{"SecretId": 1}"#] {
        let (status, kind) = refusal("GetSecretValue", body, &[("authorization", AUTHORIZATION)]).await;
        assert_eq!((status, kind.as_str()), (400, "SerializationException"), "{body}");
    }
    let large = format!(r#"{{"SecretId": "{}"}}"#, "x".repeat(1 << 20));
    let (status, kind) = refusal("GetSecretValue", &large, &[("authorization", AUTHORIZATION)]).await;
    assert_eq!((status, kind.as_str()), (413, "RequestEntityTooLargeException"));
}

#[tokio::test]
async fn the_region_is_that_of_the_signature() {
    let server = serving(1);
    server.store().in_region("eu-west-1").create_text("s00", "in Ireland");
    let mut client = Client::connect(&server).await;
    for (region, status, value) in [
        ("ca-central-1", 200, json!("value 00")),
        ("eu-west-1", 200, json!("in Ireland")),
        ("us-east-1", 400, Value::Null),
    ] {
        let authorization = signed(&format!("20260102/{region}/secretsmanager/aws4_request"));
        let headers = [("authorization", authorization.as_str())];
        let answer = client.request("GetSecretValue", r#"{"SecretId": "s00"}"#, &headers).await.unwrap();
        let json: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, &json["SecretString"]), (status, &value), "{region}");
    }
    let regions: Vec<_> = server.requests().iter().map(|request| request.region.to_string()).collect();
    assert_eq!(regions, ["ca-central-1", "eu-west-1", "us-east-1"]);
}

#[tokio::test]
async fn connections_are_kept_and_counted() {
    let server = serving(1);
    let mut first = Client::connect(&server).await;
    let mut second = Client::connect(&server).await;
    for _ in 0..3 {
        assert_eq!(first.call("GetSecretValue", json!({"SecretId": "s00"})).await.0, 200);
    }
    second.call("GetSecretValue", json!({"SecretId": "s00"})).await;
    assert_eq!(server.connections(), 2);
    let connections: Vec<_> = server.requests().iter().map(|request| request.connection).collect();
    assert_eq!(connections, [Some(1), Some(1), Some(1), Some(2)]);
}

#[tokio::test]
async fn the_server_is_gone_when_it_is_dropped() {
    let server = serving(1);
    let address = server.address();
    let mut client = Client::connect(&server).await;
    client.call("GetSecretValue", json!({"SecretId": "s00"})).await;
    drop(server);
    assert!(client.request("GetSecretValue", "{}", &[]).await.is_err());
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[test]
fn a_test_without_a_runtime_has_a_server_too() {
    let server = serving(1);
    let connected = std::net::TcpStream::connect(server.address());
    assert!(connected.is_ok());
}
