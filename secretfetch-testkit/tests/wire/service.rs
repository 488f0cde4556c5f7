//! Each operation as AWS does it, where a guess goes wrong.

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager};
use serde_json::{Value, json};

use crate::client::Client;

async fn fake() -> (FakeSecretsManager, Client) {
    let server = FakeSecretsManager::start(&FakeSecretStore::new().in_region("ca-central-1"));
    let client = Client::connect(&server).await;
    (server, client)
}

/// The answer of an operation that succeeds.
#[track_caller]
fn ok((status, body): (u16, Value)) -> Value {
    assert_eq!(status, 200, "{body}");
    body
}

/// Kind and message of a refusal.
fn refusal((_, body): (u16, Value)) -> (String, String) {
    let text = |member: &str| body[member].as_str().unwrap_or_default().to_owned();
    (text("__type"), text("Message") + &text("message"))
}

#[tokio::test]
async fn a_missing_token_is_told_before_anything_else() {
    let (_server, mut client) = fake().await;
    for operation in ["CreateSecret", "PutSecretValue", "UpdateSecret", "RotateSecret"] {
        let (kind, message) = refusal(client.call_raw(operation, json!({})).await);
        let parameter = operation == "RotateSecret";
        let expected = if parameter { "InvalidParameterException" } else { "InvalidRequestException" };
        assert_eq!(kind, expected, "{operation}");
        assert!(message.starts_with("You must provide a ClientRequestToken value."), "{operation}: {message}");
    }
}

#[tokio::test]
async fn an_id_that_cannot_be_a_name_is_no_missing_secret() {
    let (_server, mut client) = fake().await;
    for operation in ["GetSecretValue", "DescribeSecret", "DeleteSecret", "GetResourcePolicy", "ListSecretVersionIds"] {
        let (kind, message) = refusal(client.call(operation, json!({"SecretId": "a b"})).await);
        assert_eq!(kind, "ValidationException", "{operation}");
        assert!(message.starts_with("Invalid name. Must be a valid name"), "{operation}: {message}");
    }
}

#[tokio::test]
async fn what_a_secret_is_created_with_is_kept() {
    let (_server, mut client) = fake().await;
    let create = json!({
        "Name": "a", "SecretString": "1", "KmsKeyId": "alias/mine", "Tags": [{"Key": "team", "Value": "blue"}],
        "AddReplicaRegions": [{"Region": "eu-central-1"}],
    });
    let created = ok(client.call("CreateSecret", create).await);
    assert_eq!(created["ReplicationStatus"][0]["Status"], "InSync");
    let described = ok(client.call("DescribeSecret", json!({"SecretId": "a"})).await);
    assert_eq!(described["Tags"], json!([{"Key": "team", "Value": "blue"}]));
    assert_eq!((&described["KmsKeyId"], &described["PrimaryRegion"]), (&json!("alias/mine"), &json!("ca-central-1")));
    for absent in ["Description", "LastAccessedDate", "RotationEnabled", "DeletedDate", "OwningService"] {
        assert_eq!(described.get(absent), None, "{absent}");
    }
    ok(client.call("CreateSecret", json!({"Name": "empty"})).await);
    let described = ok(client.call("DescribeSecret", json!({"SecretId": "empty"})).await);
    assert_eq!(described.get("VersionIdsToStages"), None);
}

#[tokio::test]
async fn a_read_leaves_its_day() {
    let (_server, mut client) = fake().await;
    ok(client.call("CreateSecret", json!({"Name": "a", "SecretString": "1"})).await);
    ok(client.call("GetSecretValue", json!({"SecretId": "a"})).await);
    let described = ok(client.call("DescribeSecret", json!({"SecretId": "a"})).await);
    let day = described["LastAccessedDate"].as_f64().unwrap();
    assert!(day > 0.0 && day % 86_400.0 == 0.0, "{day}");
    let versions = ok(client.call("ListSecretVersionIds", json!({"SecretId": "a"})).await);
    assert_eq!(versions["Versions"][0]["LastAccessedDate"].as_f64(), Some(day));
}

