//! The fake as AWS's SDK for Python meets it.

use std::process::Command;

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager};

#[test]
#[ignore = "needs python3 with boto3"]
fn boto3_works_against_the_fake_unchanged() {
    let store = FakeSecretStore::new().in_region("ca-central-1");
    store.create_text("seeded", r#"{"n": 1.0}"#);
    let server = FakeSecretsManager::start(&store);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/with_boto3.py");
    // Only what the interpreter needs: no profile or proxy of the machine.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let output = Command::new("python3").args([script, &server.url()]).env_clear().env("PATH", path).output();
    let output = output.expect("python3 starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
