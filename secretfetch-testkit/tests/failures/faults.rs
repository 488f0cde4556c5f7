//! Faults that must happen.

use secretfetch::SecretStore as _;
use secretfetch_testkit::Fault;

use crate::{panic_of, panics_here, request, store};

#[tokio::test]
async fn a_fault_that_happened_is_no_failure_and_ends_with_its_guard() {
    let store = store();
    {
        let throttled = store.inject_scoped(Fault::throttled().on("prod/db"));
        assert_eq!(throttled.times_fired(), 0);
        for fired in 1..=3 {
            assert!(store.fetch(&request("prod/db")).await.is_err());
            assert_eq!(throttled.times_fired(), fired);
        }
    }
    assert!(store.fetch(&request("prod/db")).await.is_ok());
}

#[tokio::test]
async fn a_guard_ends_its_own_fault_and_no_other() {
    let store = store();
    store.inject(Fault::access_denied().on("prod/api"));
    let first = store.inject_scoped(Fault::throttled().on("prod/db"));
    let second = store.inject_scoped(Fault::throttled().on("prod/db").after(1));
    assert!(store.fetch(&request("prod/db")).await.is_err());
    first.verify();
    // The first one ended each request before the second saw it.
    assert!(store.fetch(&request("prod/db")).await.is_ok());
    assert!(store.fetch(&request("prod/db")).await.is_err());
    second.verify();
    assert!(store.fetch(&request("prod/db")).await.is_ok());
    assert!(store.fetch(&request("prod/api")).await.is_err());
}

#[tokio::test]
async fn a_fault_that_never_fired_is_named_with_the_line_of_its_injection() {
    let store = store();
    let line = line!() + 1;
    let guard = store.inject_scoped(Fault::throttled().on("prod/db").times(2));
    let panicked = panic_of(|| drop(guard));
    let place = format!("{}:{line}:", file!());
    assert!(panicked.message.contains(&place), "{}", panicked.message);
    assert!(panicked.message.contains(r#"`Throttled on "prod/db", 2 times`"#), "{}", panicked.message);
    assert!(panicked.message.ends_with("never fired"), "{}", panicked.message);
    assert!(store.fetch(&request("prod/db")).await.is_ok(), "the fault is still there");
}

#[tokio::test]
async fn a_fault_with_times_must_fire_that_often() {
    let store = store();
    let guard = store.inject_scoped(Fault::throttled().times(2));
    assert!(store.fetch(&request("prod/db")).await.is_err());
    panics_here!(guard.verify(), "fired 1 of 2 times");
}

#[test]
fn faults_that_were_cleared_before_they_fired_did_not_fire() {
    let store = store();
    let guard = store.inject_scoped(Fault::dns());
    store.clear_faults();
    panics_here!(guard.verify(), "never fired");
}

#[test]
fn a_guard_is_silent_in_a_test_that_fails_for_another_reason() {
    let store = store();
    let panicked = panic_of(|| {
        let _guard = store.inject_scoped(Fault::dns());
        panic!("the reason");
    });
    assert_eq!(panicked.message, "the reason");
}
