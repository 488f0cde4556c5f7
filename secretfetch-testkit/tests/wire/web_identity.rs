//! STS: a role for a service account's token, and which tokens it takes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use secretfetch_testkit::{FakeSecretsManager, Role, WebIdentity};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::serving;
use crate::signer::{FORM, Signer, at, element, refusal};

const POD: &str = "arn:aws:iam::123456789012:role/pod";
const ISSUER: &str = "https://oidc.eks.ca-central-1.amazonaws.com/id/1";
const SUBJECT: &str = "system:serviceaccount:default:app";

fn token(claims: &Value) -> String {
    format!("e30.{}.x", BASE64URL.encode(claims.to_string()))
}

/// The claims of a token that the role trusts until 1 800 000 000.
fn claims() -> Value {
    json!({"iss": ISSUER, "sub": SUBJECT, "aud": ["sts.amazonaws.com"], "exp": 1_800_000_000})
}

fn trusting() -> FakeSecretsManager {
    let server = serving(1);
    server.store().set_time(at(1_799_999_999));
    server.store().add_role(Role::new(POD).trusting_web_identity(WebIdentity::new(ISSUER).with_subject(SUBJECT)));
    server
}

async fn assume(server: &FakeSecretsManager, token: &str) -> Answer {
    let body = format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={POD}&RoleSessionName=app&WebIdentityToken={token}"
    );
    Client::connect(server).await.send("POST / HTTP/1.1", &[FORM], &body).await.unwrap()
}

#[tokio::test]
async fn a_token_that_the_role_trusts_gets_a_session() {
    let server = trusting();
    server.require_signatures();
    let answer = assume(&server, &token(&claims())).await;
    assert_eq!(element(&answer, "SubjectFromWebIdentityToken"), SUBJECT);
    assert_eq!(element(&answer, "Audience"), "sts.amazonaws.com");
    let provider = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.ca-central-1.amazonaws.com/id/1";
    assert_eq!(element(&answer, "Provider"), provider);
    assert_eq!(element(&answer, "Expiration"), "2027-01-15T08:59:59Z");
    let session = Signer::of_sts(&answer);
    assert_eq!(session.arn(&server).await, "arn:aws:sts::123456789012:assumed-role/pod/app");
    assert_eq!(session.get_secret_value(&server, "s00").await.0, 200);
}

#[tokio::test]
async fn a_token_that_the_role_does_not_trust_is_refused() {
    let server = trusting();
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        token(&claims)
    };
    let unknown = "No OpenIDConnect provider found in your account for https://elsewhere.example";
    for (token, status, code, message) in [
        (with("iss", json!("https://elsewhere.example")), 400, "InvalidIdentityToken", unknown),
        (with("aud", json!("someone else")), 400, "InvalidIdentityToken", "Incorrect token audience"),
        (
            with("sub", json!("system:serviceaccount:default:other")),
            403,
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        ),
        (with("iss", Value::Null), 400, "InvalidIdentityToken", "Missing a required claim: iss"),
        (with("sub", Value::Null), 400, "InvalidIdentityToken", "Missing a required claim: sub"),
        (
            with("exp", json!(1_799_999_999)),
            400,
            "ExpiredTokenException",
            "Token expired: current date/time must be before the expiration date/time",
        ),
        (
            "opaque".to_owned(),
            400,
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        ),
    ] {
        let answer = assume(&server, &token).await;
        assert_eq!(refusal(&answer), (status, code, message));
    }
}

#[tokio::test]
async fn a_role_for_principals_is_for_no_token() {
    let server = trusting();
    server.store().add_role(Role::new(POD).trusting("123456789012"));
    assert_eq!(refusal(&assume(&server, &token(&claims())).await).1, "InvalidIdentityToken");
}

#[tokio::test]
async fn a_token_ends_by_the_accounts_clock() {
    let server = serving(0);
    let token = token(&claims());
    server.store().set_time(at(1_799_999_999));
    assert_eq!(assume(&server, &token).await.status, 200);
    server.store().set_time(at(1_800_000_000));
    assert_eq!(refusal(&assume(&server, &token).await).1, "ExpiredTokenException");
}
