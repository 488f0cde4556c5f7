//! `FakeSecretStore`: the service's rules, in memory.

// clippy.toml allows `unwrap` in test functions, not in what they share.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use secretfetch::{ErrorKind, Find, LocalSecretStore, SecretRequest, SecretStore, SecretValue};
use secretfetch_testkit::{FakeSecretStore, Fault, Operation, assert_no_secret_in};

fn request(id: &str) -> SecretRequest {
    SecretRequest::new(id.parse().unwrap())
}

async fn text(store: &FakeSecretStore, request: &SecretRequest) -> String {
    store.fetch(request).await.unwrap().value.expose_text().unwrap().to_owned()
}

async fn kind(store: &FakeSecretStore, request: &SecretRequest) -> ErrorKind {
    store.fetch(request).await.unwrap_err().kind()
}

fn stages(store: &FakeSecretStore, id: &str) -> Vec<String> {
    let versions = store.versions(id);
    versions
        .iter()
        .map(|version| version.stages.iter().map(|stage| stage.as_str()).collect::<Vec<_>>().join("+"))
        .collect()
}

#[tokio::test]
async fn arns_and_version_ids_look_real_and_are_the_same_in_every_run() {
    let [one, two] = [(); 2].map(|()| {
        let store = FakeSecretStore::new().in_region("ca-central-1");
        store.create_text("vinsguru/prod", "v")
    });
    assert_eq!(one, two);
    let (prefix, suffix) = one.arn.split_at(one.arn.len() - 6);
    assert_eq!(prefix, "arn:aws:secretsmanager:ca-central-1:123456789012:secret:vinsguru/prod-");
    assert!(suffix.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(one.version_id.as_str().split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
}

#[tokio::test]
async fn each_partition_has_its_own_arns() {
    let store = FakeSecretStore::new();
    let arn = |region: &str| store.in_region(region).create_text("a", "v").arn;
    assert!(arn("cn-north-1").starts_with("arn:aws-cn:secretsmanager:cn-north-1:"));
    assert!(arn("us-gov-west-1").starts_with("arn:aws-us-gov:secretsmanager:us-gov-west-1:"));
}

#[tokio::test]
async fn a_secret_is_in_its_region_only() {
    let store = FakeSecretStore::new().in_region("ca-central-1");
    store.create_text("prod/db", "in Canada");
    store.in_region("eu-west-1").create_text("prod/db", "in Ireland");
    let from = |region: &str| request("prod/db").with_region(region.parse().unwrap());

    assert_eq!(text(&store, &request("prod/db")).await, "in Canada");
    assert_eq!(text(&store, &from("eu-west-1")).await, "in Ireland");
    assert_eq!(text(&store, &request(&store.in_region("eu-west-1").partial_arn("prod/db"))).await, "in Ireland");

    let error = store.fetch(&from("us-east-1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SecretNotFound);
    assert_eq!(error.primary().region().unwrap().as_str(), "us-east-1");
}

#[tokio::test]
async fn labels_move_as_in_the_service() {
    let store = FakeSecretStore::new();
    let first = store.create_text("a", "1");
    store.put_text("a", "2");
    assert_eq!(stages(&store, "a"), ["AWSPREVIOUS", "AWSCURRENT"]);
    let third = store.put_staged("a", SecretValue::from_text("3".to_owned()), &["AWSPENDING", "GREEN"]);
    assert_eq!(stages(&store, "a"), ["AWSPREVIOUS", "AWSCURRENT", "AWSPENDING+GREEN"]);
    store.move_stage("a", "AWSCURRENT", &third.version_id);
    assert_eq!(stages(&store, "a"), ["", "AWSPREVIOUS", "AWSCURRENT+AWSPENDING+GREEN"]);
    store.remove_stage("a", "GREEN");
    store.move_stage("a", "AWSCURRENT", &first.version_id);
    assert_eq!(stages(&store, "a"), ["AWSCURRENT", "", "AWSPREVIOUS"]);

    // A version without a label is still there by its id.
    let second = store.versions("a")[1].version_id.clone();
    assert_eq!(text(&store, &request("a").with_version_id(second)).await, "2");
}

#[tokio::test]
async fn a_rotation_changes_the_password_and_nothing_else() {
    let store = FakeSecretStore::new();
    store.create_json("db", serde_json::json!({"password": "old-password", "username": "app"}));
    store.create_binary("key", [1, 2, 3]);
    let rotated = store.rotate("db");
    store.rotate("key");
    assert_eq!(stages(&store, "db"), ["AWSPREVIOUS", "AWSCURRENT"]);

    let secret = store.fetch(&request("db")).await.unwrap();
    assert_eq!(secret.version_id, Some(rotated.version_id));
    let object: serde_json::Value = serde_json::from_str(secret.value.expose_text().unwrap()).unwrap();
    assert_eq!(object["username"], "app");
    assert_ne!(object["password"], "old-password");
    assert!(store.fetch(&request("key")).await.unwrap().value.is_binary());

    store.rotate("db");
    assert_eq!(stages(&store, "db"), ["", "AWSPREVIOUS", "AWSCURRENT"]);
}

#[tokio::test]
async fn a_deleted_secret_comes_back_by_restoring_it() {
    let store = FakeSecretStore::new();
    store.create_text("a", "value");
    store.schedule_deletion("a");
    assert_eq!(kind(&store, &request("a")).await, ErrorKind::ScheduledForDeletion);
    store.restore("a");
    assert_eq!(text(&store, &request("a")).await, "value");
    store.delete("a");
    assert_eq!(kind(&store, &request("a")).await, ErrorKind::SecretNotFound);
    store.create_text("a", "again");
}

#[test]
#[should_panic = r#"cannot create "a" in the fake: The operation failed because the secret a already exists."#]
fn a_name_cannot_be_taken_twice() {
    let store = FakeSecretStore::new();
    store.create_text("a", "1");
    store.create_text("a", "2");
}

#[test]
#[should_panic = "Invalid name"]
fn a_name_that_the_service_refuses_is_refused() {
    FakeSecretStore::new().create_text("no spaces", "1");
}

#[tokio::test]
async fn clones_share_everything() {
    let store = FakeSecretStore::new();
    let clone = store.clone();
    clone.create_text("a", "value");
    clone.inject(Fault::throttled().once());
    assert_eq!(kind(&store, &request("a")).await, ErrorKind::Throttled);
    assert_eq!(text(&store, &request("a")).await, "value");
    assert_eq!(clone.requests().len(), 2);
}

#[tokio::test]
async fn requests_are_written_down_as_they_were_asked() {
    let store = FakeSecretStore::new();
    let asked = request("a").with_region("eu-west-1".parse().unwrap()).with_version_stage("BLUE".parse().unwrap());
    let _ = store.fetch(&asked).await;
    let recorded = store.requests().remove(0);
    assert_eq!(recorded.operation, Operation::GetSecretValue);
    assert_eq!(recorded.region.as_str(), "eu-west-1");
    assert_eq!(recorded.secret_ids, ["a"]);
    assert_eq!(recorded.version_stage.as_deref(), Some("BLUE"));
    assert_eq!((recorded.version_id, recorded.connection), (None, None));
    store.clear_requests();
    assert!(store.requests().is_empty());
}

#[tokio::test]
async fn a_fault_on_a_secret_meets_it_by_every_name() {
    let store = FakeSecretStore::new();
    store.create_text("prod/db", "value");
    store.create_text("other", "value");
    store.inject(Fault::access_denied().on("prod/db"));
    store.inject(Fault::access_denied().on("absent"));
    for id in ["prod/db", &store.arn("prod/db"), &store.partial_arn("prod/db"), "absent"] {
        assert_eq!(kind(&store, &request(id)).await, ErrorKind::AccessDenied, "{id}");
    }
    assert!(store.fetch(&request("other")).await.is_ok());
    store.clear_faults();
    assert_eq!(kind(&store, &request("absent")).await, ErrorKind::SecretNotFound);
}

#[tokio::test]
async fn faults_that_need_a_wire_are_errors_in_memory() {
    let store = FakeSecretStore::new();
    store.create_text("a", "value");
    for (fault, expected) in [
        (Fault::reset(), ErrorKind::Connect),
        (Fault::truncated_body(), ErrorKind::Connect),
        (Fault::html_page(200), ErrorKind::InvalidResponse),
        (Fault::html_page(502), ErrorKind::ServiceUnavailable),
        (Fault::status(418), ErrorKind::InvalidResponse),
        (Fault::unavailable(), ErrorKind::ServiceUnavailable),
        (Fault::expired_token(), ErrorKind::CredentialsRejected),
        (Fault::kms_access_denied(), ErrorKind::KmsAccessDenied),
    ] {
        store.inject(fault.once());
        assert_eq!(kind(&store, &request("a")).await, expected);
    }
    assert!(store.fetch(&request("a")).await.is_ok());
}

#[tokio::test]
async fn latency_and_hanging_take_time_and_can_be_dropped() {
    let store = FakeSecretStore::new();
    store.create_text("a", "value");
    store.inject(Fault::latency(Duration::from_millis(30)).once());
    store.inject(Fault::hang().after(1).once());
    let start = Instant::now();
    assert!(store.fetch(&request("a")).await.is_ok());
    assert!(start.elapsed() >= Duration::from_millis(30));

    let asked = request("a");
    let mut hanging = Box::pin(store.fetch(&asked));
    assert!(tokio::time::timeout(Duration::from_millis(20), &mut hanging).await.is_err());
    assert_eq!(store.in_flight(), 1);
    drop(hanging);
    assert_eq!(store.in_flight(), 0);
    assert!(store.fetch(&request("a")).await.is_ok());
}

#[tokio::test]
async fn a_seed_has_the_local_stores_format() {
    let json = r#"{"a": " text\n", "b": {"n":  1e400}, "c": {"$binary": "AAH/"}}"#;
    let store = FakeSecretStore::from_local(&LocalSecretStore::from_json(json).unwrap()).unwrap();
    assert_eq!(text(&store, &request("a")).await, " text\n");
    assert_eq!(text(&store, &request("b")).await, r#"{"n":  1e400}"#);
    let secret = store.fetch(&request("c")).await.unwrap();
    assert_eq!(secret.value.expose_bytes(), [0, 1, 255]);
    assert!(secret.created.unwrap().elapsed().unwrap() < Duration::from_secs(60));

    let error = store.seed_json(r#"{"a": "taken", "no spaces": "hunter2"}"#).unwrap_err();
    assert_eq!((error.kind(), error.failures().len()), (ErrorKind::Config, 2));
    assert_no_secret_in(error.to_string(), "hunter2");
}

#[tokio::test]
async fn debug_has_names_and_no_values() {
    let store = FakeSecretStore::new();
    store.create_text("prod/db", "hunter2-canary");
    store.inject(Fault::meanwhile(|_| {}));
    let debug = format!("{store:?}");
    assert!(debug.contains("us-east-1/prod/db"), "{debug}");
    assert_no_secret_in(debug, "hunter2-canary");
}

/// No filter of the service says it.
#[tokio::test]
async fn a_search_finds_what_no_filter_can_say() {
    let store = FakeSecretStore::new();
    for name in ["!a", "!ab", "a", "rds!db"] {
        store.create_text(name, "value");
    }
    let tags = [("Gr\u{f6}\u{df}e", "\u{fc}ber"), ("!", "!a"), ("Empty", "")];
    store.tag("a", &tags);
    for n in 0..12 {
        store.tag("a", &[(&format!("k{n}"), "v")]);
    }
    let found = async |find: Find| {
        store.find(&find).await.unwrap().into_iter().map(|secret| secret.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(found(Find::by_prefix("!a")).await, ["!a", "!ab"]);
    assert_eq!(found(Find::by_prefix("rds!")).await, ["rds!db"]);
    for (key, value) in tags {
        assert_eq!(found(Find::default().with_tag(key, value)).await, ["a"], "{key}");
    }
    let all = (0..12).fold(Find::default(), |find, n| find.with_tag(format!("k{n}"), "v"));
    assert_eq!(found(all).await, ["a"]);
}
