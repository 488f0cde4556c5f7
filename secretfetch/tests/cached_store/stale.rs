//! A value that is past its time stands in for a store that is away, and for nothing else.

use std::sync::Arc;

use secretfetch::{Call, SecretStore as _};
use secretfetch_testkit::Fault;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::{MINUTE, SECOND, after, cached, cached_with, get, get_many, request, said};

#[tokio::test(start_paused = true)]
async fn it_is_given_while_failures_may_pass() {
    for fault in [Fault::throttled(), Fault::internal_error(), Fault::unavailable(), Fault::reset()] {
        let (cache, inner) = cached();
        get(&cache, "a").await;
        after(MINUTE).await;
        inner.fake.inject(fault);
        assert_eq!(get(&cache, "a").await, "a");
        assert_eq!(get_many(&cache, &["a", "a"]).await, ["a", "a"]);
        inner.fake.clear_faults();
        inner.fake.put_text("a", "rotated");
        after(SECOND).await;
        assert_eq!(get(&cache, "a").await, "rotated");
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_never_given_after_a_failure_that_stays() {
    for fault in [Fault::access_denied(), Fault::kms_access_denied(), Fault::expired_token()] {
        let (cache, inner) = cached();
        get(&cache, "a").await;
        after(MINUTE).await;
        inner.fake.inject(fault.once());
        assert_ne!(get(&cache, "a").await, "a");
        // Not even when the store is away after that.
        inner.fake.inject(Fault::unavailable());
        assert_eq!(get(&cache, "a").await, "serviceUnavailable");
    }
    let (cache, inner) = cached();
    get_many(&cache, &["a", "b"]).await;
    after(MINUTE).await;
    inner.fake.delete("a");
    inner.fake.schedule_deletion("b");
    assert_eq!(get_many(&cache, &["a", "b"]).await, ["secretNotFound", "scheduledForDeletion"]);
}

#[tokio::test(start_paused = true)]
async fn it_is_given_for_its_time_and_no_longer() {
    let (cache, inner) = cached_with(|cache| cache.with_stale(10 * MINUTE));
    get(&cache, "a").await;
    inner.fake.inject(Fault::unavailable());
    after(11 * MINUTE - SECOND).await;
    assert_eq!(get(&cache, "a").await, "a");
    after(SECOND).await;
    assert_eq!(get(&cache, "a").await, "serviceUnavailable");

    let (cache, inner) = cached_with(|cache| cache.with_stale(std::time::Duration::ZERO));
    get(&cache, "a").await;
    inner.fake.inject(Fault::unavailable());
    after(MINUTE).await;
    assert_eq!(get(&cache, "a").await, "serviceUnavailable");
}

#[tokio::test(start_paused = true)]
async fn the_store_is_asked_again_only_now_and_then() {
    let (cache, inner) = cached();
    get(&cache, "a").await;
    after(MINUTE).await;
    inner.fake.inject(Fault::unavailable());
    inner.fake.clear_requests();
    let mut asked = Vec::new();
    for _ in 0..600 {
        assert_eq!(get(&cache, "a").await, "a");
        after(SECOND).await;
        asked.push(inner.asked());
    }
    assert!(asked[10] >= 3, "a short trouble is over soon: {asked:?}");
    assert!((10..30).contains(&asked[599]), "{} requests in ten minutes", asked[599]);
}

#[tokio::test(start_paused = true)]
async fn one_caller_asks_again_and_the_others_do_not_wait_for_it() {
    let (cache, inner) = cached();
    get(&cache, "a").await;
    after(MINUTE).await;
    inner.fake.inject(Fault::unavailable().once());
    assert_eq!(get(&cache, "a").await, "a");
    after(2 * SECOND).await;
    inner.fake.clear_requests();
    inner.fake.inject(Fault::hang());
    let a = request("a");
    let mut asks = Box::pin(cache.fetch(&a));
    assert!(timeout(SECOND, &mut asks).await.is_err());
    for _ in 0..300 {
        let value = timeout(SECOND / 10, get(&cache, "a")).await;
        assert_eq!(value.expect("waits with the one who asks"), "a");
        after(SECOND).await;
    }
    assert_eq!(inner.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn it_is_given_before_the_deadline_when_the_store_is_silent() {
    let (cache, inner) = cached();
    get(&cache, "a").await;
    after(MINUTE).await;
    inner.fake.inject(Fault::hang());
    inner.fake.clear_requests();
    let end = Instant::now() + 5 * SECOND;
    let tasks = (0..1000).map(|_| {
        let cache = Arc::clone(&cache);
        let fetch = async move { get(&cache, "a").await };
        tokio::time::timeout_at(end, Call::default().with_deadline(end).run(fetch))
    });
    let values = tasks.collect::<JoinSet<_>>().join_all().await;
    assert!(values.iter().all(|value| value.as_deref() == Ok("a")));
    // Who comes now does not wait for the silence again.
    let now = Instant::now();
    assert_eq!(get(&cache, "a").await, "a");
    assert_eq!((now.elapsed().as_millis(), inner.asked()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_has_the_failure_and_leaves_what_is_known() {
    let (cache, inner) = cached();
    get(&cache, "a").await;
    inner.fake.inject(Fault::unavailable());
    assert_eq!(said(&cache.refresh(&request("a")).await), "serviceUnavailable");
    assert_eq!(get(&cache, "a").await, "a");
    inner.fake.clear_faults();
    inner.fake.inject(Fault::access_denied());
    assert_eq!(said(&cache.refresh(&request("a")).await), "accessDenied");
    assert_eq!(get(&cache, "a").await, "accessDenied");
}
