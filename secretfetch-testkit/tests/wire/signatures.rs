//! Signatures, where a test wants them checked.

use std::time::{Duration, SystemTime};

use secretfetch_testkit::{AccessKey, FakeSecretsManager};
use serde_json::Value;

use crate::serving;
use crate::signer::{FORM, Signer, basic, post, refusal};

const ALICE: &str = "arn:aws:iam::123456789012:user/alice";
const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS \
                        Secret Access Key and signing method. Consult the service documentation for details.";
const WHO: &str = "Action=GetCallerIdentity&Version=2011-06-15";

fn checking() -> (FakeSecretsManager, Signer) {
    let server = serving(1);
    let key = server.store().create_access_key(ALICE);
    server.require_signatures();
    (server, Signer::from(&key))
}

fn kind((status, body): &(u16, Value)) -> (u16, &str, &str) {
    (*status, body["__type"].as_str().unwrap_or("-"), body["message"].as_str().unwrap_or("-"))
}

#[tokio::test]
async fn a_true_signature_is_answered_and_its_principal_known() {
    let (server, signer) = checking();
    assert_eq!(signer.get_secret_value(&server, "s00").await.1["SecretString"], "value 00");
    assert_eq!(signer.arn(&server).await, ALICE);
    let requests = server.requests();
    assert_eq!(requests[0].access_key_id.as_ref(), Some(&signer.id));
    assert_eq!(requests[0].principal.as_deref(), Some(ALICE));
}

#[tokio::test]
async fn the_key_of_the_servers_environment_signs_too() {
    let (server, _) = checking();
    let signer = Signer::new("testing", "testing");
    assert_eq!(signer.get_secret_value(&server, "s00").await.0, 200);
    assert_eq!(signer.arn(&server).await, "arn:aws:sts::123456789012:assumed-role/app/i-0");
}

#[tokio::test]
async fn without_the_check_any_key_will_do() {
    let server = serving(1);
    let signer = Signer::new("AKIANOBODY", "guess");
    assert_eq!(signer.get_secret_value(&server, "s00").await.0, 200);
    let principal = server.requests().remove(0).principal;
    assert_eq!(principal.as_deref(), Some("arn:aws:sts::123456789012:assumed-role/app/i-0"));
}

#[tokio::test]
async fn a_wrong_secret_is_refused_in_each_services_way() {
    let (server, signer) = checking();
    let signer = Signer { secret: "guess".to_owned(), ..signer };
    let answer = signer.get_secret_value(&server, "s00").await;
    assert_eq!(kind(&answer), (400, "InvalidSignatureException", MISMATCH));
    assert_eq!(refusal(&signer.sts(&server, WHO).await), (403, "SignatureDoesNotMatch", MISMATCH));
    // As any request that is not signed: not one of the caller's.
    assert_eq!(server.requests(), []);
}

#[tokio::test]
async fn what_was_changed_after_the_signing_is_refused() {
    let (server, signer) = checking();
    let headers = signer.headers("sts", &[FORM], WHO);
    assert_eq!(post(&server, &headers, WHO).await.status, 200);
    let other_body = post(&server, &headers, "Action=GetCallerIdentity").await;
    assert_eq!(refusal(&other_body), (403, "SignatureDoesNotMatch", MISMATCH));
    let changed = |name: &str, value: &str| {
        let mut headers = headers.clone();
        headers.iter_mut().find(|header| header.0 == name).unwrap().1 = value.to_owned();
        headers
    };
    let other_header = post(&server, &changed("content-type", "application/x-www-form-urlencoded"), WHO).await;
    assert_eq!(refusal(&other_header), (403, "SignatureDoesNotMatch", MISMATCH));
    let other_region = headers.last().unwrap().1.replace("ca-central-1", "eu-west-1");
    let other_region = post(&server, &changed("authorization", &other_region), WHO).await;
    assert_eq!(refusal(&other_region), (403, "SignatureDoesNotMatch", MISMATCH));
}

#[tokio::test]
async fn a_signature_has_the_host_in_it() {
    let (server, signer) = checking();
    let mut headers = signer.headers("sts", &[FORM], WHO);
    let authorization = &mut headers.last_mut().unwrap().1;
    *authorization = authorization.replace("host;", "");
    let answer = post(&server, &headers, WHO).await;
    let message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
    assert_eq!(refusal(&answer), (403, "SignatureDoesNotMatch", message));
}

