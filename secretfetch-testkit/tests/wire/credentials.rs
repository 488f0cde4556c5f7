//! The sources of credentials beside Secrets Manager, as their protocols are documented.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use secretfetch_testkit::{FakeSecretsManager, Fault, Operation};
use serde_json::Value;

use crate::client::{Answer, Client};
use crate::serving;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
const SIGNED: (&str, &str) = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-1/sts/aws4_request, SignedHeaders=host, Signature=01",
);
const ROLE: &str = "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fteam%2Fapp&RoleSessionName=a+b";

async fn send(server: &FakeSecretsManager, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    Client::connect(server).await.send(&format!("{line} HTTP/1.1"), headers, body).await.unwrap()
}

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

/// What stands in an XML element of this name.
#[track_caller]
fn element<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let xml = text(answer);
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {xml}"));
    rest.split_once(&format!("</{name}>")).unwrap().0
}

#[tokio::test]
async fn sts_gives_a_role_to_a_token_and_to_a_signature() {
    let server = serving(0);
    let web = format!("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&{ROLE}&WebIdentityToken=t");
    let answer = send(&server, "POST /", &[FORM], &web).await;
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "text/xml"));
    assert!(element(&answer, "AccessKeyId").starts_with("ASIAWEBIDENTITY"));
    assert_eq!(element(&answer, "Arn"), "arn:aws:sts::123456789012:assumed-role/app/a b");

    let role = format!("Action=AssumeRole&Version=2011-06-15&{ROLE}");
    let answer = send(&server, "POST /", &[FORM, SIGNED], &role).await;
    assert!(element(&answer, "AccessKeyId").starts_with("ASIAROLE"));
    let answer = send(&server, "POST /", &[FORM, SIGNED], "Action=GetCallerIdentity").await;
    assert_eq!(element(&answer, "Account"), "123456789012");

    let recorded: Vec<_> = server
        .requests()
        .into_iter()
        .map(|request| (request.operation, request.region.to_string(), request.access_key_id))
        .collect();
    let key = Some("AKIDEXAMPLE".to_owned());
    assert_eq!(
        recorded,
        [
            (Operation::AssumeRoleWithWebIdentity, "ca-central-1".to_owned(), None),
            (Operation::AssumeRole, "eu-west-1".to_owned(), key.clone()),
            (Operation::GetCallerIdentity, "eu-west-1".to_owned(), key),
        ]
    );
}

#[tokio::test]
async fn sts_refuses_what_the_service_would() {
    let server = serving(0);
    let expired = format!("e30.{}.x", BASE64URL.encode(r#"{"exp": 1700000000}"#));
    let good = format!("e30.{}.x", BASE64URL.encode(r#"{"exp": 4000000000}"#));
    for (headers, body, status, code) in [
        (vec![FORM], format!("Action=AssumeRole&{ROLE}"), 403, "MissingAuthenticationToken"),
        (vec![FORM], format!("Action=AssumeRoleWithWebIdentity&{ROLE}"), 400, "ValidationError"),
        (vec![FORM, SIGNED], "Action=AssumeRole&RoleSessionName=a".to_owned(), 400, "ValidationError"),
        (vec![FORM, SIGNED], "Action=AssumeRole&RoleSessionName=a&RoleArn=app".to_owned(), 400, "ValidationError"),
        (vec![FORM, SIGNED], "Action=DecodeAuthorizationMessage".to_owned(), 400, "InvalidAction"),
        (
            vec![FORM],
            format!("Action=AssumeRoleWithWebIdentity&{ROLE}&WebIdentityToken={expired}"),
            400,
            "ExpiredTokenException",
        ),
    ] {
        let answer = send(&server, "POST /", &headers, &body).await;
        assert_eq!((answer.status, element(&answer, "Code")), (status, code), "{body}");
    }
    let body = format!("Action=AssumeRoleWithWebIdentity&{ROLE}&WebIdentityToken={good}");
    assert_eq!(send(&server, "POST /", &[FORM], &body).await.status, 200);
}

#[tokio::test]
async fn a_fault_befalls_a_source_of_credentials_only_by_its_name() {
    let server = serving(0);
    let body = format!("Action=AssumeRoleWithWebIdentity&{ROLE}&WebIdentityToken=t");
    server.store().inject(Fault::throttled());
    assert_eq!(send(&server, "POST /", &[FORM], &body).await.status, 200);
    server.store().inject(Fault::access_denied().on_operation(Operation::AssumeRoleWithWebIdentity));
    let answer = send(&server, "POST /", &[FORM], &body).await;
    assert_eq!((answer.status, element(&answer, "Code")), (403, "AccessDenied"));
    assert_eq!(element(&answer, "Message"), "Not authorized to perform sts:AssumeRoleWithWebIdentity");
}

#[tokio::test]
async fn a_container_gets_credentials_and_pod_identity_wants_the_token() {
    let server = serving(0);
    assert_eq!(server.pod_identity_url(), format!("{}/v1/credentials", server.url()));
    assert_eq!(send(&server, "GET /v1/credentials", &[], "").await.status, 400);
    let pod = send(&server, "GET /v1/credentials", &[("authorization", "token")], "").await;
    let ecs = send(&server, "GET /v2/credentials/0123", &[], "").await;
    for answer in [pod, ecs] {
        let json: Value = serde_json::from_slice(&answer.body).unwrap();
        assert!(json["AccessKeyId"].as_str().unwrap().starts_with("ASIACONTAINER"), "{json}");
        assert!(json["Expiration"].as_str().unwrap().ends_with('Z'), "{json}");
    }
}

#[tokio::test]
async fn instance_metadata_wants_a_token_that_it_gave() {
    let server = serving(0);
    let ttl = ("x-aws-ec2-metadata-token-ttl-seconds", "21600");
    assert_eq!(send(&server, "PUT /latest/api/token", &[], "").await.status, 400);
    assert_eq!(send(&server, "GET /latest/api/token", &[ttl], "").await.status, 405);
    let token = send(&server, "PUT /latest/api/token", &[ttl], "").await;
    assert_eq!(token.headers[ttl.0], "21600");
    let given = [("x-aws-ec2-metadata-token", text(&token))];
    let path = "/latest/meta-data/iam/security-credentials/";
    for wrong in [vec![], vec![("x-aws-ec2-metadata-token", "guess")]] {
        assert_eq!(send(&server, &format!("GET {path}"), &wrong, "").await.status, 401);
    }
    let role = send(&server, &format!("GET {path}"), &given, "").await;
    let answer = send(&server, &format!("GET {path}{}", text(&role)), &given, "").await;
    let json: Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(json["AccessKeyId"].as_str().unwrap().starts_with("ASIAINSTANCE"), "{json}");
    assert_eq!(json["Code"], "Success");
    let region = send(&server, "GET /latest/meta-data/placement/region", &given, "").await;
    assert_eq!(text(&region), "ca-central-1");
    let document = send(&server, "GET /latest/dynamic/instance-identity/document", &given, "").await;
    assert_eq!(serde_json::from_slice::<Value>(&document.body).unwrap()["region"], "ca-central-1");
    assert_eq!(send(&server, "GET /latest/meta-data/hostname", &given, "").await.status, 404);
}