#[tokio::test]
async fn an_update_changes_what_it_names() {
    let (_server, mut client) = fake().await;
    let first = ok(client.call("CreateSecret", json!({"Name": "a", "SecretString": "1", "Description": "d"})).await);
    let updated = ok(client.call("UpdateSecret", json!({"SecretId": "a", "Description": "e"})).await);
    assert_eq!(updated.get("VersionId"), None);
    let updated = ok(client.call("UpdateSecret", json!({"SecretId": "a", "SecretString": "2"})).await);
    let described = ok(client.call("DescribeSecret", json!({"SecretId": "a"})).await);
    assert_eq!(described["Description"], "e");
    let stages = &described["VersionIdsToStages"];
    assert_eq!(stages[first["VersionId"].as_str().unwrap()], json!(["AWSPREVIOUS"]));
    assert_eq!(stages[updated["VersionId"].as_str().unwrap()], json!(["AWSCURRENT"]));
}

#[tokio::test]
async fn a_list_is_filtered_sorted_and_cut_into_pages() {
    let (_server, mut client) = fake().await;
    for (name, description, team) in [("prod/a", "The Database", "blue"), ("prod/b", "", "red"), ("test/a", "", "blue")]
    {
        let tags = json!([{"Key": "team", "Value": team}]);
        let create = json!({"Name": name, "SecretString": "1", "Description": description, "Tags": tags});
        ok(client.call("CreateSecret", create).await);
    }
    let cases = [
        (json!({}), vec!["prod/a", "prod/b", "test/a"]),
        (json!({"SortOrder": "desc"}), vec!["test/a", "prod/b", "prod/a"]),
        (json!({"Filters": [{"Key": "name", "Values": ["prod/"]}]}), vec!["prod/a", "prod/b"]),
        (json!({"Filters": [{"Key": "name", "Values": ["Prod/"]}]}), vec![]),
        (json!({"Filters": [{"Key": "name", "Values": ["!prod/"]}]}), vec!["test/a"]),
        (json!({"Filters": [{"Key": "description", "Values": ["the d"]}]}), vec!["prod/a"]),
        (json!({"Filters": [{"Key": "tag-value", "Values": ["red", "green"]}]}), vec!["prod/b"]),
        (
            json!({"Filters": [{"Key": "tag-value", "Values": ["blue"]}, {"Key": "name", "Values": ["prod"]}]}),
            vec!["prod/a"],
        ),
        (json!({"Filters": [{"Key": "all", "Values": ["DATABASE"]}]}), vec!["prod/a"]),
    ];
    for (input, expected) in cases {
        let mut names = Vec::new();
        let mut page = input.clone();
        page["MaxResults"] = json!(1);
        loop {
            let list = ok(client.call("ListSecrets", page.clone()).await);
            let entries = list["SecretList"].as_array().unwrap();
            assert!(entries.len() <= 1);
            names.extend(entries.iter().map(|entry| entry["Name"].as_str().unwrap().to_owned()));
            match list.get("NextToken") {
                Some(token) => page["NextToken"] = token.clone(),
                None => break,
            }
        }
        assert_eq!(names, expected, "{input}");
    }
    ok(client.call("DeleteSecret", json!({"SecretId": "prod/a"})).await);
    for (input, count) in [(json!({}), 2), (json!({"IncludePlannedDeletion": true}), 3)] {
        let list = ok(client.call("ListSecrets", input.clone()).await);
        assert_eq!(list["SecretList"].as_array().unwrap().len(), count, "{input}");
    }
    for (input, expected) in [
        (json!({"MaxResults": 101}), "ValidationException"),
        (json!({"SortOrder": "up"}), "ValidationException"),
        (json!({"NextToken": "nonsense"}), "InvalidNextTokenException"),
    ] {
        assert_eq!(refusal(client.call("ListSecrets", input.clone()).await).0, expected, "{input}");
    }
}

#[tokio::test]
async fn a_version_without_a_label_is_listed_when_asked_for() {
    let (_server, mut client) = fake().await;
    for value in ["1", "2", "3"] {
        let operation = if value == "1" { "CreateSecret" } else { "PutSecretValue" };
        ok(client.call(operation, json!({"Name": "a", "SecretId": "a", "SecretString": value})).await);
    }
    for (input, count) in [(json!({"SecretId": "a"}), 2), (json!({"SecretId": "a", "IncludeDeprecated": true}), 3)] {
        let list = ok(client.call("ListSecretVersionIds", input.clone()).await);
        assert_eq!(list["Versions"].as_array().unwrap().len(), count, "{input}");
    }
}

