//! A second region, with a bucket of its own.

use std::time::Duration;

use secretfetch::{Failover, Fetcher, RetryPolicy, SecretStore as _};
use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, Operation, Role, assert_requests};

use crate::apart::{Home, apart};
use crate::scene::{BUCKET, config_at, fetch, find, names, open, request, serving, told};

const ROLE: &str = "arn:aws:iam::210987654321:role/reader";
const WEST: &str = "acme-config-west";

/// An object here, and its copy in us-west-2.
fn regions(home: &Home<'_>) -> (FakeSecretStore, FakeSecretsManager, secretfetch::Stores) {
    let (fake, server) = serving();
    home.write_config(&format!("[default]\nendpoint_url = {}\n", server.url()));
    fake.add_role(Role::new(ROLE));
    fake.put_object(BUCKET, "a", "here");
    let there = fake.in_region("us-west-2");
    there.create_bucket(WEST);
    there.put_object(WEST, "a", "there");
    let failover = Failover::to("us-west-2".parse().unwrap()).with_endpoint_url(server.url()).with_bucket(WEST);
    let store = open(config_at(server.url()).with_role_arn(ROLE).with_failover(failover));
    (fake, server, store)
}

#[test]
fn the_second_region_is_asked_for_its_own_bucket_by_a_role_that_was_assumed_there() {
    apart(async |home| {
        let (fake, _server, store) = regions(&home);
        assert_eq!(fetch(&store, "a").await.unwrap().value.expose_text(), Some("here"));
        assert_requests(&fake).by(Operation::AssumeRole).in_region("eu-west-1").exactly(1);
        fake.inject(Fault::region_away("eu-west-1"));
        for _ in 0..2 {
            let error = fetch(&store, "a").await.unwrap_err();
            assert_eq!(told(&error, &["`a`", "eu-west-1"]), ("connect", true));
        }
        assert_requests(&fake).in_region("us-west-2").none();
        let secret = fetch(&store, "a").await.unwrap();
        assert_eq!(secret.value.expose_text(), Some("there"));
        assert_eq!(secret.region.as_ref().unwrap().as_str(), "us-west-2");
        assert_requests(&fake).by(Operation::AssumeRole).in_region("us-west-2").exactly(1);
        assert!(fetch(&store, "a").await.is_err(), "it is the first region's turn");
        assert_eq!(names(&find(&store, "").await.unwrap()), ["a"]);
    });
}

#[test]
fn a_region_whose_sts_is_away_is_away_too() {
    apart(async |home| {
        let (fake, _server, store) = regions(&home);
        fake.inject(Fault::region_away("eu-west-1").on_operation(Operation::AssumeRole));
        let waits = (Duration::from_millis(10), Duration::from_millis(20));
        let fetcher = Fetcher::new(store).with_retry(RetryPolicy::default().with_waits(waits.0, waits.1));
        let secret = fetcher.fetch_secret("a").await.unwrap();
        assert_eq!(secret.value.expose_text(), Some("there"));
    });
}

#[test]
fn what_is_denied_or_missing_in_the_first_region_is_not_asked_for_in_the_second() {
    apart(async |home| {
        let (fake, _server, store) = regions(&home);
        fake.inject(Fault::access_denied().in_region("eu-west-1").on("a"));
        for _ in 0..4 {
            for result in store.fetch_many(&["a", "b"].map(request)).await {
                result.unwrap_err();
            }
        }
        assert_requests(&fake).in_region("us-west-2").none();
    });
}

#[test]
fn a_total_failure_names_both_regions() {
    apart(async |home| {
        let (fake, _server, store) = regions(&home);
        fake.inject(Fault::region_away("eu-west-1"));
        fake.inject(Fault::unavailable().in_region("us-west-2"));
        let waits = (Duration::from_millis(10), Duration::from_millis(20));
        let retry = RetryPolicy::default().with_waits(waits.0, waits.1).with_attempts(4);
        let error = Fetcher::new(store).with_retry(retry).fetch_secret("a").await.unwrap_err();
        assert!(told(&error, &["`a`", "eu-west-1", "us-west-2"]).1);
    });
}
