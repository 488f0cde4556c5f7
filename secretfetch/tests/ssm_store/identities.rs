//! Who asks, and how often that is looked for.

use secretfetch::{LocalSecretStore, SecretStore as _, SsmStoreConfig, Stores};
use secretfetch_testkit::{Fault, Operation, Role, assert_requests};

use crate::apart::apart;
use crate::scene::{fetch, open, open_at, request, serving, told};

const ALICE: &str = "arn:aws:iam::123456789012:user/alice";
const ROLE: &str = "arn:aws:iam::210987654321:role/reader";

#[test]
fn a_signature_that_is_not_true_is_credentials_rejected() {
    apart(async |home| {
        let (fake, server) = serving();
        fake.put_parameter("/a", "A");
        let key = fake.create_access_key(ALICE);
        home.write_key(key.id(), "guess");
        let error = fetch(&open_at(server.url()), "/a").await.unwrap_err();
        assert_eq!(told(&error, &[]), ("credentialsRejected", false));
        home.write_key(key.id(), key.secret_access_key());
        assert!(fetch(&open_at(server.url()), "/a").await.is_ok());
        assert_eq!(server.requests().pop().unwrap().principal.as_deref(), Some(ALICE));
    });
}

#[test]
fn two_stores_with_one_caller_assume_its_role_once() {
    apart(async |home| {
        let (fake, server) = serving();
        fake.put_parameter("/a", "A");
        fake.put_parameter("/b", "B");
        let key = fake.create_access_key(ALICE);
        home.write_key(key.id(), key.secret_access_key());
        home.write_config(&format!("[default]\nendpoint_url = {}\n", server.url()));
        fake.add_role(Role::new(ROLE).trusting(ALICE).with_external_id("acme-42"));
        let config = || {
            let config = SsmStoreConfig::default().with_role_arn(ROLE).with_external_id("acme-42");
            config.with_endpoint_url(server.url())
        };
        let [one, other] = ["one", "other"].map(|name| name.parse().unwrap());
        let none = LocalSecretStore::from_json("{}").unwrap();
        let stores = Stores::new("none".parse().unwrap(), none);
        let stores = stores.with_config(one, config()).unwrap().with_config(other, config()).unwrap();
        let requests =
            [("one", "/a"), ("other", "/b")].map(|(store, id)| request(id).with_store(store.parse().unwrap()));
        for result in stores.fetch_many(&requests).await {
            result.unwrap();
        }
        assert_requests(&fake).by(Operation::AssumeRole).exactly(1);
        assert_requests(&fake).by(Operation::GetParameters).exactly(2);
        let asked = server.requests().pop().unwrap().principal.unwrap();
        assert!(asked.starts_with("arn:aws:sts::210987654321:assumed-role/reader/"), "{asked}");
    });
}

#[test]
fn a_token_that_has_expired_is_replaced_for_the_next_attempt() {
    apart(async |home| {
        let (fake, server) = serving();
        fake.put_parameter("/a", "A");
        home.write_config(&format!("[default]\nendpoint_url = {}\n", server.url()));
        fake.add_role(Role::new(ROLE));
        let store = open(SsmStoreConfig::default().with_role_arn(ROLE).with_endpoint_url(server.url()));
        assert!(fetch(&store, "/a").await.is_ok() && fetch(&store, "/a").await.is_ok());
        fake.inject(Fault::expired_token().once());
        let error = fetch(&store, "/a").await.unwrap_err();
        assert_eq!(told(&error, &["expired"]), ("credentialsRejected", false));
        assert_requests(&fake).by(Operation::AssumeRole).exactly(1);
        assert!(fetch(&store, "/a").await.is_ok());
        assert_requests(&fake).by(Operation::AssumeRole).exactly(2);
    });
}

#[test]
fn a_role_that_does_not_trust_the_caller_is_told_with_its_name() {
    apart(async |home| {
        let (fake, server) = serving();
        let key = fake.create_access_key(ALICE);
        home.write_key(key.id(), key.secret_access_key());
        home.write_config(&format!("[default]\nendpoint_url = {}\n", server.url()));
        fake.add_role(Role::new(ROLE).trusting(ALICE).with_external_id("acme-42"));
        let store = open(SsmStoreConfig::default().with_role_arn(ROLE).with_endpoint_url(server.url()));
        let error = fetch(&store, "/a").await.unwrap_err();
        assert_eq!(told(&error, &["sts:AssumeRole", ALICE, "external id"]), ("accessDenied", false));
        assert_requests(&fake).by(Operation::GetParameters).none();
    });
}
