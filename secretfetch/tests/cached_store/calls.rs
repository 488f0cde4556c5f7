//! What a caller hands over is kept: the deadline, who wants to hear, and the methods of the store inside.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use secretfetch::{CachedSecretStore, Call, ErrorKind, Find, LocalSecretStore, SecretStore as _, StoreEvent};
use secretfetch_testkit::Fault;
use tokio::time::{Instant, timeout_at};

use crate::{MINUTE, SECOND, cached, get, get_many, request, requests, said};

#[tokio::test(start_paused = true)]
async fn a_waiter_whose_request_hangs_ends_before_its_own_deadline() {
    let (cache, inner) = cached();
    inner.fake.inject(Fault::hang());
    let a = request("a");
    let mut hangs = Box::pin(cache.fetch(&a));
    assert!(tokio::time::timeout(SECOND, &mut hangs).await.is_err());
    let end = Instant::now() + 5 * SECOND;
    let waits = timeout_at(end, Call::default().with_deadline(end).run(cache.fetch(&a))).await;
    let error = waits.expect("ends before its deadline").unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Timeout, true));
    assert_eq!(error.to_string(), "secret `a`: no answer within 4.8 s");
    assert_eq!(inner.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_has_more_time_than_the_one_who_asked_asks_again_together_with_the_others() {
    let (cache, inner) = cached();
    inner.fake.inject(Fault::hang().once());
    inner.fake.inject(Fault::latency(SECOND));
    let start = Instant::now();
    let by = |time| {
        let cache = Arc::clone(&cache);
        Call::default().with_deadline(start + time).run(async move { get(&cache, "a").await })
    };
    let unbounded = async { get_many(&cache, &["a", "a"]).await };
    let (first, same, more, most) = tokio::join!(by(5 * SECOND), by(5 * SECOND), by(MINUTE), unbounded);
    assert_eq!((first.as_str(), same.as_str(), more.as_str()), ("timeout", "timeout", "a"));
    assert_eq!(most, ["a", "a"]);
    assert_eq!(inner.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn each_request_is_told_of_once_as_answered() {
    let (cache, inner) = cached();
    inner.fake.inject(Fault::latency(SECOND));
    let told = |ids: &'static [&'static str]| {
        let told = Arc::new(AtomicUsize::new(0));
        let heard = Arc::clone(&told);
        let call = Call::default().with_observer(move |event| {
            if let StoreEvent::Answered { secrets } = event {
                heard.fetch_add(*secrets, Ordering::Relaxed);
            }
        });
        let cache = Arc::clone(&cache);
        async move {
            call.run(async { cache.fetch_many(&requests(ids)).await }).await;
            told.load(Ordering::Relaxed)
        }
    };
    // Asked for, twice the same, not there; then also waited for; then known.
    let both = tokio::join!(told(&["a", "b", "a", "e"]), told(&["b", "c"]));
    assert_eq!(both, (4, 2));
    assert_eq!(told(&["a", "b", "c", "a"]).await, 4);
    assert_eq!(told(&["a", "d", "e"]).await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_single_fetch_tells_nothing_since_its_caller_does() {
    let (cache, _) = cached();
    let call = Call::default().with_observer(|event| panic!("told of {event:?}"));
    call.run(async { tokio::join!(get(&cache, "a"), get(&cache, "a")) }).await;
    assert_eq!(get(&cache, "a").await, "a");
}

#[tokio::test]
async fn check_and_find_are_those_of_the_store_inside() {
    let store = LocalSecretStore::from_json(r#"{"x/a": "1", "x/b": "2", "y": "3"}"#).unwrap();
    let cache = CachedSecretStore::new(store);
    let found = cache.find(&Find::by_prefix("x/")).await.unwrap();
    assert_eq!(found.iter().map(|secret| secret.name.as_str()).collect::<Vec<_>>(), ["x/a", "x/b"]);
    let elsewhere = request("y").with_store("elsewhere".parse().unwrap());
    assert_eq!(cache.check(&elsewhere).unwrap_err().kind(), ErrorKind::Config);
    assert!(cache.check(&request("y")).is_ok());
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_value_is_in_its_debug() {
    let (cache, inner) = cached();
    inner.fake.put_text("a", "canary-7Zq");
    assert_eq!(said(&cache.fetch(&request("a")).await), "canary-7Zq");
    let printed = format!("{cache:?}");
    assert!(printed.starts_with("CachedSecretStore { inner: Inner { fake: FakeSecretStore"), "{printed}");
    assert!(printed.ends_with("remembered: 1 }") && !printed.contains("canary"), "{printed}");
}
