//! One state, two doors: the same requests in memory and over the wire have the same answers, to the letter.

use std::time::{Duration, SystemTime};

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, Operation};
use serde_json::{Value, json};

use crate::client::Client;

const LAMBDA: &str = "arn:aws:lambda:ca-central-1:123456789012:function:rotate";

fn token(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// Every operation, good and refused.
fn script() -> Vec<(Operation, Value)> {
    use Operation as O;
    let policy = r#"{"Version": "2012-10-17", "Statement": []}"#;
    vec![
        (
            O::CreateSecret,
            json!({
                "Name": "a", "SecretString": "1", "ClientRequestToken": token(1), "Description": "d",
                "Tags": [{"Key": "team", "Value": "blue"}], "KmsKeyId": "alias/mine",
            }),
        ),
        (O::CreateSecret, json!({"Name": "a", "SecretString": "2", "ClientRequestToken": token(2)})),
        (O::CreateSecret, json!({"Name": "a b", "SecretString": "2", "ClientRequestToken": token(2)})),
        (O::CreateSecret, json!({"Name": "b"})),
        (O::CreateSecret, json!({"Name": "b", "SecretBinary": "AAH/", "ClientRequestToken": token(3)})),
        (O::CreateSecret, json!({"Name": "large", "SecretString": "x".repeat(65_537), "ClientRequestToken": token(3)})),
        (O::PutSecretValue, json!({"SecretId": "a", "SecretString": "2", "ClientRequestToken": token(4)})),
        (O::PutSecretValue, json!({"SecretId": "a", "SecretString": "3", "ClientRequestToken": token(4)})),
        (O::PutSecretValue, json!({"SecretId": "a", "ClientRequestToken": token(5)})),
        (
            O::PutSecretValue,
            json!({"SecretId": "a", "SecretString": "3", "VersionStages": ["Z", "A"], "ClientRequestToken": token(6)}),
        ),
        (O::UpdateSecret, json!({"SecretId": "b", "Description": "bytes", "ClientRequestToken": token(7)})),
        (
            O::UpdateSecretVersionStage,
            json!({
                "SecretId": "a", "VersionStage": "AWSCURRENT", "MoveToVersionId": token(6),
                "RemoveFromVersionId": token(4),
            }),
        ),
        (O::GetSecretValue, json!({"SecretId": "a"})),
        (O::GetSecretValue, json!({"SecretId": "a", "VersionStage": "AWSPREVIOUS"})),
        (O::GetSecretValue, json!({"SecretId": "b", "VersionId": token(9)})),
        (O::GetSecretValue, json!({"SecretId": 5})),
        (O::BatchGetSecretValue, json!({"SecretIdList": ["b", "absent", "a"]})),
        (O::BatchGetSecretValue, json!({"Filters": [{"Key": "tag-key", "Values": ["team"]}]})),
        (O::DescribeSecret, json!({"SecretId": "a"})),
        (O::ListSecrets, json!({"MaxResults": 1})),
        (O::ListSecrets, json!({"Filters": [{"Key": "colour", "Values": ["a"]}]})),
        (O::ListSecretVersionIds, json!({"SecretId": "a", "IncludeDeprecated": true})),
        (O::TagResource, json!({"SecretId": "b", "Tags": [{"Key": "x", "Value": "y"}]})),
        (O::UntagResource, json!({"SecretId": "b", "TagKeys": ["x"]})),
        (O::PutResourcePolicy, json!({"SecretId": "a", "ResourcePolicy": policy})),
        (O::GetResourcePolicy, json!({"SecretId": "a"})),
        (O::ValidateResourcePolicy, json!({"ResourcePolicy": "{"})),
        (O::DeleteResourcePolicy, json!({"SecretId": "a"})),
        (O::RotateSecret, json!({"SecretId": "b", "ClientRequestToken": token(10)})),
        (O::RotateSecret, json!({"SecretId": "a", "ClientRequestToken": token(11), "RotationLambdaARN": LAMBDA})),
        (O::CancelRotateSecret, json!({"SecretId": "a"})),
        (O::ReplicateSecretToRegions, json!({"SecretId": "a", "AddReplicaRegions": [{"Region": "eu-west-1"}]})),
        (O::StopReplicationToReplica, json!({"SecretId": "a"})),
        (O::DeleteSecret, json!({"SecretId": "a"})),
        (O::RemoveRegionsFromReplication, json!({"SecretId": "a", "RemoveReplicaRegions": ["eu-west-1"]})),
        (O::DeleteSecret, json!({"SecretId": "a", "RecoveryWindowInDays": 6})),
        (O::DeleteSecret, json!({"SecretId": "a"})),
        (O::GetSecretValue, json!({"SecretId": "a"})),
        (O::RestoreSecret, json!({"SecretId": "a"})),
        (O::DeleteSecret, json!({"SecretId": "never", "ForceDeleteWithoutRecovery": true})),
        (O::GetRandomPassword, json!({"PasswordLength": 5000})),
    ]
}

#[tokio::test]
async fn the_same_requests_have_the_same_answers_through_both_doors() {
    let account = || {
        let store = FakeSecretStore::new().in_region("ca-central-1");
        store.set_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
        store
    };
    let (memory, wire) = (account(), account());
    let server = FakeSecretsManager::start(&wire);
    let mut client = Client::connect(&server).await;
    let (mut good, mut refused) = (0, 0);
    for (number, (operation, input)) in script().into_iter().enumerate() {
        // A fault plays on either door.
        if number % 7 == 3 {
            for store in [&memory, &wire] {
                store.inject(Fault::throttled().once());
            }
            let (_, throttled) = client.call_raw(operation.name(), input.clone()).await;
            let error = memory.request(operation, input.clone()).await.unwrap_err();
            assert_eq!(throttled["__type"].as_str(), error.code);
        }
        let (status, answer) = client.call_raw(operation.name(), input.clone()).await;
        match memory.request(operation, input.clone()).await {
            Ok(output) => {
                assert_eq!((status, &answer), (200, &output), "{operation} {input}");
                good += 1;
            }
            Err(error) => {
                let message = answer["Message"].as_str().or(answer["message"].as_str());
                assert_eq!(status, 400, "{operation} {input}: {error}");
                assert_eq!(
                    (answer["__type"].as_str(), message),
                    (error.code, Some(error.message.as_str())),
                    "{operation}"
                );
                refused += 1;
            }
        }
    }
    assert!(good >= 23 && refused >= 10, "{good} good, {refused} refused");
    for operation in Operation::SECRETS_MANAGER {
        assert!(script().iter().any(|(tried, _)| *tried == operation), "{operation} is not tried");
    }
    let log = |store: &FakeSecretStore| {
        let all = store.requests().into_iter();
        all.map(|request| (request.operation, request.secret_ids, request.version_id)).collect::<Vec<_>>()
    };
    assert_eq!(log(&memory), log(&wire));
}
