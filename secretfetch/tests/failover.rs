//! A second region, for when the first one is away.

use std::time::Duration;

use secretfetch::{ErrorKind, FailoverSecretStore, Fetcher, Find, RetryPolicy, SecretRequest, SecretStore};
use secretfetch_testkit::{FakeSecretStore, Fault};

const SECOND: Duration = Duration::from_secs(1);

/// A secret in eu-west-1, with its replica in eu-central-1.
fn regions() -> (FakeSecretStore, FakeSecretStore, FailoverSecretStore) {
    let here = FakeSecretStore::new().in_region("eu-west-1");
    let there = here.clone().in_region("eu-central-1");
    here.create_text("db", "first");
    there.create_text("db", "replica");
    let store = FailoverSecretStore::new(here.clone(), there.clone(), "eu-central-1".parse().expect("a region"));
    (here, there, store)
}

fn request(id: &str) -> SecretRequest {
    SecretRequest::new(id.parse().expect("an id"))
}

async fn value(store: &impl SecretStore) -> Result<String, secretfetch::Error> {
    store.fetch(&request("db")).await.map(|secret| secret.value.expose_text().unwrap_or_default().to_owned())
}

#[tokio::test(start_paused = true)]
async fn the_second_region_is_asked_when_the_first_was_away_twice_in_a_row_and_then_by_turns() {
    let (here, there, store) = regions();
    here.inject(Fault::region_away("eu-west-1"));
    let mut asked = Vec::new();
    for _ in 0..6 {
        let before = (here.requests().len(), value(&store).await);
        asked.push(before.1.ok());
    }
    let replica = || Some("replica".to_owned());
    assert_eq!(asked, [None, None, replica(), None, replica(), None]);
    here.clear_faults();
    assert_eq!(value(&store).await.unwrap(), "replica", "it was the second one's turn");
    for _ in 0..3 {
        assert_eq!(value(&store).await.unwrap(), "first", "the first one answers again");
    }
    drop(there);
}

#[tokio::test(start_paused = true)]
async fn one_attempt_without_an_answer_is_not_enough() {
    let (here, _, store) = regions();
    for _ in 0..5 {
        here.inject(Fault::unavailable().in_region("eu-west-1").once());
        assert_eq!(value(&store).await.unwrap_err().kind(), ErrorKind::ServiceUnavailable);
        assert_eq!(value(&store).await.unwrap(), "first");
    }
}

#[tokio::test(start_paused = true)]
async fn a_denial_throttling_and_a_missing_secret_are_answers() {
    let (here, _, store) = regions();
    for (fault, kind) in [
        (Fault::access_denied(), ErrorKind::AccessDenied),
        (Fault::kms_access_denied(), ErrorKind::KmsAccessDenied),
        (Fault::throttled(), ErrorKind::Throttled),
        (Fault::expired_token(), ErrorKind::CredentialsRejected),
        (Fault::untrusted_certificate(), ErrorKind::UntrustedCertificate),
    ] {
        here.inject(fault.in_region("eu-west-1"));
        for _ in 0..5 {
            assert_eq!(value(&store).await.unwrap_err().kind(), kind);
        }
        here.clear_faults();
    }
    for _ in 0..5 {
        let error = store.fetch(&request("other")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SecretNotFound);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_ends_well_in_the_second_region_and_a_total_failure_names_both() {
    let (here, _, store) = regions();
    here.inject(Fault::region_away("eu-west-1"));
    let fetcher = Fetcher::new(store).with_timeout(60 * SECOND);
    let secret = fetcher.fetch_secret("db").await.unwrap();
    assert_eq!(secret.value.expose_text(), Some("replica"));
    assert_eq!(secret.region.as_ref().unwrap().as_str(), "eu-central-1");

    here.inject(Fault::region_away("eu-central-1"));
    let error = fetcher.fetch_secret("db").await.unwrap_err();
    let told = error.to_string();
    assert!(told.contains("eu-west-1") && told.contains("eu-central-1"), "{told}");
    assert!(error.is_retryable(), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_region_that_keeps_silent_leaves_time_for_the_other() {
    let (here, _, store) = regions();
    here.inject(Fault::hang().in_region("eu-west-1"));
    let fetcher = Fetcher::new(store).with_timeout(5 * SECOND);
    let secret = fetcher.fetch_secret("db").await.unwrap();
    assert_eq!(secret.value.expose_text(), Some("replica"));
}

#[tokio::test(start_paused = true)]
async fn a_replica_that_is_missing_does_not_say_that_the_secret_is() {
    let (here, _, store) = regions();
    here.create_text("unreplicated", "x");
    here.inject(Fault::region_away("eu-west-1"));
    let fetcher = Fetcher::new(store).with_retry(RetryPolicy::default().with_attempts(3));
    let error = fetcher.fetch_secret("unreplicated").await.unwrap_err();
    assert!(!error.is_not_found() && error.is_retryable(), "{error}");
    let told = error.to_string();
    assert!(told.contains("no replica") && told.contains("eu-west-1 is away"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn an_arn_is_asked_for_with_its_region_replaced() {
    let (here, _, store) = regions();
    let arn = store.fetch(&request("db")).await.unwrap().arn.clone().unwrap().to_string();
    assert!(arn.contains(":eu-west-1:"), "{arn}");
    here.inject(Fault::region_away("eu-west-1"));
    let answers = [store.fetch(&request(&arn)).await, store.fetch(&request(&arn)).await];
    assert!(answers.iter().all(Result::is_err));
    here.clear_requests();
    let _ = store.fetch(&request(&arn)).await;
    let asked = here.requests();
    let id = &asked[0].secret_ids[0];
    assert_eq!(*id, arn.replace("eu-west-1", "eu-central-1"));
}

#[tokio::test(start_paused = true)]
async fn what_answers_is_not_away_for_what_fails_beside_it() {
    let (here, _, store) = regions();
    here.create_text("broken", "x");
    here.inject(Fault::unavailable().on("broken"));
    let requests = [request("db"), request("broken")];
    for _ in 0..5 {
        let answers = store.fetch_many(&requests).await;
        assert_eq!(answers[0].as_ref().unwrap().value.expose_text(), Some("first"));
        assert_eq!(answers[1].as_ref().unwrap_err().kind(), ErrorKind::ServiceUnavailable);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_for_in_the_second_region_itself_has_no_other() {
    let (here, _, store) = regions();
    here.inject(Fault::region_away("eu-central-1"));
    let there = request("db").with_region("eu-central-1".parse().unwrap());
    for _ in 0..5 {
        let error = store.fetch(&there).await.unwrap_err();
        let told = error.to_string();
        assert!(!told.contains("eu-west-1") && !told.contains("is away"), "{told}");
    }
    assert_eq!(value(&store).await.unwrap(), "first");
}

#[tokio::test(start_paused = true)]
async fn a_search_moves_as_a_fetch_does() {
    let (here, _, store) = regions();
    here.inject(Fault::region_away("eu-west-1"));
    let find = Find::by_prefix("d");
    assert!(store.find(&find).await.is_err() && store.find(&find).await.is_err());
    let found = store.find(&find).await.unwrap();
    assert_eq!(found[0].value.expose_text(), Some("replica"));
}
