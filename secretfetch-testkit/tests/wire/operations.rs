//! What each operation answers.

use std::time::{SystemTime, UNIX_EPOCH};

use secretfetch_testkit::{Fault, Operation};
use serde_json::{Value, json};

use crate::client::Client;
use crate::serving;

fn error(status: u16, kind: &str, message: &str) -> (u16, Value) {
    // Errors of the API's model have a `Message`, those that any API of AWS may give a `message`.
    let modelled =
        ["InternalServiceError", "InvalidRequestException", "ResourceNotFoundException", "ServiceUnavailable"];
    let member = if modelled.contains(&kind) { "Message" } else { "message" };
    (status, json!({ "__type": kind, member: message }))
}

#[tokio::test]
async fn get_secret_value_answers_text_and_binary() {
    let server = serving(0);
    let version = server.store().create_text("prod/db", "a\"\n\u{1f600}");
    server.store().create_binary("prod/key", [0, 1, 255]);
    let mut client = Client::connect(&server).await;
    let (status, mut body) = client.call("GetSecretValue", json!({"SecretId": "prod/db"})).await;
    let created = body.as_object_mut().unwrap().remove("CreatedDate").unwrap().as_f64().unwrap();
    assert!((SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() - created).abs() < 60.0);
    let expected = json!({
        "ARN": version.arn,
        "Name": "prod/db",
        "VersionId": version.version_id.as_str(),
        "VersionStages": ["AWSCURRENT"],
        "SecretString": "a\"\n\u{1f600}",
    });
    assert_eq!((status, body), (200, expected));

    let (_, body) = client.call("GetSecretValue", json!({"SecretId": server.store().partial_arn("prod/key")})).await;
    assert_eq!(body["SecretBinary"], "AAH/");
    assert_eq!(body.get("SecretString"), None);
}

#[tokio::test]
async fn get_secret_value_refuses_in_the_services_words() {
    let server = serving(0);
    let store = server.store();
    let first = store.create_text("a", "1").version_id;
    store.put_text("a", "2");
    store.create_text("gone", "1");
    store.schedule_deletion("gone");
    let mut client = Client::connect(&server).await;
    let not_found = |message: &str| error(400, "ResourceNotFoundException", message);
    let invalid = |message: &str| error(400, "InvalidRequestException", message);
    let absent = "00000000-0000-4000-8000-000000000000";
    for (input, expected) in [
        (json!({"SecretId": "absent"}), not_found("Secrets Manager can't find the specified secret.")),
        (
            json!({"SecretId": "a", "VersionStage": "BLUE"}),
            not_found("Secrets Manager can't find the specified secret value for staging label: BLUE"),
        ),
        (
            json!({"SecretId": "a", "VersionId": absent}),
            not_found(&format!("Secrets Manager can't find the specified secret value for VersionId: {absent}")),
        ),
        (
            json!({"SecretId": "a", "VersionId": first.as_str(), "VersionStage": "AWSCURRENT"}),
            invalid("You provided a VersionStage that is not associated to the provided VersionId."),
        ),
        (
            json!({"SecretId": "gone"}),
            invalid("You can't perform this operation on the secret because it was marked for deletion."),
        ),
        (
            json!({}),
            error(
                400,
                "ValidationException",
                "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not \
                 be null",
            ),
        ),
    ] {
        assert_eq!(client.call("GetSecretValue", input.clone()).await, expected, "{input}");
    }
}

