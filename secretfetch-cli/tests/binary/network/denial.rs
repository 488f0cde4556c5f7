//! Denials in AWS's own words: whose policy is missing, and where.

use crate::network::answer::answer_once;
use crate::network::fetch::{fetch_all, scene, with_keys};
use crate::scene::Outcome;

const ARN: &str = "arn:aws:secretsmanager:ca-central-1:444455556666:secret:db-AbCdEf";

/// A fetch of a secret of another account, from a server that answers as AWS was seen to.
fn refused(code: &str, message: &str) -> Outcome {
    let scene = scene();
    let body = serde_json::json!({ "__type": code, "Message": message }).to_string();
    let (url, server) = answer_once("400 Bad Request", "application/x-amz-json-1.1", body);
    let run = with_keys(scene.command(&["fetch", "--secret-id", ARN, "--output", "file", "--report", "json"]))
        .variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", &url)
        .run();
    server.join().unwrap();
    run
}

fn denial(end: &str) -> String {
    format!(
        "User: arn:aws:sts::111122223333:assumed-role/app/pod is not authorized to perform: \
         secretsmanager:GetSecretValue on resource: {ARN} {end}"
    )
}

#[test]
fn a_denial_across_accounts_names_the_account_whose_policy_is_missing() {
    for (end, words) in [
        ("because no identity-based policy allows the secretsmanager:GetSecretValue action", "account 111122223333"),
        ("because no resource-based policy allows the secretsmanager:GetSecretValue action", "account 444455556666"),
        ("", "needs two policies"),
    ] {
        refused("AccessDeniedException", &denial(end)).assert_reports(4, "accessDenied", &[words]);
    }
}

#[test]
fn the_policy_that_denies_explicitly_is_named_as_aws_names_it() {
    for (policy, words) in [
        ("service control policy", "a service control policy (SCP) of the organization denies it explicitly"),
        ("permissions boundary", "the permissions boundary of the role or user denies it explicitly"),
        ("session policy", "the session policy that the role was assumed with denies it explicitly"),
        ("VPC endpoint policy", "the policy of the VPC endpoint denies it explicitly"),
        ("resource-based policy", "the resource policy denies it explicitly"),
    ] {
        let message = denial(&format!("with an explicit deny in a {policy}"));
        refused("AccessDeniedException", &message).assert_reports(4, "accessDenied", &[words]);
    }
}

#[test]
fn the_default_key_of_another_account_is_a_matter_of_the_key() {
    let message = "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.";
    let words = ["no other account can use", "customer managed key", "kms:Decrypt"];
    refused("InvalidRequestException", message).assert_reports(4, "kmsAccessDenied", &words);
    let message = denial("").replace("secretsmanager:GetSecretValue", "kms:Decrypt");
    let words = ["in the key's policy, which is in 444455556666", "own policy, in 111122223333"];
    refused("AccessDeniedException", &message).assert_reports(4, "kmsAccessDenied", &words);
}

#[test]
fn a_secret_that_is_not_there_names_the_region_and_how_to_give_another() {
    let words = ["ca-central-1 was asked", "as the ARN says"];
    let missing = "Secrets Manager can't find the specified secret.";
    refused("ResourceNotFoundException", missing).assert_reports(3, "secretNotFound", &words);
    let scene = scene();
    let run = fetch_all(&scene, &["secretId: nothing"]).run();
    run.assert_reports(3, "secretNotFound", &["ca-central-1 was asked", "AWS_REGION", "names another region"]);
}
