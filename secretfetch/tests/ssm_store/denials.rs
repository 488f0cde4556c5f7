//! Who may not read a parameter, or not decrypt it.

use secretfetch::SecretStore as _;
use secretfetch_testkit::{Fault, Iam, KmsKey, assert_requests};

use crate::apart::apart;
use crate::scene::{fetch, find, open_at, request, serving, told};
use crate::scripted::{Server, answer};

const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn policy(statements: &str) -> Iam {
    let policy = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    Iam::new().with_identity_policy(policy.parse().unwrap()).unwrap()
}

#[test]
fn one_that_is_denied_among_ten_is_named_and_the_others_come() {
    apart(async |_| {
        let (fake, server) = serving();
        let names: Vec<_> = (0..10).map(|n| format!("/app/{n}")).collect();
        for name in &names {
            fake.put_parameter(name, "value");
        }
        fake.enforce(policy(
            r#"{"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "*"},
               {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:ssm:*:*:parameter/app/7"}"#,
        ));
        let requests: Vec<_> = names.iter().map(|name| request(name)).collect();
        let results = open_at(server.url()).fetch_many(&requests).await;
        for (n, result) in results.iter().enumerate() {
            match result {
                Ok(_) => assert_ne!(n, 7),
                Err(error) => {
                    assert_eq!(n, 7, "{error}");
                    let words = ["/app/7", "ssm:GetParameters", "denies it explicitly"];
                    assert_eq!(told(error, &words), ("accessDenied", false));
                }
            }
        }
        assert_requests(&fake).exactly(11);
    });
}

#[test]
fn a_denial_names_the_action_that_is_missing() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_parameter("/app/a", "A");
        fake.enforce(policy(r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#));
        let store = open_at(server.url());
        let error = fetch(&store, "/app/a").await.unwrap_err();
        let words = ["arn:aws:", "ssm:GetParameters", "/app/a", "eu-west-1"];
        assert_eq!(told(&error, &words), ("accessDenied", false));
        let error = find(&store, "/app/").await.unwrap_err();
        assert_eq!(told(&error, &["ssm:GetParametersByPath"]), ("accessDenied", false));
    });
}

#[test]
fn a_key_that_may_not_be_used_is_told_apart_and_fails_alone() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_secure_parameter_with_key("/app/own-key", "secret", KEY);
        fake.put_secure_parameter("/app/aws-key", "A");
        fake.enforce(
            policy(r#"{"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "*"}"#).with_key(KmsKey::new(KEY)),
        );
        let store = open_at(server.url());
        let results = store.fetch_many(&["/app/own-key", "/app/aws-key"].map(request)).await;
        let error = results[0].as_ref().unwrap_err();
        assert_eq!(told(error, &["/app/own-key", "kms:Decrypt"]), ("kmsAccessDenied", false));
        assert_eq!(results[1].as_ref().unwrap().value.expose_text(), Some("A"));
        fake.stop_enforcing();
        fake.inject(Fault::kms_access_denied());
        let error = fetch(&store, "/app/own-key").await.unwrap_err();
        assert_eq!(told(&error, &["kms:Decrypt"]), ("kmsAccessDenied", false));
    });
}

/// The answers of public reports: KMS's own refusal, passed on under either code.
#[test]
fn both_spellings_of_a_refusal_of_kms_are_known() {
    apart(async |_| {
        let caller = "User: arn:aws:sts::123456789012:assumed-role/app/i-0";
        for body in [
            format!(
                r#"{{"__type": "AccessDeniedException", "Message": "{caller} is not authorized to perform: kms:Decrypt on resource: {KEY} because no identity-based policy allows the kms:Decrypt action"}}"#
            ),
            r#"{"__type": "com.amazonaws.ssm#AccessDeniedException", "message": "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access. (Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException)"}"#.to_owned(),
            format!(
                r#"{{"__type": "InvalidKeyId", "message": "{KEY} is disabled. (Service: AWSKMS; Status Code: 400; Error Code: DisabledException)"}}"#
            ),
        ] {
            let server = Server::always(answer("400 Bad Request", "", &body));
            let error = fetch(&open_at(&server.url), "/a").await.unwrap_err();
            assert_eq!(told(&error, &["/a", "kms:Decrypt", "eu-west-1"]), ("kmsAccessDenied", false), "{body}");
        }
    });
}