#[tokio::test]
async fn a_key_that_nobody_knows_is_refused() {
    let (server, _) = checking();
    let signer = Signer::new("AKIANOBODY", "guess");
    let message = "The security token included in the request is invalid.";
    assert_eq!(kind(&signer.get_secret_value(&server, "s00").await), (400, "UnrecognizedClientException", message));
    assert_eq!(refusal(&signer.sts(&server, WHO).await), (403, "InvalidClientTokenId", message));
    assert_eq!(server.store().identity_of("AKIANOBODY"), None);
}

#[tokio::test]
async fn a_key_of_a_session_wants_the_sessions_token() {
    let (server, user) = checking();
    let key = AccessKey::new("ASIASESSION", "secret").with_session_token("right");
    server.store().add_access_key(&key);
    let session = Signer::from(&key);
    assert_eq!(session.get_secret_value(&server, "s00").await.0, 200);
    let without = Signer { token: None, ..session.clone() };
    for signer in [without, session.with_token("wrong"), user.with_token("right")] {
        let answer = signer.get_secret_value(&server, "s00").await;
        assert_eq!(kind(&answer).1, "UnrecognizedClientException");
        assert_eq!(refusal(&signer.sts(&server, WHO).await).1, "InvalidClientTokenId");
    }
}

#[tokio::test]
async fn a_session_ends_by_the_accounts_clock() {
    let (server, _) = checking();
    let end = server.store().time() + Duration::from_secs(900);
    let key = AccessKey::new("ASIASESSION", "secret").with_session_token("token").expiring(end);
    server.store().add_access_key(&key);
    let signer = Signer::from(&key);
    assert_eq!(signer.get_secret_value(&server, "s00").await.0, 200);
    server.store().advance(Duration::from_secs(900));
    let message = "The security token included in the request is expired";
    assert_eq!(kind(&signer.get_secret_value(&server, "s00").await), (400, "ExpiredTokenException", message));
    assert_eq!(refusal(&signer.sts(&server, WHO).await), (403, "ExpiredToken", message));
}

#[tokio::test]
async fn a_signature_of_another_time_is_refused() {
    let (server, signer) = checking();
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let now = SystemTime::now();
    for near in [now - minutes(4), now + minutes(4)] {
        assert_eq!(Signer { time: near, ..signer.clone() }.get_secret_value(&server, "s00").await.0, 200);
    }
    let early = Signer { time: now - minutes(6), ..signer.clone() };
    let answer = early.get_secret_value(&server, "s00").await;
    let (status, code, message) = kind(&answer);
    assert_eq!((status, code), (400, "InvalidSignatureException"));
    let start = format!("Signature expired: {} is now earlier than ", basic(early.time));
    assert!(message.starts_with(&start) && message.ends_with(" - 5 min.)"), "{message}");
    let late = Signer { time: now + minutes(6), ..signer };
    let answer = late.sts(&server, WHO).await;
    let (status, code, message) = refusal(&answer);
    assert_eq!((status, code), (403, "SignatureDoesNotMatch"));
    let start = format!("Signature not yet current: {} is still later than ", basic(late.time));
    assert!(message.starts_with(&start) && message.ends_with(" + 5 min.)"), "{message}");
}

#[tokio::test]
async fn a_client_signs_by_the_machines_clock_or_by_the_accounts() {
    let (server, signer) = checking();
    server.store().advance(Duration::from_secs(6 * 3600));
    assert_eq!(signer.get_secret_value(&server, "s00").await.0, 200);
    let ahead = Signer { time: server.store().time(), ..signer };
    assert_eq!(ahead.get_secret_value(&server, "s00").await.0, 200);
}

#[tokio::test]
async fn a_signature_tells_its_time_and_its_day() {
    let (server, signer) = checking();
    let mut headers = signer.headers("sts", &[FORM], WHO);
    let authorization = &mut headers.last_mut().unwrap().1;
    let day = &basic(signer.time)[..8];
    *authorization = authorization.replace(&format!("/{day}/"), "/20150830/");
    let answer = post(&server, &headers, WHO).await;
    let (status, code, message) = refusal(&answer);
    assert_eq!((status, code), (403, "SignatureDoesNotMatch"));
    assert!(message.starts_with("Date in Credential scope does not match"), "{message}");
    headers.retain(|(name, _)| name != "x-amz-date");
    assert_eq!(refusal(&post(&server, &headers, WHO).await).1, "IncompleteSignature");
    headers.push(("x-amz-date".to_owned(), "yesterday".to_owned()));
    let answer = post(&server, &headers, WHO).await;
    assert_eq!(refusal(&answer).2, "Date must be in ISO-8601 'basic format'. Got 'yesterday'.");
}
