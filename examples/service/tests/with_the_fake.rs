//! What the service does with the secrets of an account, with a rotation and with a fault: the fake's part.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use example_service::database::{self, Database};
use example_service::routes::routes;
use http_body_util::BodyExt as _;
use secretfetch::Fetcher;
use secretfetch_testkit::{
    ErrorKind, FakeSecretStore, Fault, Iam, Operation, Result, assert_no_secret_in, assert_requests,
};
use tower::ServiceExt as _;

const INTERVAL: Duration = Duration::from_secs(300);
const PASSWORD: &str = "the first one";

/// An account with the service's secret, and another that is none of its business.
fn account() -> FakeSecretStore {
    let fake = FakeSecretStore::new();
    let secret = format!(r#"{{"username":"app","password":"{PASSWORD}","host":"/no/such/socket"}}"#);
    fake.create_text("prod/db", secret);
    fake.create_text("prod/other", "another team's");
    fake
}

async fn open(fake: &FakeSecretStore) -> Result<Database> {
    database::open(&Fetcher::new(fake.clone()), "prod/db", INTERVAL).await
}

fn password(database: &Database) -> Vec<u8> {
    database.manager().newest().login().get_password().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_rotated_password_is_what_the_next_login_has() {
    let fake = account();
    let database = open(&fake).await.unwrap();
    assert_eq!(password(&database), PASSWORD.as_bytes());
    // A new password at AWSPENDING, to which AWSCURRENT then moves.
    fake.rotate("prod/db");
    tokio::time::sleep(INTERVAL).await;
    assert_ne!(password(&database), PASSWORD.as_bytes());
}

#[tokio::test(start_paused = true)]
async fn the_last_good_password_is_kept_while_aws_is_away() {
    let fake = account();
    let database = open(&fake).await.unwrap();
    let away = fake.inject_scoped(Fault::unavailable().on("prod/db"));
    tokio::time::sleep(3 * INTERVAL).await;
    assert_eq!(password(&database), PASSWORD.as_bytes());
    // That it was away is what makes this a test: without a request in that time, this fails.
    away.verify();
}

#[tokio::test]
async fn one_secret_is_asked_for_once_and_no_other() {
    let fake = account();
    open(&fake).await.unwrap();
    assert_requests(&fake).only_for(["prod/db"]).exactly(1);
    assert_requests(&fake).by(Operation::GetSecretValue).exactly(1);
}

#[tokio::test]
async fn a_denial_is_no_reason_to_try_again() {
    let fake = account();
    // What someone has written who meant the other secret.
    let policy = format!(
        r#"{{"Version": "2012-10-17", "Statement": [
            {{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "{}"}}
        ]}}"#,
        fake.arn("prod/other")
    );
    fake.enforce(Iam::new().with_identity_policy(policy.parse().unwrap()).unwrap());
    let error = open(&fake).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::AccessDenied);
    assert_requests(&fake).exactly(1);

    fake.stop_enforcing();
    assert!(open(&fake).await.is_ok());
}

#[tokio::test]
async fn a_database_that_is_away_is_a_503_that_tells_nothing() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let subscriber = tracing_subscriber::fmt().with_writer(Arc::new(log.reopen().unwrap())).finish();
    let _logging = tracing::subscriber::set_default(subscriber);

    let database = open(&account()).await.unwrap();
    let request = Request::post("/visits").body(Body::empty()).unwrap();
    let response = routes(database).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());

    let log = std::fs::read_to_string(log.path()).unwrap();
    assert!(log.contains("the database did not answer"), "{log}");
    assert_no_secret_in(log, PASSWORD);
}
