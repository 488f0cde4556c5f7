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
