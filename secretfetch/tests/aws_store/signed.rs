//! Against the testkit's Secrets Manager, which checks what the AWS SDK for Rust signs.

use std::time::Duration;

use aws_sdk_secretsmanager::config::Credentials;
use secretfetch::{AwsSecretStore, Error, ErrorKind, SecretRequest, SecretStore as _};
use secretfetch_testkit::{AccessKey, FakeSecretStore, FakeSecretsManager, Role};

use crate::batches::client_config;
use crate::process::{Line, failure, run};

const ALICE: &str = "arn:aws:iam::123456789012:user/alice";

fn checking() -> (FakeSecretStore, FakeSecretsManager) {
    let secrets = FakeSecretStore::new().in_region("eu-west-1");
    secrets.create_text("app", "value");
    let server = FakeSecretsManager::start(&secrets);
    server.require_signatures();
    (secrets, server)
}

async fn fetch(server: &FakeSecretsManager, key: &AccessKey) -> Result<(), Error> {
    let token = key.session_token().map(str::to_owned);
    let credentials = Credentials::new(key.id(), key.secret_access_key(), token, None, "test");
    let config = client_config(&server.url()).to_builder().credentials_provider(credentials).build();
    AwsSecretStore::from_conf(config).fetch(&SecretRequest::new("app".parse().unwrap())).await.map(drop)
}

#[tokio::test]
async fn what_the_sdk_signs_is_a_true_signature() {
    let (secrets, server) = checking();
    let user = secrets.create_access_key(ALICE);
    let session = AccessKey::new("ASIASESSION", "secret").with_session_token("t/o+k=en");
    secrets.add_access_key(&session);
    for key in [&user, &session] {
        fetch(&server, key).await.unwrap();
    }
    assert_eq!(server.requests()[0].principal.as_deref(), Some(ALICE));
}

#[tokio::test]
async fn a_signature_that_is_not_true_is_credentials_rejected() {
    let (secrets, server) = checking();
    let user = secrets.create_access_key(ALICE);
    let session = AccessKey::new("ASIASESSION", "secret").with_session_token("token");
    let ended = AccessKey::new("ASIAENDED", "secret").with_session_token("token").expiring(secrets.time());
    secrets.add_access_key(&session);
    secrets.add_access_key(&ended);
    for key in [
        AccessKey::new(user.id(), "guess"),
        AccessKey::new("AKIANOBODY", "guess"),
        AccessKey::new(session.id(), "secret"),
        ended,
    ] {
        let error = fetch(&server, &key).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialsRejected, "{key:?}: {error}");
    }
}

#[test]
fn credentials_of_every_source_sign_truly() {
    let (secrets, server) = checking();
    for name in ["a", "b"] {
        secrets.create_text(name, format!("<{name}>"));
    }
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "header.payload.signature").unwrap();
    let (url, pod, ecs) = (server.url(), server.pod_identity_url(), server.ecs_url());
    let file = token.path().to_str().unwrap();
    let role = "arn:aws:iam::123456789012:role/app";
    for (principal, variables) in [
        ("app/", vec![("AWS_WEB_IDENTITY_TOKEN_FILE", file), ("AWS_ROLE_ARN", role)]),
        (
            "fake-pod-role/",
            vec![
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", pod.as_str()),
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file),
            ],
        ),
        ("fake-task-role/", vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", ecs.as_str())]),
        (
            "fake-instance-role/",
            vec![("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.as_str()), ("AWS_EC2_METADATA_DISABLED", "false")],
        ),
    ] {
        secrets.clear_requests();
        let mut all = vec![("AWS_REGION", "eu-west-1"), ("AWS_ENDPOINT_URL", url.as_str())];
        all.extend(variables);
        assert_eq!(run("a,b", "", &all), ["<a>", "<b>"].map(|value| Line::Secret(value.to_owned())));
        let arn = server.requests().pop().unwrap().principal.unwrap();
        assert!(arn.starts_with(&format!("arn:aws:sts::123456789012:assumed-role/{principal}")), "{arn}");
    }
}

#[test]
fn a_role_is_assumed_with_its_external_id_by_whom_it_trusts() {
    let (secrets, server) = checking();
    secrets.create_text("a", "<a>");
    let key = secrets.create_access_key(ALICE);
    let role = "arn:aws:iam::210987654321:role/reader";
    secrets.add_role(
        Role::new(role)
            .trusting(ALICE)
            .with_external_id("ticket-17")
            .with_max_session_duration(Duration::from_secs(7200)),
    );
    let url = server.url();
    let variables = [
        ("AWS_ACCESS_KEY_ID", key.id()),
        ("AWS_SECRET_ACCESS_KEY", key.secret_access_key()),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", &url),
    ];
    let right = run("a", &format!("role={role} external-id=ticket-17"), &variables);
    assert_eq!(right, [Line::Secret("<a>".to_owned())]);
    let arn = server.requests().pop().unwrap().principal.unwrap();
    assert!(arn.starts_with("arn:aws:sts::210987654321:assumed-role/reader/"), "{arn}");
    let (kind, _, text) = failure(run("a", &format!("role={role} external-id=ticket-18"), &variables).remove(0));
    assert!(text.contains(ALICE) && text.contains("sts:AssumeRole"), "{kind}: {text}");
}
