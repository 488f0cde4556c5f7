//! An account with policies, through both doors.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use secretfetch::{ErrorKind, SecretRequest, SecretStore};
use secretfetch_testkit::{FakeSecretStore, Iam, IamPolicy, KmsKey};

fn policy(statement: &str) -> IamPolicy {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#).parse().unwrap()
}

fn allow(action: &str, resource: &str, condition: &str) -> IamPolicy {
    policy(&format!(
        r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}", "Condition": {condition}}}"#
    ))
}

async fn fetched(store: &FakeSecretStore, id: &str) -> Option<ErrorKind> {
    store.fetch(&SecretRequest::new(id.parse().unwrap())).await.err().map(|error| error.kind())
}

const GET: &str = "secretsmanager:GetSecretValue";

#[tokio::test]
async fn conditions_decide_which_secrets_may_be_read() {
    let store = FakeSecretStore::new();
    store.create_text("blue", "1");
    store.create_text("red", "2");
    store.tag("blue", &[("team", "blue")]);
    store.tag("red", &[("team", "red")]);
    for (condition, blue, red) in [
        ("{}", true, true),
        (r#"{"StringEquals": {"aws:ResourceTag/team": "blue"}}"#, true, false),
        (r#"{"StringEquals": {"secretsmanager:ResourceTag/team": ["red", "green"]}}"#, false, true),
        (r#"{"StringNotEquals": {"aws:ResourceTag/team": "blue"}}"#, false, true),
        (r#"{"StringEquals": {"aws:RequestedRegion": "us-east-1"}}"#, true, true),
        (r#"{"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}"#, false, false),
        // A request for the current version does not say so.
        (r#"{"ForAnyValue:StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}}"#, false, false),
        (r#"{"StringEqualsIfExists": {"secretsmanager:VersionStage": "AWSCURRENT"}}"#, true, true),
        (r#"{"StringEquals": {"secretsmanager:VersionStage": "AWSPREVIOUS"}}"#, false, false),
        (r#"{"StringLike": {"secretsmanager:SecretId": "*:secret:red-*"}}"#, false, true),
        (r#"{"Null": {"aws:ResourceTag/team": "true"}}"#, false, false),
        (r#"{"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}"#, true, true),
        (r#"{"Bool": {"aws:SecureTransport": "false"}}"#, false, false),
    ] {
        store.enforce(Iam::new().with_identity_policy(allow(GET, "*", condition)).unwrap());
        let denied = |allowed: bool| (!allowed).then_some(ErrorKind::AccessDenied);
        assert_eq!(fetched(&store, "blue").await, denied(blue), "{condition}");
        assert_eq!(fetched(&store, "red").await, denied(red), "{condition}");
    }
    store.stop_enforcing();
    assert_eq!(fetched(&store, "red").await, None);
}

#[tokio::test]
async fn a_resource_policy_a_boundary_and_an_organization_have_their_say() {
    let store = FakeSecretStore::new();
    store.create_text("db", "1");
    let all = || Iam::new().with_identity_policy(allow("secretsmanager:*", "*", "{}")).unwrap();
    store.enforce(all());
    assert_eq!(fetched(&store, "db").await, None);
    store.enforce(all().with_permissions_boundary(allow("s3:*", "*", "{}")).unwrap());
    assert_eq!(fetched(&store, "db").await, Some(ErrorKind::AccessDenied));
    store.enforce(all().with_service_control_policy(allow("s3:*", "*", "{}")).unwrap());
    assert_eq!(fetched(&store, "db").await, Some(ErrorKind::AccessDenied));

    store.enforce(Iam::new());
    let statement = r#"{"Effect": "EFFECT", "Principal": {"AWS": "arn:aws:iam::123456789012:role/app"}, "Action": "*", "Resource": "*"}"#;
    let document = |effect: &str| {
        format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statement.replace("EFFECT", effect))
    };
    store.put_resource_policy("db", &document("Allow"));
    assert_eq!(fetched(&store, "db").await, None);
    store.put_resource_policy("db", &document("Deny"));
    store.enforce(all());
    assert_eq!(fetched(&store, "db").await, Some(ErrorKind::AccessDenied));
}

#[tokio::test]
async fn a_customers_key_has_to_be_allowed_too() {
    let arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-1111-4111-8111-111111111111";
    let store = FakeSecretStore::new();
    store
        .seed_json(&format!(
            r#"{{"db": {{"$secret": {{"kmsKeyId": "{arn}", "versions": [{{"value": "1"}}]}}}}, "plain": "2"}}"#
        ))
        .unwrap();
    let get = || Iam::new().with_identity_policy(allow(GET, "*", "{}")).unwrap();
    store.enforce(get());
    assert_eq!(fetched(&store, "plain").await, None);
    assert_eq!(fetched(&store, "db").await, Some(ErrorKind::KmsAccessDenied));

    let via = r#"{"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#;
    store.enforce(get().with_identity_policy(allow("kms:Decrypt", arn, via)).unwrap());
    assert_eq!(fetched(&store, "db").await, None);

    let role = "arn:aws:iam::123456789012:role/app";
    let key = |principal: &str| {
        let statement = r#"{"Effect": "Allow", "Principal": {"AWS": "WHO"}, "Action": "kms:*", "Resource": "*"}"#;
        KmsKey::new(arn).with_policy(policy(&statement.replace("WHO", principal))).unwrap()
    };
    let other = "arn:aws:iam::123456789012:role/other";
    for (iam, expected) in [
        (get().with_key(key(role)), None),
        (get().with_key(key(other)), Some(ErrorKind::KmsAccessDenied)),
        (get().with_key(key(other).with_grant(role, "Decrypt")), None),
        (get().with_key(key(other).with_grant(role, "Encrypt")), Some(ErrorKind::KmsAccessDenied)),
        (get().with_key(key("123456789012")), Some(ErrorKind::KmsAccessDenied)),
    ] {
        store.enforce(iam);
        assert_eq!(fetched(&store, "db").await, expected);
    }
}

#[tokio::test]
async fn a_batch_needs_its_own_permission_and_that_of_each_secret() {
    let store = FakeSecretStore::new();
    let requests: Vec<SecretRequest> = (0..6)
        .map(|n| {
            store.create_text(&format!("s{n}"), "value");
            SecretRequest::new(format!("s{n}").parse().unwrap())
        })
        .collect();
    let batch = || allow("secretsmanager:BatchGetSecretValue", "*", "{}");
    let some = || allow(GET, "arn:aws:secretsmanager:*:*:secret:s[0-5]-??????", "{}");
    let three = || allow(GET, "arn:aws:secretsmanager:*:*:secret:s0-??????", "{}");
    for (policies, good) in [(vec![batch(), allow(GET, "*", "{}")], 6), (vec![batch(), three()], 1), (vec![some()], 0)]
    {
        let mut iam = Iam::new();
        for policy in policies {
            iam = iam.with_identity_policy(policy).unwrap();
        }
        store.enforce(iam);
        let results = store.fetch_many(&requests).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), good);
        let denied = results.iter().filter_map(|result| result.as_ref().err());
        assert!(denied.into_iter().all(|error| error.kind() == ErrorKind::AccessDenied));
    }
}

#[tokio::test]
async fn a_missing_secret_is_not_told_to_whom_it_is_not_allowed() {
    let store = FakeSecretStore::new();
    store.enforce(Iam::new().with_identity_policy(allow(GET, "arn:aws:secretsmanager:*", "{}")).unwrap());
    assert_eq!(fetched(&store, "absent").await, Some(ErrorKind::AccessDenied));
    store.enforce(Iam::new().with_identity_policy(allow(GET, "*", "{}")).unwrap());
    assert_eq!(fetched(&store, "absent").await, Some(ErrorKind::SecretNotFound));
}
