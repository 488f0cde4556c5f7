//! How long an answer lives, and what it is the answer to.

use std::time::Duration;

use secretfetch::{SecretStore as _, VersionStage};

use crate::{MINUTE, SECOND, after, cached, cached_with, get, get_many, request};

#[tokio::test(start_paused = true)]
async fn an_answer_is_given_for_its_time_and_then_asked_for_anew() {
    let (cache, inner) = cached();
    assert_eq!(get(&cache, "a").await, "a");
    inner.fake.put_text("a", "rotated");
    after(MINUTE - SECOND).await;
    assert_eq!((get(&cache, "a").await.as_str(), inner.asked()), ("a", 1));
    after(SECOND).await;
    assert_eq!((get(&cache, "a").await.as_str(), inner.asked()), ("rotated", 2));
}

#[tokio::test(start_paused = true)]
async fn what_was_fetched_together_is_not_asked_for_again_together() {
    let (cache, inner) = cached_with(|cache| cache.with_jitter(0.5));
    get_many(&cache, &["a", "b", "c", "d"]).await;
    let mut asked = Vec::new();
    for _ in 0..60 {
        after(SECOND).await;
        get_many(&cache, &["a", "b", "c", "d"]).await;
        asked.push(inner.asked());
    }
    let at_once = asked.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert_eq!(asked[28], 4, "asked for before half of the time");
    assert!(asked[59] >= 8 && at_once < 4, "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_jitter_beyond_its_bounds_is_taken_for_the_nearer_one() {
    for (jitter, least) in [(-1.0, MINUTE), (f64::NAN, MINUTE), (7.0, Duration::ZERO)] {
        let (cache, inner) = cached_with(|cache| cache.with_jitter(jitter));
        get(&cache, "a").await;
        after(least.saturating_sub(SECOND)).await;
        get(&cache, "a").await;
        assert!(least.is_zero() || inner.asked() == 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_invalidated_answer_is_asked_for_anew() {
    let (cache, inner) = cached();
    get_many(&cache, &["a", "b"]).await;
    cache.invalidate(&request("a").with_version_stage(VersionStage::current()));
    assert_eq!(get_many(&cache, &["a", "b"]).await, ["a", "b"]);
    assert_eq!(inner.asked(), 3);
    cache.invalidate_all();
    assert_eq!(get_many(&cache, &["a", "b"]).await, ["a", "b"]);
    assert_eq!(inner.asked(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_asks_whatever_is_known_and_is_remembered() {
    let (cache, inner) = cached();
    get(&cache, "a").await;
    inner.fake.put_text("a", "rotated");
    let secret = cache.refresh(&request("a")).await.unwrap();
    assert_eq!(secret.value.expose_text(), Some("rotated"));
    assert_eq!((get(&cache, "a").await.as_str(), inner.asked()), ("rotated", 2));
}

#[tokio::test(start_paused = true)]
async fn the_least_recently_used_goes_when_there_is_no_more_room() {
    let (cache, inner) = cached_with(|cache| cache.with_capacity(2));
    get_many(&cache, &["a", "b", "a", "c"]).await;
    inner.fake.clear_requests();
    get(&cache, "b").await;
    get(&cache, "c").await;
    assert_eq!(inner.asked(), 0);
    get(&cache, "d").await;
    get(&cache, "c").await;
    assert_eq!(inner.asked(), 1, "`b` is the one to go");
    get(&cache, "b").await;
    assert_eq!(inner.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_room_nothing_is_remembered() {
    let (cache, inner) = cached_with(|cache| cache.with_capacity(0));
    get(&cache, "a").await;
    get(&cache, "a").await;
    assert_eq!(inner.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn requests_that_mean_the_same_are_one_and_others_are_not() {
    let (cache, inner) = cached();
    let first = inner.fake.put_text("a", "second").version_id;
    let plain = request("a");
    let current = plain.clone().with_version_stage(VersionStage::current());
    for request in [&plain, &current] {
        cache.fetch(request).await.unwrap();
    }
    assert_eq!(inner.asked(), 1);
    let others = [
        plain.clone().with_version_id(first.clone()),
        current.clone().with_version_id(first),
        plain.clone().with_version_stage("AWSPREVIOUS".parse().unwrap()),
        plain.clone().with_region("us-east-1".parse().unwrap()),
        plain.clone().with_store("elsewhere".parse().unwrap()),
        request(&inner.fake.arn("a")),
    ];
    for (n, request) in others.iter().enumerate() {
        cache.fetch(request).await.unwrap();
        assert_eq!(inner.asked(), n + 2, "{request:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_not_remembered() {
    let (cache, inner) = cached();
    assert_eq!(get(&cache, "e").await, "secretNotFound");
    inner.fake.create_text("e", "here now");
    assert_eq!(get(&cache, "e").await, "here now");
}
