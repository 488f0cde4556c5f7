//! `AwsSecretStore` as an application has it: in an environment of its own, against a server that is
//! scripted byte for byte. (What the store does on a well-behaved Secrets Manager is the contract's part.)

#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests, and a child that prints its results")]

mod batches;
mod credentials;
mod doors;
mod failures;
mod fake;
mod find;
mod process;
mod server;
mod signed;

use process::{IDS, child, failure, run};

/// Also the entry of the children: with ids given, it fetches them and prints what came of it.
#[tokio::test]
async fn a_store_in_an_empty_environment_has_no_credentials() {
    if let Ok(ids) = std::env::var(IDS) {
        return child(&ids).await;
    }
    let lines = run("a,b", "", &[("AWS_REGION", "eu-west-1")]);
    assert_eq!(lines.len(), 2);
    for line in lines {
        let (kind, retryable, text) = failure(line);
        assert_eq!(kind, "noCredentials");
        assert!(!retryable);
        assert!(text.contains("IRSA") && text.contains("AWS_ACCESS_KEY_ID"), "{text}");
    }
}
