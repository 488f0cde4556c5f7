//! The endpoints of containers and instances, as their agents and services answer.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use secretfetch_testkit::FakeSecretsManager;
use serde_json::Value;

use crate::client::{Answer, Client};
use crate::serving;
use crate::signer::{Signer, at, text};

const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const TOKEN: &str = "x-aws-ec2-metadata-token";

async fn send(server: &FakeSecretsManager, line: &str, headers: &[(&str, &str)]) -> Answer {
    Client::connect(server).await.send(&format!("{line} HTTP/1.1"), headers, "").await.unwrap()
}

async fn token(server: &FakeSecretsManager, seconds: &str) -> String {
    let answer = send(server, "PUT /latest/api/token", &[(TTL, seconds)]).await;
    assert_eq!(answer.status, 200);
    text(&answer).to_owned()
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

fn members(json: &Value) -> Vec<&str> {
    json.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_token_of_instance_metadata_lasts_from_a_second_to_six_hours() {
    let server = serving(0);
    for (ttl, status) in [("1", 200), ("21600", 200), ("0", 400), ("21601", 400), ("-1", 400), ("long", 400)] {
        assert_eq!(send(&server, "PUT /latest/api/token", &[(TTL, ttl)]).await.status, status, "{ttl}");
    }
    let proxied = [(TTL, "60"), ("x-forwarded-for", "203.0.113.9")];
    assert_eq!(send(&server, "PUT /latest/api/token", &proxied).await.status, 403);
}

#[tokio::test]
async fn a_token_of_instance_metadata_ends_by_the_accounts_clock() {
    let server = serving(0);
    let token = token(&server, "60").await;
    let given = [(TOKEN, token.as_str())];
    server.store().advance(Duration::from_secs(59));
    assert_eq!(send(&server, "GET /latest/meta-data/instance-id", &given).await.status, 200);
    server.store().advance(Duration::from_secs(1));
    let answer = send(&server, "GET /latest/meta-data/instance-id", &given).await;
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (401, "text/html"));
    assert!(text(&answer).contains("<title>401 - Unauthorized</title>"), "{}", text(&answer));
}

#[tokio::test]
async fn instance_metadata_tells_where_the_instance_is_and_what_it_may() {
    let server = serving(0);
    let token = token(&server, "60").await;
    let given = [(TOKEN, token.as_str())];
    for (path, answered) in [
        ("meta-data/placement/region", "ca-central-1"),
        ("meta-data/placement/availability-zone", "ca-central-1a"),
        ("meta-data/placement/", "availability-zone\nregion"),
        ("meta-data/instance-id", "i-0123456789abcdef0"),
        ("meta-data/iam/", "info\nsecurity-credentials/"),
        ("meta-data/iam/security-credentials/", "fake-instance-role"),
    ] {
        assert_eq!(text(&send(&server, &format!("GET /latest/{path}"), &given).await), answered, "{path}");
    }
    let info = json(&send(&server, "GET /latest/meta-data/iam/info", &given).await);
    assert_eq!(members(&info), ["Code", "InstanceProfileArn", "InstanceProfileId", "LastUpdated"]);
    assert_eq!(info["InstanceProfileArn"], "arn:aws:iam::123456789012:instance-profile/fake-instance-role");
    let document = json(&send(&server, "GET /latest/dynamic/instance-identity/document", &given).await);
    assert_eq!(document["availabilityZone"], "ca-central-1a");
    assert_eq!(document["accountId"], "123456789012");
    assert_eq!(send(&server, "POST /latest/meta-data/instance-id", &given).await.status, 405);
    for nothing in ["meta-data/nothing", "meta-data/iam/security-credentials/other", "user-data"] {
        assert_eq!(send(&server, &format!("GET /latest/{nothing}"), &given).await.status, 404, "{nothing}");
    }
}

#[tokio::test]
async fn the_credentials_of_every_endpoint_sign_as_its_role() {
    let server = serving(1);
    server.require_signatures();
    let token = token(&server, "60").await;
    let path = "GET /latest/meta-data/iam/security-credentials/fake-instance-role";
    let mut signers = Vec::new();
    for (answer, principal) in [
        (send(&server, path, &[(TOKEN, &token)]).await, "fake-instance-role/i-0123456789abcdef0"),
        (
            send(&server, "GET /v1/credentials", &[("authorization", "t")]).await,
            "fake-pod-role/eks-fake-app-0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
        ),
        (send(&server, "GET /v2/credentials/0123", &[]).await, "fake-task-role/0123456789abcdef0123456789abcdef"),
    ] {
        let signer = Signer::of_json(&answer);
        let arn = format!("arn:aws:sts::123456789012:assumed-role/{principal}");
        assert_eq!(signer.arn(&server).await, arn);
        assert_eq!(signer.get_secret_value(&server, "s00").await.0, 200);
        signers.push(signer);
    }
    server.store().advance(Duration::from_secs(6 * 3600));
    for signer in signers {
        let (_, refused) = signer.get_secret_value(&server, "s00").await;
        assert_eq!(refused["__type"], "ExpiredTokenException", "{}", signer.id);
    }
}

#[tokio::test]
async fn credentials_end_six_hours_after_the_accounts_time() {
    let server = serving(0);
    server.store().set_time(at(1_800_000_000));
    let task = json(&send(&server, "GET /v2/credentials/0123", &[]).await);
    assert_eq!(task["Expiration"], "2027-01-15T14:00:00Z");
}

#[tokio::test]
async fn an_ecs_task_gets_its_role_by_its_path() {
    let server = serving(0);
    let path = server.ecs_url().strip_prefix(&server.url()).unwrap().to_owned();
    assert!(path.starts_with("/v2/credentials/"), "{path}");
    let task = json(&send(&server, &format!("GET {path}"), &[]).await);
    assert_eq!(members(&task), ["AccessKeyId", "Expiration", "RoleArn", "SecretAccessKey", "Token"]);
    assert_eq!(task["RoleArn"], "arn:aws:iam::123456789012:role/fake-task-role");
    let answer = send(&server, "GET /v2/credentials/", &[]).await;
    assert_eq!((answer.status, json(&answer)["code"].as_str()), (400, Some("NoIdInRequest")));
    assert_eq!(send(&server, &format!("POST {path}"), &[]).await.status, 405);
}

#[tokio::test]
async fn pod_identity_wants_a_token_that_has_not_ended() {
    let server = serving(0);
    server.store().set_time(at(1_800_000_000));
    for (token, status, message) in [
        ("", 400, "Service account token cannot be empty\n"),
        (
            &format!("e30.{}.x", BASE64URL.encode(r#"{"exp": 1800000000}"#)),
            400,
            "Service account token failed basic claim validations: token is expired\n",
        ),
    ] {
        let answer = send(&server, "GET /v1/credentials", &[("authorization", token)]).await;
        assert_eq!((answer.status, text(&answer)), (status, message));
    }
    let token = format!("e30.{}.x", BASE64URL.encode(r#"{"exp": 1800000001}"#));
    let pod = json(&send(&server, "GET /v1/credentials", &[("authorization", &token)]).await);
    assert_eq!(members(&pod), ["AccessKeyId", "AccountId", "Expiration", "SecretAccessKey", "Token"]);
}