#[tokio::test]
async fn a_secret_of_the_same_name_has_another_arn() {
    let (_server, mut client) = fake().await;
    let force = json!({"SecretId": "a", "ForceDeleteWithoutRecovery": true});
    let first = ok(client.call("CreateSecret", json!({"Name": "a", "SecretString": "1"})).await);
    ok(client.call("DeleteSecret", force.clone()).await);
    let second = ok(client.call("CreateSecret", json!({"Name": "a", "SecretString": "1"})).await);
    assert_ne!(first["ARN"], second["ARN"]);
    ok(client.call("DeleteSecret", force.clone()).await);
    assert_eq!(ok(client.call("DeleteSecret", force).await)["Name"], "a");
}

#[tokio::test]
async fn a_partial_arn_that_looks_complete_counts_as_complete() {
    let (_server, mut client) = fake().await;
    for name in ["db", "db-abcdef"] {
        let arn = ok(client.call("CreateSecret", json!({"Name": name, "SecretString": "1"})).await)["ARN"].clone();
        let partial = arn.as_str().unwrap().rsplit_once('-').unwrap().0.to_owned();
        let (status, _) = client.call("GetSecretValue", json!({"SecretId": partial})).await;
        assert_eq!(status, if name == "db" { 200 } else { 400 }, "{partial}");
    }
}

#[tokio::test]
async fn a_rotation_needs_a_function_and_leaves_one_label() {
    let (_server, mut client) = fake().await;
    ok(client.call("CreateSecret", json!({"Name": "a", "SecretString": "{\"password\": \"1\"}"})).await);
    let (kind, message) = refusal(client.call("RotateSecret", json!({"SecretId": "a"})).await);
    assert_eq!(kind, "InvalidRequestException");
    assert_eq!(message, "No Lambda rotation function ARN is associated with this secret.");

    let lambda = "arn:aws:lambda:ca-central-1:123456789012:function:rotate";
    let rotate = json!({
        "SecretId": "a", "RotationLambdaARN": lambda, "RotationRules": {"AutomaticallyAfterDays": 30},
    });
    let rotated = ok(client.call("RotateSecret", rotate).await);
    let described = ok(client.call("DescribeSecret", json!({"SecretId": "a"})).await);
    assert_eq!((&described["RotationEnabled"], &described["RotationLambdaARN"]), (&json!(true), &json!(lambda)));
    assert_eq!(described["RotationRules"], json!({"AutomaticallyAfterDays": 30}));
    assert!(described["LastRotatedDate"].is_f64() && described["NextRotationDate"].is_f64());
    assert_eq!(described["VersionIdsToStages"][rotated["VersionId"].as_str().unwrap()], json!(["AWSCURRENT"]));
    ok(client.call("CancelRotateSecret", json!({"SecretId": "a"})).await);
    let described = ok(client.call("DescribeSecret", json!({"SecretId": "a"})).await);
    assert_eq!(described["RotationEnabled"], false);
}