#[tokio::test]
async fn faults_are_the_services_own_errors() {
    let server = serving(1);
    let arn = server.store().arn("s00");
    let denied = |action: &str, resource: &str| {
        format!(
            "User: arn:aws:sts::123456789012:assumed-role/app/i-0 is not authorized to perform: \
             secretsmanager:{action} on resource: {resource} because no identity-based policy allows the \
             secretsmanager:{action} action"
        )
    };
    let mut client = Client::connect(&server).await;
    for (fault, expected) in [
        (Fault::throttled(), error(400, "ThrottlingException", "Rate exceeded")),
        (Fault::access_denied(), error(400, "AccessDeniedException", &denied("GetSecretValue", &arn))),
        (Fault::kms_access_denied(), error(400, "AccessDeniedException", "Access to KMS is not allowed")),
        (Fault::internal_error(), error(500, "InternalServiceError", "An error occurred on the server side.")),
        (
            Fault::unavailable(),
            error(503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server."),
        ),
        (
            Fault::expired_token(),
            error(400, "ExpiredTokenException", "The security token included in the request is expired"),
        ),
        (
            Fault::invalid_token(),
            error(400, "UnrecognizedClientException", "The security token included in the request is invalid."),
        ),
    ] {
        server.store().inject(fault.clone().once());
        assert_eq!(client.call("GetSecretValue", json!({"SecretId": "s00"})).await, expected, "{fault:?}");
    }
    assert_eq!(client.call("GetSecretValue", json!({"SecretId": "s00"})).await.0, 200);

    server.store().inject(Fault::access_denied().on_operation(Operation::BatchGetSecretValue));
    let expected = error(400, "AccessDeniedException", &denied("BatchGetSecretValue", "*"));
    assert_eq!(client.call("BatchGetSecretValue", json!({"SecretIdList": ["s00"]})).await, expected);
    assert_eq!(client.call("GetSecretValue", json!({"SecretId": "s00"})).await.0, 200);
}

#[tokio::test]
async fn a_batch_answers_values_and_errors() {
    let server = serving(3);
    let store = server.store();
    store.create_text("gone", "1");
    store.schedule_deletion("gone");
    store.inject(Fault::kms_access_denied().on("s01"));
    let ids = json!(["s02", "absent", "s01", "gone", "s00", store.arn("s02")]);
    let (status, body) = Client::connect(&server).await.call("BatchGetSecretValue", json!({"SecretIdList": ids})).await;
    assert_eq!(status, 200);
    // Each secret once, in the order of the ARNs.
    let values = body["SecretValues"].as_array().unwrap();
    let values: Vec<_> = values.iter().map(|entry| (&entry["Name"], &entry["SecretString"])).collect();
    assert_eq!(values, [(&json!("s00"), &json!("value 00")), (&json!("s02"), &json!("value 02"))]);
    let expected = json!([
        {
            "SecretId": "absent",
            "ErrorCode": "ResourceNotFoundException",
            "Message": "Secrets Manager can't find the specified secret.",
        },
        { "SecretId": "s01", "ErrorCode": "AccessDeniedException", "Message": "Access to KMS is not allowed" },
        {
            "SecretId": "gone",
            "ErrorCode": "InvalidRequestException",
            "Message": "You can't perform this operation on the secret because it was marked for deletion.",
        },
    ]);
    assert_eq!(body["Errors"], expected);
    assert_eq!(body.get("NextToken"), None);
    let request = server.requests().remove(0);
    assert_eq!((request.operation, request.secret_ids.len()), (Operation::BatchGetSecretValue, 6));
}

#[tokio::test]
async fn a_batch_comes_in_pages_if_told_so() {
    let server = serving(5);
    server.paginate(&[2, 0]);
    let mut client = Client::connect(&server).await;
    let ids: Vec<_> = (0..5).map(|n| format!("s{n:02}")).collect();
    let mut pages = Vec::new();
    let mut input = json!({ "SecretIdList": ids });
    loop {
        let (status, body) = client.call("BatchGetSecretValue", input.clone()).await;
        assert_eq!(status, 200);
        pages.push(body["SecretValues"].as_array().unwrap().len());
        match body.get("NextToken") {
            Some(token) => input["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(pages, [2, 0, 3]);
    input["NextToken"] = json!("made up");
    let (_, body) = client.call("BatchGetSecretValue", input).await;
    assert_eq!(body["__type"], "InvalidNextTokenException");
}

#[tokio::test]
async fn a_batch_keeps_to_the_limits_of_the_service() {
    let server = serving(1);
    let mut client = Client::connect(&server).await;
    let ids = |count: usize| (0..count).map(|n| format!("s{n:02}")).collect::<Vec<_>>();
    let kinds = [
        (json!({"SecretIdList": ids(20)}), Value::Null),
        (json!({"SecretIdList": ids(21)}), json!("ValidationException")),
        (json!({"SecretIdList": []}), json!("ValidationException")),
        (json!({}), json!("InvalidParameterException")),
        (json!({"SecretIdList": ids(1), "MaxResults": 5}), json!("InvalidParameterException")),
        (json!({"Filters": [{"Key": "name", "Values": ["s"]}], "MaxResults": 20}), Value::Null),
        (json!({"Filters": [{"Key": "name", "Values": ["s"]}], "MaxResults": 21}), json!("ValidationException")),
        (json!({"Filters": [{"Key": "colour", "Values": ["s"]}]}), json!("ValidationException")),
        (json!({"Filters": [{"Key": "name", "Values": ["!a b:c_d@e/f+g=h.i-j!k"]}]}), Value::Null),
        (json!({"Filters": [{"Key": "tag-value", "Values": ["gr\u{f6}\u{df}e"]}]}), json!("ValidationException")),
        (json!({"Filters": [{"Key": "name", "Values": ["x".repeat(513)]}]}), json!("ValidationException")),
        (json!({"Filters": vec![json!({"Key": "name", "Values": ["s"]}); 10]}), Value::Null),
        (json!({"Filters": vec![json!({"Key": "name", "Values": ["s"]}); 11]}), json!("ValidationException")),
        (json!({"SecretIdList": ids(1), "Filters": []}), json!("InvalidParameterException")),
    ];
    for (input, kind) in kinds {
        let (_, body) = client.call("BatchGetSecretValue", input.clone()).await;
        assert_eq!(body["__type"], kind, "{input}");
    }
}

#[tokio::test]
async fn secrets_are_created_changed_and_deleted_over_the_wire() {
    let server = serving(0);
    let mut client = Client::connect(&server).await;
    let token = "11111111-1111-4111-8111-111111111111";
    let create = json!({"Name": "a", "SecretString": "1", "Description": "d", "ClientRequestToken": token});
    let (_, created) = client.call("CreateSecret", create.clone()).await;
    assert_eq!(created["VersionId"], token);
    assert_eq!(client.call("CreateSecret", create).await, (200, created));
    let taken = client.call("CreateSecret", json!({"Name": "a", "SecretString": "2"})).await;
    assert_eq!(taken.1["__type"], "ResourceExistsException");

    let (_, put) = client.call("PutSecretValue", json!({"SecretId": "a", "SecretBinary": "AAH/"})).await;
    assert_eq!(put["VersionStages"], json!(["AWSCURRENT"]));
    let reused = json!({"SecretId": "a", "SecretString": "other", "ClientRequestToken": token});
    assert_eq!(client.call("PutSecretValue", reused).await.1["__type"], "ResourceExistsException");

    let back = json!({
        "SecretId": "a", "VersionStage": "AWSCURRENT", "MoveToVersionId": token, "RemoveFromVersionId": put["VersionId"],
    });
    assert_eq!(client.call("UpdateSecretVersionStage", back.clone()).await.0, 200);
    assert_eq!(client.call("UpdateSecretVersionStage", back).await.1["__type"], "InvalidParameterException");
    let (_, described) = client.call("DescribeSecret", json!({"SecretId": "a"})).await;
    let mut stages = json!({ token: ["AWSCURRENT"] });
    stages[put["VersionId"].as_str().unwrap()] = json!(["AWSPREVIOUS"]);
    assert_eq!((&described["VersionIdsToStages"], &described["Description"]), (&stages, &json!("d")));

    let id = json!({"SecretId": "a"});
    assert_eq!(client.call("DeleteSecret", id.clone()).await.0, 200);
    let again = client.call("CreateSecret", json!({"Name": "a", "SecretString": "2"})).await;
    assert_eq!(again.1["__type"], "InvalidRequestException");
    assert_eq!(client.call("RestoreSecret", id.clone()).await.0, 200);
    assert_eq!(client.call("GetSecretValue", id.clone()).await.1["SecretString"], "1");
    let force = json!({"SecretId": "a", "ForceDeleteWithoutRecovery": true});
    assert_eq!(client.call("DeleteSecret", force).await.0, 200);
    assert_eq!(client.call("GetSecretValue", id).await.1["__type"], "ResourceNotFoundException");
}

#[tokio::test]
async fn a_value_keeps_to_the_limits_of_the_service() {
    let server = serving(0);
    let mut client = Client::connect(&server).await;
    for (value, status) in [(1, 200), (65_536, 200), (65_537, 400), (0, 400)] {
        let input = json!({"Name": format!("n{value}"), "SecretString": "x".repeat(value)});
        assert_eq!(client.call("CreateSecret", input).await.0, status, "{value}");
    }
    let (_, body) = client.call("CreateSecret", json!({"Name": "none"})).await;
    assert_eq!(body.get("VersionId"), None);
    let (_, body) = client.call("GetSecretValue", json!({"SecretId": "none"})).await;
    let expected = "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT";
    assert_eq!(body["Message"], expected);
}
