//! However many ask, the store is asked once; and nobody is left behind.

use std::sync::Arc;
use std::time::Duration;

use secretfetch::SecretStore as _;
use secretfetch_testkit::Fault;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::{MINUTE, SECOND, after, cached, cached_with, get, request, said};

#[tokio::test(start_paused = true)]
async fn a_thousand_tasks_at_the_expiry_make_one_request() {
    let (cache, inner) = cached();
    get(&cache, "a").await;
    after(MINUTE).await;
    inner.fake.put_text("a", "rotated");
    inner.fake.clear_requests();
    inner.fake.inject(Fault::latency(SECOND));
    let mut tasks = JoinSet::new();
    for _ in 0..1000 {
        let cache = Arc::clone(&cache);
        tasks.spawn(async move { get(&cache, "a").await });
    }
    assert!(tasks.join_all().await.iter().all(|value| value == "rotated"));
    assert_eq!(inner.asked(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_tasks_on_several_threads_make_one_request() {
    let (cache, inner) = cached();
    inner.fake.inject(Fault::latency(Duration::from_millis(50)));
    let tasks = (0..1000).map(|_| {
        let cache = Arc::clone(&cache);
        async move { get(&cache, "a").await }
    });
    assert!(tasks.collect::<JoinSet<_>>().join_all().await.iter().all(|value| value == "a"));
    assert_eq!(inner.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_tasks_share_one_failure_and_the_next_one_asks_anew() {
    let (cache, inner) = cached();
    inner.fake.inject(Fault::latency(SECOND).once());
    inner.fake.inject(Fault::throttled().once());
    let tasks = (0..1000).map(|_| {
        let cache = Arc::clone(&cache);
        async move { get(&cache, "a").await }
    });
    assert!(tasks.collect::<JoinSet<_>>().join_all().await.iter().all(|value| value == "throttled"));
    assert_eq!(inner.asked(), 1);
    assert_eq!((get(&cache, "a").await.as_str(), inner.asked()), ("a", 2));
}

#[tokio::test(start_paused = true)]
async fn a_thousand_refreshes_make_one_request() {
    let (cache, inner) = cached();
    get(&cache, "a").await;
    inner.fake.clear_requests();
    inner.fake.inject(Fault::latency(SECOND));
    let tasks = (0..1000).map(|_| {
        let cache = Arc::clone(&cache);
        async move { said(&cache.refresh(&request("a")).await) }
    });
    assert_eq!(tasks.collect::<JoinSet<_>>().join_all().await.len(), 1000);
    assert_eq!(inner.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_began_the_request_may_be_dropped_and_it_goes_on() {
    let (cache, inner) = cached();
    inner.fake.inject(Fault::latency(SECOND));
    let (a, waits) = (request("a"), get(&cache, "a"));
    let mut began = Box::pin(cache.fetch(&a));
    assert!(timeout(SECOND / 4, &mut began).await.is_err());
    let drops = async {
        after(SECOND / 4).await;
        drop(began);
    };
    let started = tokio::time::Instant::now();
    let (value, ()) = tokio::join!(waits, drops);
    assert_eq!((value.as_str(), inner.asked()), ("a", 1));
    assert_eq!(started.elapsed(), SECOND * 3 / 4, "it began anew");
}

#[tokio::test(start_paused = true)]
async fn who_began_the_request_need_not_be_polled_for_the_others_to_have_it() {
    let (cache, inner) = cached();
    inner.fake.inject(Fault::latency(SECOND));
    let a = request("a");
    let mut began = Box::pin(cache.fetch(&a));
    assert!(timeout(SECOND / 4, &mut began).await.is_err());
    let value = timeout(MINUTE, get(&cache, "a")).await.expect("nobody drives the request");
    assert_eq!((value.as_str(), inner.asked()), ("a", 1));
    drop(began);
}

#[tokio::test(start_paused = true)]
async fn a_request_ends_when_all_are_dropped_and_the_next_one_begins_anew() {
    let (cache, inner) = cached();
    inner.fake.inject(Fault::hang().once());
    let (a, both) = (request("a"), crate::requests(&["a", "a"]));
    let waiting = async { tokio::join!(cache.fetch(&a), cache.fetch_many(&both)) };
    assert!(timeout(SECOND, waiting).await.is_err());
    assert_eq!(inner.fake.in_flight(), 0);
    assert_eq!((get(&cache, "a").await.as_str(), inner.asked()), ("a", 2));
}

#[tokio::test(start_paused = true)]
async fn what_was_under_way_at_an_invalidation_is_not_remembered() {
    for all in [true, false] {
        let (cache, inner) = cached();
        inner.fake.inject(Fault::latency(SECOND).once());
        let slow = get(&cache, "a");
        let invalidates = async {
            after(SECOND / 2).await;
            if all { cache.invalidate_all() } else { cache.invalidate(&request("a")) }
        };
        tokio::join!(slow, invalidates);
        get(&cache, "a").await;
        assert_eq!(inner.asked(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_after_an_invalidation_does_not_join_what_was_under_way_before() {
    let (cache, inner) = cached();
    inner.fake.inject(Fault::latency(SECOND).once());
    let slow = get(&cache, "a");
    let invalidates = async {
        after(SECOND / 2).await;
        cache.invalidate(&request("a"));
        get(&cache, "a").await;
        assert_eq!(inner.asked(), 2);
    };
    tokio::join!(slow, invalidates);
}

#[tokio::test(start_paused = true)]
async fn without_room_there_still_is_one_request_at_a_time() {
    let (cache, inner) = cached_with(|cache| cache.with_capacity(0));
    inner.fake.inject(Fault::latency(SECOND));
    tokio::join!(get(&cache, "a"), get(&cache, "a"));
    assert_eq!(inner.asked(), 1);
}