#[tokio::test]
async fn a_rotation_function_is_called_with_the_four_steps() {
    use secretfetch::SecretValue;
    use secretfetch_testkit::RotationStep;

    let (server, mut client) = fake().await;
    ok(client.call("CreateSecret", json!({"Name": "a", "SecretString": "old"})).await);
    let (steps, seen) = std::sync::mpsc::channel();
    server.store().on_rotation(move |store, event| {
        let _ = steps.send(event.step);
        match event.step {
            RotationStep::Create => _ = store.put_pending(event, SecretValue::from_text("new".to_owned())),
            RotationStep::Finish => store.finish(event),
            _ => {}
        }
        Ok(())
    });
    ok(client.call("RotateSecret", json!({"SecretId": "a", "RotationLambdaARN": "arn:aws:lambda:x"})).await);
    let steps: Vec<_> = seen.try_iter().map(RotationStep::name).collect();
    assert_eq!(steps, ["createSecret", "setSecret", "testSecret", "finishSecret"]);
    assert_eq!(ok(client.call("GetSecretValue", json!({"SecretId": "a"})).await)["SecretString"], "new");

    server.store().on_rotation(|store, event| {
        if event.step == RotationStep::Create {
            store.put_pending(event, SecretValue::from_text("never used".to_owned()));
            return Ok(());
        }
        Err("the database is away".into())
    });
    ok(client.call("RotateSecret", json!({"SecretId": "a"})).await);
    assert_eq!(ok(client.call("GetSecretValue", json!({"SecretId": "a"})).await)["SecretString"], "new");
    let (_, message) = refusal(client.call("RotateSecret", json!({"SecretId": "a"})).await);
    assert_eq!(message, "A previous rotation isn't complete. That rotation will be reattempted.");
}

#[tokio::test]
async fn a_rotation_has_a_version_without_a_value_when_its_function_is_called() {
    use secretfetch::SecretValue;
    use secretfetch_testkit::RotationStep;

    let (server, mut client) = fake().await;
    ok(client.call("CreateSecret", json!({"Name": "a", "SecretString": "old"})).await);
    let (begun, seen) = std::sync::mpsc::channel();
    let (go_on, waits) = std::sync::mpsc::channel::<()>();
    let waits = std::sync::Mutex::new(waits);
    server.store().on_rotation(move |store, event| {
        match event.step {
            RotationStep::Create => {
                let _ = begun.send(event.client_request_token.to_string());
                waits.lock().unwrap().recv()?;
                store.put_pending(event, SecretValue::from_text("new".to_owned()));
            }
            RotationStep::Finish => store.finish(event),
            _ => {}
        }
        Ok(())
    });
    let token = "11111111-1111-4111-8111-111111111111";
    let rotate = json!({"SecretId": "a", "RotationLambdaARN": "arn:aws:lambda:x", "ClientRequestToken": token});
    let mut other = Client::connect(&server).await;
    let rotation = tokio::spawn(async move { other.call("RotateSecret", rotate).await });
    let token = tokio::task::spawn_blocking(move || seen.recv().unwrap()).await.unwrap();

    // What AWS's own rotation functions look at first.
    let described = ok(client.call("DescribeSecret", json!({"SecretId": "a"})).await);
    assert_eq!(described["VersionIdsToStages"][&token], json!(["AWSPENDING"]));
    assert_eq!(described["RotationEnabled"], true);
    let pending = json!({"SecretId": "a", "VersionId": token, "VersionStage": "AWSPENDING"});
    assert_eq!(refusal(client.call("GetSecretValue", pending).await).0, "ResourceNotFoundException");
    let pending = json!({"SecretId": "a", "VersionStage": "AWSPENDING"});
    assert_eq!(refusal(client.call("GetSecretValue", pending).await).0, "ResourceNotFoundException");

    go_on.send(()).unwrap();
    ok(rotation.await.unwrap());
    assert_eq!(ok(client.call("GetSecretValue", json!({"SecretId": "a"})).await)["SecretString"], "new");
    let described = ok(client.call("DescribeSecret", json!({"SecretId": "a"})).await);
    assert_eq!(described["VersionIdsToStages"][&token], json!(["AWSCURRENT"]));
}

#[tokio::test]
async fn a_replica_is_read_in_its_region_and_written_in_its_primary() {
    let (server, mut client) = fake().await;
    ok(client.call("CreateSecret", json!({"Name": "a", "SecretString": "1"})).await);
    let add = json!({"SecretId": "a", "AddReplicaRegions": [{"Region": "eu-central-1"}]});
    ok(client.call("ReplicateSecretToRegions", add).await);
    ok(client.call("PutSecretValue", json!({"SecretId": "a", "SecretString": "2"})).await);

    let there = server.store().in_region("eu-central-1");
    assert_eq!(there.versions("a").len(), 2);
    assert!(there.arn("a").contains(":eu-central-1:"));
    let put = || there.put_text("a", "3");
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(put)).unwrap_err();
    let (kind, message) = refusal(client.call("DeleteSecret", json!({"SecretId": "a"})).await);
    assert_eq!(kind, "InvalidParameterException");
    assert_eq!(message, "You can't delete secret a that still has replica regions [eu-central-1]");

    let remove = json!({"SecretId": "a", "RemoveReplicaRegions": ["eu-central-1"]});
    ok(client.call("RemoveRegionsFromReplication", remove).await);
    assert!(there.secret_names().is_empty());
    ok(client.call("DeleteSecret", json!({"SecretId": "a"})).await);
}

