//! Expectations of the mock.

use std::sync::Arc;

use secretfetch::{ErrorKind, Failure, SecretStore};
use secretfetch_testkit::{FetchExpectation, MockSecretStore, mockall};

use crate::{panic_of, panics_here, request};

fn answer(expectation: &mut FetchExpectation) {
    expectation.returning(|_| Err(Failure::new(ErrorKind::Throttled, "the mock says so").into()));
}

fn call(store: &impl SecretStore, id: &str) {
    // Only the line of a caller that is generic is seen, not that of its own caller.
    drop(store.fetch(&request(id)));
}

#[test]
fn a_call_that_nobody_expects_is_told_at_its_line_with_its_request() {
    let mut store = MockSecretStore::new();
    answer(store.expect_fetch().withf(|request| request.secret_id().as_str() == "prod/db"));
    let asked = request("prod/api").with_version_stage("AWSPREVIOUS".parse().unwrap());
    panics_here!(drop(store.fetch(&asked)), "the request: \"prod/api\", stage AWSPREVIOUS\n");
    panics_here!(drop(store.fetch(&asked)), "No matching expectation found");
    assert!(panic_of(|| call(&store, "prod/api")).file.ends_with("tests/failures/mock.rs"));
}

#[test]
fn a_call_too_many_is_told_with_its_request() {
    let mut store = MockSecretStore::new();
    answer(store.expect_fetch().times(1));
    call(&store, "prod/db");
    panics_here!(drop(store.fetch(&request("prod/api"))), "the request: \"prod/api\"\n");
    // The mock does not forget it, should the first panic have been lost in a task.
    assert!(panic_of(|| drop(store)).message.contains("called 2 time(s) which is more than expected 1"));
    let none = MockSecretStore::new();
    panics_here!(drop(none.fetch(&request("prod/api"))), "the request: \"prod/api\"\n");
}

#[test]
fn a_call_out_of_its_order_is_told_with_its_request() {
    let mut order = mockall::Sequence::new();
    let mut store = MockSecretStore::new();
    for id in ["prod/db", "prod/api"] {
        let is_it = move |request: &secretfetch::SecretRequest| request.secret_id().as_str() == id;
        answer(store.expect_fetch().withf(is_it).once().in_sequence(&mut order));
    }
    panics_here!(drop(store.fetch(&request("prod/api"))), "the request: \"prod/api\"\n");
    // What was not called is told in the first panic; that of the second is not to be seen.
    _ = panic_of(|| drop(store));
}

#[test]
fn a_checkpoint_is_told_at_its_line_with_the_lines_of_what_was_expected() {
    let made = line!() + 1;
    let mut store = MockSecretStore::new();
    answer(store.expect_fetch().times(2));
    let message = panic_of(|| store.checkpoint()).message;
    assert!(message.contains(&format!("the mock: made at {}:{made}:", file!())), "{message}");
    assert!(message.contains(&format!("calls are expected at {}:{}:", file!(), made + 1)), "{message}");
    store.checkpoint();
    answer(store.expect_fetch().times(2));
    panics_here!(store.checkpoint(), "called 0 time(s) which is fewer than expected 2");
}

#[test]
fn a_dropped_mock_names_its_lines() {
    let made = line!() + 1;
    let mut store = MockSecretStore::default();
    answer(store.expect_fetch().times(1));
    let store: Arc<dyn SecretStore> = Arc::new(store);
    let message = panic_of(|| drop(store)).message;
    assert!(message.contains(&format!("the mock: made at {}:{made}:", file!())), "{message}");
}

#[test]
fn a_call_of_a_dyn_store_names_the_lines_of_the_mock() {
    let made = line!() + 1;
    let store: Arc<dyn SecretStore> = Arc::new(MockSecretStore::new());
    let message = panic_of(|| drop(store.as_ref().fetch(&request("prod/api")))).message;
    assert!(message.contains("the request: \"prod/api\"\n"), "{message}");
    assert!(message.contains(&format!("the mock: made at {}:{made}:", file!())), "{message}");
}

#[test]
fn a_panic_of_an_expectations_own_closure_stays_what_it_is() {
    let mut store = MockSecretStore::new();
    store.expect_fetch().returning(|_| panic!("the closure's"));
    let panicked = panic_of(|| call(&store, "prod/db"));
    assert_eq!(panicked.message, "the closure's");
    store.checkpoint();
}

#[test]
fn a_mock_is_silent_in_a_test_that_fails_for_another_reason() {
    let panicked = panic_of(|| {
        let mut store = MockSecretStore::new();
        answer(store.expect_fetch().once());
        panic!("the reason");
    });
    assert_eq!(panicked.message, "the reason");
}
