//! How many requests are made, and which answer reaches which request.

use secretfetch::{
    AwsSecretStore, BatchMode, BatchRefusal, Call, ErrorKind, SecretRequest, SecretStore as _, StoreEvent,
};

use crate::server::{JSON, Server, entry, ids_of, is_batch, respond, value_of};

/// A configuration as an application has one, for the endpoint at `url`.
pub(crate) fn client_config(url: &str) -> aws_sdk_secretsmanager::Config {
    let credentials = aws_sdk_secretsmanager::config::Credentials::new("AKIATEST", "key", None, None, "test");
    aws_sdk_secretsmanager::Config::builder()
        .behavior_version(aws_sdk_secretsmanager::config::BehaviorVersion::latest())
        .region(aws_sdk_secretsmanager::config::Region::new("eu-west-1"))
        .credentials_provider(credentials)
        .endpoint_url(url)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

fn store(server: &Server) -> AwsSecretStore {
    AwsSecretStore::from_conf(client_config(&server.url))
}

fn request(id: &str) -> SecretRequest {
    SecretRequest::new(id.parse().unwrap())
}

fn requests(count: usize) -> Vec<SecretRequest> {
    (0..count).map(|n| request(&format!("app/{n}"))).collect()
}

fn texts(results: Vec<secretfetch::Result<secretfetch::Secret>>) -> Vec<String> {
    results.into_iter().map(|result| result.unwrap().value.expose_text().unwrap().to_owned()).collect()
}

fn expected(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("<app/{n}>")).collect()
}

