//! Who may not read an object, or not decrypt it.

use secretfetch_testkit::{Fault, Iam, KmsKey, ObjectEncryption};

use crate::apart::apart;
use crate::scene::{BUCKET, config_at, fetch, find, open, open_at, serving, told};
use crate::scripted::{Server, answer};

const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn allowing(actions: &str) -> Iam {
    let policy = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": {actions}, "Resource": "*"}}]}}"#
    );
    Iam::new().with_identity_policy(policy.parse().unwrap()).unwrap()
}

#[test]
fn a_denial_names_the_action_the_bucket_and_what_it_may_hide() {
    apart(async |_| {
        let (fake, server) = serving();
        let version = fake.put_object(BUCKET, "a", "A");
        fake.enforce(allowing(r#""ssm:*""#));
        let store = open_at(server.url());
        let error = fetch(&store, "a").await.unwrap_err();
        let words = ["`a`", "arn:aws:", "s3:GetObject", "`acme-config`", "s3:ListBucket", "does not exist"];
        assert_eq!(told(&error, &words), ("accessDenied", false));
        assert!(!error.to_string().contains("bucketOwner"), "{error}");
        let versioned = crate::scene::request("a").with_version_id(version.parse().unwrap());
        let error = secretfetch::SecretStore::fetch(&store, &versioned).await.unwrap_err();
        assert_eq!(told(&error, &["s3:GetObjectVersion"]), ("accessDenied", false));
        let error = find(&store, "").await.unwrap_err();
        assert_eq!(told(&error, &["s3:ListBucket", "`acme-config`"]), ("accessDenied", false));
        assert!(!error.to_string().contains("does not exist"), "a listing was denied, and no object: {error}");
    });
}

#[test]
fn without_list_bucket_an_object_that_does_not_exist_is_a_denial() {
    apart(async |_| {
        let (fake, server) = serving();
        let store = open_at(server.url());
        fake.enforce(allowing(r#"["s3:GetObject", "s3:ListBucket"]"#));
        assert_eq!(told(&fetch(&store, "a").await.unwrap_err(), &[]), ("secretNotFound", false));
        fake.enforce(allowing(r#""s3:GetObject""#));
        let error = fetch(&store, "a").await.unwrap_err();
        assert_eq!(told(&error, &["without s3:ListBucket"]), ("accessDenied", false));
    });
}

#[test]
fn a_bucket_of_another_account_than_the_owner_is_refused() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_object(BUCKET, "a", "A");
        let owned = |account: &str| open(config_at(server.url()).with_bucket_owner(account));
        assert!(fetch(&owned("123456789012"), "a").await.is_ok());
        for error in
            [fetch(&owned("210987654321"), "a").await.unwrap_err(), find(&owned("210987654321"), "").await.unwrap_err()]
        {
            assert_eq!(told(&error, &["`acme-config`", "`bucketOwner`"]), ("accessDenied", false));
        }
    });
}

#[test]
fn a_key_of_kms_that_may_not_be_used_is_told_apart() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_encrypted_object(BUCKET, "own", "A", ObjectEncryption::kms(KEY));
        fake.put_encrypted_object(BUCKET, "s3", "A", ObjectEncryption::S3);
        fake.enforce(allowing(r#""s3:GetObject""#).with_key(KmsKey::new(KEY)));
        let store = open_at(server.url());
        let error = fetch(&store, "own").await.unwrap_err();
        assert_eq!(told(&error, &["`own`", "kms:Decrypt"]), ("kmsAccessDenied", false));
        assert!(fetch(&store, "s3").await.is_ok());
        fake.stop_enforcing();
        fake.inject(Fault::kms_access_denied());
        let error = fetch(&store, "own").await.unwrap_err();
        assert_eq!(told(&error, &["kms:Decrypt"]), ("kmsAccessDenied", false));
    });
}

#[test]
fn a_kms_that_is_busy_or_broken_is_worth_another_attempt() {
    apart(async |_| {
        for (status, code, kind) in [
            ("400 Bad Request", "KMS.ThrottlingException", "throttled"),
            ("503 Slow Down", "KMS.ThrottlingException", "throttled"),
            ("500 Internal Server Error", "KMS.KMSInternalException", "serviceUnavailable"),
        ] {
            let body = format!("<Error><Code>{code}</Code><Message>x</Message></Error>");
            let server = Server::always(answer(status, "", &body));
            let error = fetch(&open_at(&server.url), "a").await.unwrap_err();
            assert_eq!(told(&error, &["`a`"]), (kind, true), "{body}");
        }
    });
}

/// The codes and texts of public reports.
#[test]
fn every_spelling_of_a_refusal_of_kms_is_known() {
    apart(async |_| {
        for (status, code, message) in [
            ("400 Bad Request", "KMS.DisabledException", "arn:aws:kms:eu-west-1:1:key/x is disabled."),
            ("400 Bad Request", "KMS.KMSInvalidStateException", "arn:aws:kms:eu-west-1:1:key/x is pending deletion."),
            ("400 Bad Request", "KMS.NotFoundException", "Invalid keyId"),
            (
                "403 Forbidden",
                "AccessDenied",
                "The ciphertext refers to a customer master key that does not exist, does \
              not exist in this region, or you are not allowed to access.",
            ),
            ("403 Forbidden", "AccessDenied", "User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt"),
        ] {
            let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
            let server = Server::always(answer(status, "", &body));
            let error = fetch(&open_at(&server.url), "a").await.unwrap_err();
            assert_eq!(told(&error, &["`a`", "kms:Decrypt"]), ("kmsAccessDenied", false), "{body}");
        }
    });
}
