//! Against the testkit's Secrets Manager, which has state.

use secretfetch::{AwsSecretStore, BatchMode, ErrorKind, SecretRequest, SecretStore as _};
use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault};

use crate::batches::client_config;

fn store(server: &FakeSecretsManager) -> AwsSecretStore {
    AwsSecretStore::from_conf(client_config(&server.url()))
}

fn request(id: &str) -> SecretRequest {
    SecretRequest::new(id.parse().unwrap())
}

fn fake() -> (FakeSecretStore, FakeSecretsManager) {
    let secrets = FakeSecretStore::new().in_region("eu-west-1");
    let server = FakeSecretsManager::start(&secrets);
    (secrets, server)
}

#[tokio::test]
async fn names_arns_and_partial_arns_reach_their_secret_in_a_batch_of_pages() {
    let (secrets, server) = fake();
    let ids: Vec<String> = (0..30)
        .map(|n| {
            let name = format!("app/{n}");
            secrets.create_text(&name, format!("<{n}>"));
            match n % 3 {
                0 => name,
                1 => secrets.arn(&name),
                _ => secrets.partial_arn(&name),
            }
        })
        .collect();
    server.paginate(&[3, 0, 5]);
    let requests: Vec<_> = ids.iter().map(|id| request(id)).collect();
    let results = store(&server).fetch_many(&requests).await;
    for (n, result) in results.into_iter().enumerate() {
        assert_eq!(result.unwrap().value.expose_text(), Some(format!("<{n}>").as_str()));
    }
}

#[tokio::test]
async fn one_secret_by_all_its_ids_is_answered_for_each() {
    let (secrets, server) = fake();
    secrets.create_text("a", "A");
    secrets.create_binary("b", [0, 159, 146, 150]);
    let ids = ["a".to_owned(), secrets.arn("a"), secrets.partial_arn("a"), "b".to_owned(), secrets.arn("b")];
    let results = store(&server).fetch_many(&ids.map(|id| request(&id))).await;
    let bytes: Vec<_> = results.into_iter().map(|result| result.unwrap().value.expose_bytes().to_vec()).collect();
    let binary = vec![0, 159, 146, 150];
    assert_eq!(bytes, [b"A".to_vec(), b"A".to_vec(), b"A".to_vec(), binary.clone(), binary]);
}

#[tokio::test]
async fn what_is_missing_or_deleted_fails_alone_in_a_batch_and_by_itself() {
    for mode in [BatchMode::Auto, BatchMode::Never] {
        let (secrets, server) = fake();
        for name in ["a", "b", "gone", "c"] {
            secrets.create_text(name, name);
        }
        secrets.schedule_deletion("gone");
        let ids = ["a", "missing", "gone", "b", "c", "a"];
        let results = store(&server).with_batch(mode).fetch_many(&ids.map(request)).await;
        for (id, result) in ids.into_iter().zip(results) {
            let expected = match id {
                "missing" => Some(ErrorKind::SecretNotFound),
                "gone" => Some(ErrorKind::ScheduledForDeletion),
                _ => None,
            };
            match (result, expected) {
                (Ok(secret), None) => assert_eq!(secret.value.expose_text(), Some(id)),
                (Err(error), Some(kind)) => {
                    assert_eq!(error.kind(), kind, "{error}");
                    assert_eq!(error.secret_id().unwrap().as_str(), id);
                    assert!(error.failures()[0].region().unwrap().as_str() == "eu-west-1");
                }
                (result, _) => panic!("{id}, {mode}: {result:?}"),
            }
        }
    }
}

#[tokio::test]
async fn versions_are_asked_by_stage_and_by_id() {
    let (secrets, server) = fake();
    let first = secrets.create_text("a", "old");
    secrets.put_text("a", "new");
    let store = store(&server);
    assert_eq!(store.fetch(&request("a")).await.unwrap().value.expose_text(), Some("new"));
    let previous = request("a").with_version_stage("AWSPREVIOUS".parse().unwrap());
    assert_eq!(store.fetch(&previous).await.unwrap().value.expose_text(), Some("old"));
    let by_id = store.fetch(&request("a").with_version_id(first.version_id.clone())).await.unwrap();
    assert_eq!((by_id.value.expose_text(), by_id.version_id.clone()), (Some("old"), Some(first.version_id)));
    let pending = request("a").with_version_stage("AWSPENDING".parse().unwrap());
    let error = store.fetch(&pending).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::VersionNotFound);
    assert!(error.to_string().contains("AWSPENDING"), "{error}");
}

#[tokio::test]
async fn a_denial_names_the_caller_and_the_action_and_kms_is_told_apart() {
    let (secrets, server) = fake();
    secrets.create_text("a", "A");
    let store = store(&server);
    secrets.inject(Fault::access_denied().once());
    let error = store.fetch(&request("a")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AccessDenied);
    assert!(error.to_string().contains("may not call secretsmanager:GetSecretValue"), "{error}");
    assert!(error.to_string().contains("arn:aws:"), "{error}");
    secrets.inject(Fault::kms_access_denied().once());
    let error = store.fetch(&request("a")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KmsAccessDenied);
    assert!(error.hint().unwrap().contains("kms:Decrypt"), "{error}");
    secrets.inject(Fault::throttled().once());
    let error = store.fetch(&request("a")).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Throttled && error.is_retryable());
    assert!(store.fetch(&request("a")).await.is_ok());
}