#[tokio::test]
async fn tags_and_policies_come_and_go() {
    let (_server, mut client) = fake().await;
    ok(client.call("CreateSecret", json!({"Name": "a", "SecretString": "1"})).await);
    let tags = json!([{"Key": "x", "Value": "1"}, {"Key": "y", "Value": "2"}]);
    ok(client.call("TagResource", json!({"SecretId": "a", "Tags": tags})).await);
    ok(client.call("UntagResource", json!({"SecretId": "a", "TagKeys": ["x"]})).await);
    let described = ok(client.call("DescribeSecret", json!({"SecretId": "a"})).await);
    assert_eq!(described["Tags"], json!([{"Key": "y", "Value": "2"}]));
    let tags: Vec<Value> = (0..50).map(|n| json!({"Key": format!("k{n}"), "Value": ""})).collect();
    let (kind, _) = refusal(client.call("TagResource", json!({"SecretId": "a", "Tags": tags})).await);
    assert_eq!(kind, "InvalidParameterException");
    let described = ok(client.call("DescribeSecret", json!({"SecretId": "a"})).await);
    assert_eq!(described["Tags"], json!([{"Key": "y", "Value": "2"}]), "refused in full");

    let policy =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    let put = json!({"SecretId": "a", "ResourcePolicy": policy});
    let blocked = json!({"SecretId": "a", "ResourcePolicy": policy, "BlockPublicPolicy": true});
    assert_eq!(refusal(client.call("PutResourcePolicy", blocked).await).0, "PublicPolicyException");
    let malformed = json!({"SecretId": "a", "ResourcePolicy": "{"});
    assert_eq!(refusal(client.call("PutResourcePolicy", malformed).await).0, "MalformedPolicyDocumentException");
    ok(client.call("PutResourcePolicy", put).await);
    let got = ok(client.call("GetResourcePolicy", json!({"SecretId": "a"})).await);
    assert_eq!(got["ResourcePolicy"], policy);
    let validated = ok(client.call("ValidateResourcePolicy", json!({"ResourcePolicy": policy})).await);
    assert_eq!(validated["PolicyValidationPassed"], false);
    ok(client.call("DeleteResourcePolicy", json!({"SecretId": "a"})).await);
    let got = ok(client.call("GetResourcePolicy", json!({"SecretId": "a"})).await);
    assert_eq!(got.get("ResourcePolicy"), None);
}

#[tokio::test]
async fn a_random_password_has_what_was_asked_for() {
    let (_server, mut client) = fake().await;
    for length in [4, 32, 4096] {
        let made = ok(client.call("GetRandomPassword", json!({"PasswordLength": length})).await);
        let password = made["RandomPassword"].as_str().unwrap();
        assert_eq!(password.len(), length);
        for kind in [char::is_lowercase, char::is_uppercase, char::is_numeric] {
            assert!(password.chars().any(kind), "{length}");
        }
        assert!(password.chars().any(|c| c.is_ascii_punctuation()));
    }
    let digits = json!({
        "ExcludeLowercase": true, "ExcludeUppercase": true, "ExcludePunctuation": true, "ExcludeCharacters": "012345678",
    });
    let made = ok(client.call("GetRandomPassword", digits).await);
    assert_eq!(made["RandomPassword"], "9".repeat(32));
    for (input, expected) in [
        (json!({"PasswordLength": 4097}), "ValidationException"),
        (json!({"PasswordLength": 0}), "ValidationException"),
        (json!({"PasswordLength": 3}), "InvalidParameterException"),
    ] {
        assert_eq!(refusal(client.call("GetRandomPassword", input.clone()).await).0, expected, "{input}");
    }
}