#[tokio::test]
async fn twenty_five_secrets_take_two_requests_and_come_back_in_order() {
    let server = Server::start(|head, body, stream| {
        assert!(is_batch(head));
        let mut entries: Vec<_> = ids_of(body).iter().map(|id| entry(id)).collect();
        entries.reverse();
        respond(stream, "200 OK", JSON, &serde_json::json!({"SecretValues": entries, "Errors": []}).to_string());
    });
    let results = store(&server).fetch_many(&requests(25)).await;
    let secret = results[3].as_ref().unwrap();
    assert_eq!(secret.name, "app/3");
    assert!(secret.arn.as_ref().unwrap().as_str().ends_with("app/3-AbCdEf"));
    assert!(secret.version_stages[0].is_current() && secret.version_id.is_some() && secret.created.is_some());
    assert_eq!(texts(results), expected(25));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn few_secrets_and_versions_and_batch_never_are_asked_one_by_one() {
    let server = Server::values();
    assert_eq!(texts(store(&server).fetch_many(&requests(4)).await), expected(4));
    let previous = |request: SecretRequest| request.with_version_stage("AWSPREVIOUS".parse().unwrap());
    let versions: Vec<_> = requests(30).into_iter().map(previous).collect();
    assert_eq!(texts(store(&server).fetch_many(&versions).await), expected(30));
    let never = store(&server).with_batch(BatchMode::Never);
    assert_eq!(texts(never.fetch_many(&requests(30)).await), expected(30));
    assert_eq!((server.requests().len(), server.batches()), (64, 0));
}

/// Refuses batches with `error`, and answers single requests.
fn without_batches(error: &'static str) -> Server {
    Server::start(move |head, body, stream| {
        if is_batch(head) {
            respond(stream, "400 Bad Request", JSON, &format!(r#"{{"__type":"{error}","Message":"no"}}"#));
        } else {
            respond(stream, "200 OK", JSON, &value_of(body));
        }
    })
}

#[tokio::test]
async fn a_denied_or_unknown_batch_is_not_tried_again_and_costs_no_secret() {
    for error in ["AccessDeniedException", "UnknownOperationException"] {
        let server = without_batches(error);
        let store = store(&server);
        assert_eq!(texts(store.fetch_many(&requests(6)).await), expected(6));
        assert_eq!(texts(store.fetch_many(&requests(6)).await), expected(6));
        assert_eq!(server.batches(), 1, "{error}");
    }
}

#[tokio::test]
async fn a_throttled_or_spoiled_batch_falls_back_for_that_time_only() {
    for error in ["ThrottlingException", "InvalidParameterException"] {
        let server = without_batches(error);
        let store = store(&server);
        assert_eq!(texts(store.fetch_many(&requests(6)).await), expected(6));
        assert_eq!(texts(store.fetch_many(&requests(6)).await), expected(6));
        assert_eq!(server.batches(), 2, "{error}");
    }
}

#[tokio::test]
async fn a_batch_that_fails_for_good_fails_each_of_its_secrets_by_name() {
    let server = without_batches("InternalServiceError");
    let results = store(&server).fetch_many(&requests(6)).await;
    for (n, result) in results.into_iter().enumerate() {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ServiceUnavailable);
        assert_eq!(error.secret_id().unwrap().as_str(), format!("app/{n}"));
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn pages_are_followed_errors_reach_their_secret_and_what_is_left_out_is_asked_again() {
    let server = Server::start(|head, body, stream| {
        if !is_batch(head) {
            return respond(stream, "200 OK", JSON, &value_of(body));
        }
        let answer = if body.contains("NextToken") {
            serde_json::json!({"SecretValues": [entry("app/2")], "Errors": []})
        } else {
            serde_json::json!({
                "SecretValues": [entry("app/0")],
                "Errors": [{"SecretId": "app/1", "ErrorCode": "ResourceNotFoundException",
                            "Message": "Secrets Manager can't find the specified secret."}],
                "NextToken": "more",
            })
        };
        respond(stream, "200 OK", JSON, &answer.to_string());
    });
    let mut results = store(&server).fetch_many(&requests(5)).await;
    let error = results.remove(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SecretNotFound);
    assert_eq!(error.secret_id().unwrap().as_str(), "app/1");
    assert_eq!(texts(results), ["<app/0>", "<app/2>", "<app/3>", "<app/4>"]);
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn an_endpoint_that_pages_for_ever_is_left() {
    let server = Server::start(|head, body, stream| {
        if is_batch(head) {
            respond(stream, "200 OK", JSON, r#"{"SecretValues":[],"Errors":[],"NextToken":"again"}"#);
        } else {
            respond(stream, "200 OK", JSON, &value_of(body));
        }
    });
    assert_eq!(texts(store(&server).fetch_many(&requests(5)).await), expected(5));
}

#[tokio::test]
async fn equal_requests_share_a_place_in_the_batch() {
    let server = Server::start(|_, body, stream| {
        let entries: Vec<_> = ids_of(body).iter().map(|id| entry(id)).collect();
        assert_eq!(entries.len(), 3);
        respond(stream, "200 OK", JSON, &serde_json::json!({"SecretValues": entries}).to_string());
    });
    let twice: Vec<_> = requests(3).into_iter().chain(requests(3)).collect();
    assert_eq!(texts(store(&server).fetch_many(&twice).await), [expected(3), expected(3)].concat());
}

#[tokio::test]
async fn each_region_is_asked_with_its_own_signature() {
    let server = Server::values();
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka";
    let wanted = [request(arn), request("db")];
    assert_eq!(texts(store(&server).fetch_many(&wanted).await), ["<kafka>", "<db>"]);
    for (head, body) in server.requests() {
        let region = if body.contains("kafka") { "us-east-1" } else { "eu-west-1" };
        assert!(head.contains(&format!("/{region}/secretsmanager/aws4_request")), "{head}");
    }
}

#[tokio::test]
async fn binary_and_empty_values_are_exact() {
    let server = Server::start(|_, body, stream| {
        let binary = r#"{"Name":"binary","SecretBinary":"AAH/"}"#;
        let answer = if body.contains("binary") { binary } else { r#"{"Name":"empty","SecretString":""}"# };
        respond(stream, "200 OK", JSON, answer);
    });
    let store = store(&server);
    let binary = store.fetch(&request("binary")).await.unwrap();
    assert!(binary.value.is_binary());
    assert_eq!(binary.value.expose_bytes(), [0, 1, 255]);
    let empty = store.fetch(&request("empty")).await.unwrap();
    assert_eq!((empty.name.as_str(), empty.value.expose_text()), ("empty", Some("")));
}

/// What the store knows of its batches, whoever calls it can know, through whatever is between.
#[tokio::test]
async fn that_a_batch_was_denied_reaches_the_caller() {
    let fake = secretfetch_testkit::FakeSecretStore::new().in_region("eu-west-1");
    (0..25).for_each(|n| drop(fake.create_text(&format!("app/{n}"), format!("<app/{n}>"))));
    let server = secretfetch_testkit::FakeSecretsManager::start(&fake);
    for (fault, reason) in [
        (secretfetch_testkit::Fault::access_denied(), BatchRefusal::Denied),
        (secretfetch_testkit::Fault::throttled(), BatchRefusal::Throttled),
    ] {
        fake.clear_faults();
        fake.inject(fault.on_operation(secretfetch_testkit::Operation::BatchGetSecretValue));
        let heard = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let events = heard.clone();
        let call = Call::current().with_observer(move |event| {
            if let StoreEvent::BatchRefused { region, reason } = event {
                events.lock().unwrap().push((region.clone().unwrap().to_string(), *reason));
            }
        });
        // A store around it knows nothing of batches.
        let store = std::sync::Arc::new(AwsSecretStore::from_conf(client_config(&server.url())));
        assert_eq!(texts(call.run(store.fetch_many(&requests(25))).await), expected(25));
        assert!(heard.lock().unwrap().contains(&("eu-west-1".to_owned(), reason)), "{reason:?}");
    }
}
