//! A fault is the same failure through either door of the testkit's fake: in memory, and over the wire to the AWS SDK.

use secretfetch::{AwsSecretStore, ErrorKind, SecretRequest, SecretStore};
use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, Operation};

use crate::batches::client_config;
use crate::process::{failure, run};

#[tokio::test]
async fn a_fault_is_the_same_failure_in_memory_and_over_the_wire() {
    let secrets = FakeSecretStore::new().in_region("eu-west-1");
    secrets.create_text("app", "value");
    let server = FakeSecretsManager::start(&secrets);
    let request = SecretRequest::new("app".parse().unwrap());
    for fault in [
        Fault::throttled(),
        Fault::access_denied(),
        Fault::kms_access_denied(),
        Fault::expired_token(),
        Fault::invalid_token(),
        Fault::internal_error(),
        Fault::unavailable(),
        Fault::html_page(403),
        Fault::html_page(502),
        Fault::status(504),
        Fault::malformed_body(),
        Fault::truncated_body(),
        Fault::reset_body(),
        Fault::reset(),
        Fault::connect(),
        Fault::region_away("eu-west-1"),
        Fault::redirect("http://127.0.0.1:1/"),
    ] {
        let both = secrets.inject_scoped(fault.clone().times(2));
        let stores: [&dyn SecretStore; 2] = [&secrets, &AwsSecretStore::from_conf(client_config(&server.url()))];
        let mut failures = Vec::new();
        for store in stores {
            let error = store.fetch(&request).await.unwrap_err();
            failures.push((error.kind(), error.is_retryable()));
        }
        both.verify();
        assert_eq!(failures[0], failures[1], "{fault}");
    }
}

#[test]
fn an_instance_without_a_role_is_without_credentials_as_in_memory() {
    let secrets = FakeSecretStore::new().in_region("eu-west-1");
    let server = FakeSecretsManager::start(&secrets);
    let none = secrets.inject_scoped(Fault::no_credentials().on_operation(Operation::InstanceMetadata));
    let url = server.url();
    let metadata = [("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.as_str())];
    let endpoint = ("AWS_ENDPOINT_URL", url.as_str());
    let (kind, retryable, _) = failure(run("app", "", &[metadata[0], metadata[1], endpoint]).remove(0));
    assert_eq!((kind.as_str(), retryable), (ErrorKind::NoCredentials.name(), false));
    none.verify();
}

#[tokio::test]
async fn the_same_requests_stand_in_the_log_whichever_door_they_came_through() {
    let secrets = FakeSecretStore::new().in_region("eu-west-1");
    let elsewhere = secrets.in_region("us-east-1");
    for n in 0..30 {
        secrets.create_text(&format!("s{n:02}"), "old");
        secrets.put_text(&format!("s{n:02}"), "new");
        elsewhere.create_text(&format!("t{n:02}"), "there");
    }
    let server = FakeSecretsManager::start(&secrets);
    let id = |id: String| SecretRequest::new(id.parse().unwrap());
    let mut requests: Vec<SecretRequest> = (0..25).map(|n| id(format!("s{n:02}"))).collect();
    requests.extend((0..3).map(|n| id(format!("t{n:02}")).with_region("us-east-1".parse().unwrap())));
    requests.push(id("s00".to_owned()).with_version_stage("AWSPREVIOUS".parse().unwrap()));
    requests.push(id("absent".to_owned()));

    for fault in [None, Some(Fault::access_denied()), Some(Fault::throttled().times(1))] {
        let mut seen = Vec::new();
        // A store that was denied a batch asks for none again: each fault meets a new one.
        let stores: [&dyn SecretStore; 2] = [&secrets, &AwsSecretStore::from_conf(client_config(&server.url()))];
        for store in stores {
            secrets.clear_faults();
            if let Some(fault) = &fault {
                secrets.inject(fault.clone().on_operation(Operation::BatchGetSecretValue));
            }
            secrets.clear_requests();
            let results = store.fetch_many(&requests).await;
            let kinds: Vec<_> = results.iter().map(|result| result.as_ref().err().map(|error| error.kind())).collect();
            let mut log: Vec<_> = secrets
                .requests()
                .into_iter()
                .map(|request| {
                    let mut ids = request.secret_ids;
                    ids.sort_unstable();
                    (request.operation.name(), request.region.to_string(), ids, request.version_stage)
                })
                .collect();
            log.sort_unstable();
            seen.push((kinds, log));
        }
        assert_eq!(seen[0], seen[1], "{fault:?}");
    }
}

#[tokio::test]
async fn a_limit_of_the_service_holds_through_both_doors() {
    let secrets = FakeSecretStore::new().in_region("eu-west-1");
    secrets.create_text("a", "x".repeat(65_536));
    for refused in ["x".repeat(65_537), String::new()] {
        let create = || secrets.create_text("b", refused.clone());
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(create)).unwrap_err();
    }
    assert_eq!(secrets.secret_names(), ["a"]);
}
