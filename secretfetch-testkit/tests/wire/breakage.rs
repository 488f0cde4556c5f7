//! Connections and answers that break.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, ReservedAddress};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::client::{AUTHORIZATION, Answer, Client};
use crate::serving;

async fn get(server: &FakeSecretsManager) -> std::io::Result<Answer> {
    let headers = [("authorization", AUTHORIZATION)];
    Client::connect(server).await.request("GetSecretValue", r#"{"SecretId": "s00"}"#, &headers).await
}

#[tokio::test]
async fn a_reset_is_a_reset_and_not_an_end() {
    let server = serving(1);
    server.store().inject(Fault::reset().once());
    assert_eq!(get(&server).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(get(&server).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_truncated_body_ends_in_the_middle() {
    let server = serving(1);
    server.store().inject(Fault::truncated_body().once());
    let error = get(&server).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    let whole = get(&server).await.unwrap().body.len();
    assert_eq!(error.to_string(), format!("{} of {whole}", whole / 2));
}

#[tokio::test]
async fn a_body_can_be_reset_in_the_middle() {
    let server = serving(1);
    server.store().inject(Fault::reset_body().once());
    assert_eq!(get(&server).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(get(&server).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_malformed_body_is_a_whole_answer_with_half_of_the_json() {
    let server = serving(1);
    server.store().inject(Fault::malformed_body().once());
    let answer = get(&server).await.unwrap();
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "application/x-amz-json-1.1"));
    assert_eq!(answer.headers["content-length"], answer.body.len().to_string());
    assert!(answer.body.starts_with(b"{") && serde_json::from_slice::<serde_json::Value>(&answer.body).is_err());
}

#[tokio::test]
async fn a_trickle_brings_the_whole_answer_byte_by_byte() {
    let server = serving(1);
    let whole = get(&server).await.unwrap().body.len();
    server.store().inject(Fault::trickle(Duration::from_millis(2)).once());
    let start = Instant::now();
    assert_eq!(get(&server).await.unwrap().body.len(), whole);
    assert!(start.elapsed() >= Duration::from_millis(2) * u32::try_from(whole).unwrap());
}

#[tokio::test]
async fn a_large_body_has_its_length_and_does_not_announce_it() {
    let server = serving(1);
    server.store().inject(Fault::large_body(3_000_000).once());
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.1\r\n\
         x-amz-target: secretsmanager.GetSecretValue\r\nauthorization: {AUTHORIZATION}\r\ncontent-length: 19\r\n\r\n\
         {{\"SecretId\": \"s00\"}}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("content-length"), "{head}");
    assert_eq!(body.bytes().filter(|&byte| byte == b' ').count(), 3_000_000);
}

#[tokio::test]
async fn a_redirect_names_the_other_place() {
    let server = serving(1);
    server.store().inject(Fault::redirect("http://127.0.0.1:1/login").once());
    let answer = get(&server).await.unwrap();
    assert_eq!((answer.status, answer.headers["location"].as_str()), (302, "http://127.0.0.1:1/login"));
}

#[tokio::test]
async fn an_address_that_is_reserved_refuses_until_the_fake_is_there() {
    let reserved = ReservedAddress::new();
    let address = reserved.address();
    let refused = tokio::net::TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let store = FakeSecretStore::new().in_region("ca-central-1");
    store.create_text("s00", "value");
    let server = reserved.start(&store);
    assert_eq!(server.address(), address);
    assert_eq!(get(&server).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_page_of_html_and_a_bare_status_take_the_place_of_the_answer() {
    let server = serving(1);
    server.store().inject(Fault::html_page(502).once());
    server.store().inject(Fault::status(418).once());
    let page = get(&server).await.unwrap();
    assert_eq!((page.status, page.headers["content-type"].as_str()), (502, "text/html"));
    assert!(page.body.starts_with(b"<!DOCTYPE html>"));
    let bare = get(&server).await.unwrap();
    assert_eq!((bare.status, bare.body.len()), (418, 0));
}

#[tokio::test]
async fn a_fault_on_one_secret_of_a_batch_breaks_the_whole_answer() {
    let server = serving(2);
    server.store().inject(Fault::status(500).on("s01").once());
    let mut client = Client::connect(&server).await;
    let headers = [("authorization", AUTHORIZATION)];
    let body = r#"{"SecretIdList": ["s00", "s01"]}"#;
    assert_eq!(client.request("BatchGetSecretValue", body, &headers).await.unwrap().status, 500);
    assert_eq!(client.request("BatchGetSecretValue", body, &headers).await.unwrap().status, 200);
}

#[tokio::test]
async fn latency_delays_one_request_and_holds_up_no_other() {
    let server = serving(2);
    server.store().inject(Fault::latency(Duration::from_millis(300)).on("s01"));
    let (mut slow, mut fast) = (Client::connect(&server).await, Client::connect(&server).await);
    let start = Instant::now();
    let slow = async {
        let answer = slow.call("GetSecretValue", json!({"SecretId": "s01"})).await;
        (answer.0, start.elapsed())
    };
    let fast = async {
        let answer = fast.call("GetSecretValue", json!({"SecretId": "s00"})).await;
        (answer.0, start.elapsed())
    };
    let (slow, fast) = tokio::join!(slow, fast);
    assert_eq!((slow.0, fast.0), (200, 200));
    assert!(slow.1 >= Duration::from_millis(300) && fast.1 < Duration::from_millis(300), "{slow:?} {fast:?}");
}

#[tokio::test]
async fn a_hanging_request_ends_with_its_client() {
    let server = serving(1);
    server.store().inject(Fault::hang().once());
    assert!(tokio::time::timeout(Duration::from_millis(100), get(&server)).await.is_err());
    let end = Instant::now() + Duration::from_secs(5);
    while server.store().in_flight() > 0 {
        assert!(Instant::now() < end, "the server does not see that its client has gone");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(get(&server).await.unwrap().status, 200);
}
