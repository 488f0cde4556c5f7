//! `fetch_many`: what is known from memory, the rest in one call.

use secretfetch_testkit::Fault;
use tokio::time::timeout;

use crate::{MINUTE, SECOND, after, cached, get, get_many};

#[tokio::test(start_paused = true)]
async fn hits_are_from_memory_and_the_misses_are_asked_for_in_one_call() {
    let (cache, inner) = cached();
    get_many(&cache, &["a", "c"]).await;
    assert_eq!(get_many(&cache, &["d", "a", "b", "c", "d", "e"]).await, ["d", "a", "b", "c", "d", "secretNotFound"]);
    assert_eq!(inner.batches(), [vec!["a", "c"], vec!["d", "b", "e"]]);
    assert_eq!(get_many(&cache, &["b", "a", "d"]).await, ["b", "a", "d"]);
    assert!(get_many(&cache, &[]).await.is_empty());
    assert_eq!(inner.batches().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn overlapping_calls_share_what_both_ask_for_and_do_not_wait_in_a_circle() {
    let (cache, inner) = cached();
    inner.fake.inject(Fault::latency(SECOND));
    let all = async {
        tokio::join!(
            get_many(&cache, &["a", "b"]),
            get_many(&cache, &["b", "c"]),
            get_many(&cache, &["c", "d", "a"]),
            get(&cache, "d"),
            get(&cache, "a"),
        )
    };
    let (ab, bc, cda, d, a) = timeout(MINUTE, all).await.expect("they wait for each other");
    assert_eq!(
        (ab, bc, cda),
        (vec!["a".into(), "b".into()], vec!["b".into(), "c".into()], vec!["c".into(), "d".into(), "a".into()])
    );
    assert_eq!((d.as_str(), a.as_str()), ("d", "a"));
    assert_eq!(inner.batches(), [vec!["a", "b"], vec!["c"], vec!["d"]]);
    assert_eq!(inner.asked(), 4);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_part_keeps_the_call_going_when_the_others_are_dropped() {
    let (cache, inner) = cached();
    inner.fake.inject(Fault::latency(SECOND));
    let waits = async {
        after(SECOND / 4).await;
        get(&cache, "b").await
    };
    let (dropped, value) = tokio::join!(timeout(SECOND / 2, get_many(&cache, &["a", "b"])), waits);
    assert!(dropped.is_err());
    assert_eq!((value.as_str(), get(&cache, "a").await.as_str(), inner.asked()), ("b", "a", 2));
}

#[tokio::test(start_paused = true)]
async fn one_failure_does_not_touch_the_others() {
    let (cache, inner) = cached();
    get_many(&cache, &["a", "b"]).await;
    after(MINUTE).await;
    inner.fake.inject(Fault::unavailable().on("a"));
    inner.fake.inject(Fault::unavailable().on("c"));
    inner.fake.put_text("b", "rotated");
    assert_eq!(get_many(&cache, &["a", "b", "c", "d"]).await, ["a", "rotated", "serviceUnavailable", "d"]);
}
