//! `Fetcher::watch`: a typed value that follows its secret, and outlives failures.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secretfetch::{ErrorKind, Fetcher, LocalSecretStore, Result, Rounds, Secret, SecretRequest, SecretStore, Watched};
use secretfetch_testkit::{FakeSecretStore, Fault, assert_no_secret_in};
use tokio::time::{sleep, timeout};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

const INTERVAL: Duration = Duration::from_secs(60);
const CANARY: &str = "canary-7Yq1wZ";

#[derive(serde::Deserialize, Debug, PartialEq)]
struct Credentials {
    username: String,
    password: String,
}

fn secret(password: &str) -> String {
    format!(r#"{{"username": "app", "password": "{password}"}}"#)
}

fn store() -> FakeSecretStore {
    let store = FakeSecretStore::new();
    store.create_text("prod/db", secret("first"));
    store
}

async fn watch(store: &FakeSecretStore) -> Watched<Credentials> {
    Fetcher::new(store.clone()).watch("prod/db", INTERVAL).await.unwrap()
}

/// A refresh that can be spawned.
fn refresh(watched: &Watched<Credentials>) -> impl Future<Output = Arc<Credentials>> + use<> {
    let watched = watched.clone();
    async move { watched.refresh().await.unwrap() }
}

#[tokio::test(start_paused = true)]
async fn the_value_follows_the_secret() {
    let store = store();
    let watched = watch(&store).await;
    let mut receiver = watched.receiver();
    for password in ["second", "third"] {
        store.put_text("prod/db", secret(password));
        timeout(INTERVAL, receiver.changed()).await.unwrap().unwrap();
        assert_eq!(receiver.borrow_and_update().password, password);
        assert_eq!(watched.latest().password, password);
    }
}

#[tokio::test(start_paused = true)]
async fn a_receiver_is_told_of_what_comes_after_it() {
    let store = store();
    let watched = watch(&store).await;
    store.put_text("prod/db", secret("second"));
    watched.refresh().await.unwrap();
    let receiver = watched.receiver();
    assert!(!receiver.has_changed().unwrap());
    store.put_text("prod/db", secret("third"));
    watched.refresh().await.unwrap();
    assert!(receiver.has_changed().unwrap());
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_secret_is_no_news_and_one_request_a_round() {
    let store = store();
    let watched = watch(&store).await;
    let (first, receiver) = (watched.latest(), watched.receiver());
    sleep(10 * INTERVAL + INTERVAL / 2).await;
    assert!(!receiver.has_changed().unwrap());
    assert!(Arc::ptr_eq(&first, &watched.latest()));
    // The first one, ten rounds, and one more if they were all short.
    assert!((11..=13).contains(&store.requests().len()), "{}", store.requests().len());
}

#[tokio::test(start_paused = true)]
async fn a_new_version_with_the_old_content_is_news() {
    let store = store();
    let mut receiver = watch(&store).await.receiver();
    store.put_text("prod/db", secret("first"));
    timeout(INTERVAL, receiver.changed()).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_store_without_versions_is_followed_by_its_content() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secrets.json");
    let write = |password: &str| std::fs::write(&path, format!(r#"{{"prod/db": {}}}"#, secret(password))).unwrap();
    write("first");
    let store = LocalSecretStore::open(&path).unwrap();
    let watched = Fetcher::new(store).watch::<Credentials>("prod/db", INTERVAL).await.unwrap();
    let mut receiver = watched.receiver();
    sleep(3 * INTERVAL).await;
    assert!(!receiver.has_changed().unwrap());
    write("second!");
    timeout(INTERVAL, receiver.changed()).await.unwrap().unwrap();
    assert_eq!(watched.latest().password, "second!");
}

#[tokio::test(start_paused = true)]
async fn the_first_fetch_must_succeed() {
    let store = store();
    let fetcher = Fetcher::new(store.clone());
    let missing = fetcher.watch::<Credentials>("prod/other", INTERVAL).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::SecretNotFound);
    store.put_text("prod/db", r#"{"username": "app"}"#);
    let wrong = fetcher.watch::<Credentials>("prod/db", INTERVAL).await.unwrap_err();
    assert_eq!((wrong.kind(), wrong.key()), (ErrorKind::KeyNotFound, Some("password")));
    let asked = store.requests().len();
    sleep(10 * INTERVAL).await;
    assert_eq!(store.requests().len(), asked, "no round follows");
}

#[tokio::test]
async fn an_interval_below_a_second_is_refused_before_anything_is_fetched() {
    let store = store();
    let interval = Rounds::SHORTEST_INTERVAL - Duration::from_millis(1);
    let error = Fetcher::new(store.clone()).watch::<Credentials>("prod/db", interval).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(store.requests(), []);
}

/// The last good value is kept whatever a round ends with, and the log has one warning and one all-clear, without a value.
#[tokio::test(start_paused = true)]
async fn every_failure_keeps_the_last_good_value_and_is_told_once() {
    type Break = fn(&FakeSecretStore);
    let failures: [(Break, &str); 5] = [
        (|store| store.inject(Fault::access_denied()), "accessDenied"),
        (|store| store.schedule_deletion("prod/db"), "scheduledForDeletion"),
        (
            |store| _ = store.put_text("prod/db", format!(r#"{{"username": "app", "passwd": "{CANARY}"}}"#)),
            "keyNotFound",
        ),
        (|store| _ = store.put_text("prod/db", format!(r#"{{"username": "{CANARY}", "password": 1}}"#)), "wrongShape"),
        (|store| _ = store.put_text("prod/db", CANARY), "wrongShape"),
    ];
    for (fail, kind) in failures {
        let log = Log::default();
        let _guard = tracing::subscriber::set_default(log.clone());
        let store = store();
        store.put_text("prod/db", secret(CANARY));
        let watched = watch(&store).await;
        fail(&store);
        sleep(5 * INTERVAL).await;
        assert_eq!(watched.latest().password, CANARY, "{kind}");
        let warnings = log.lines(Level::WARN);
        assert_eq!(warnings.len(), 1, "{warnings:#?}");
        assert!(warnings[0].contains(kind) && warnings[0].contains("last good value is kept"), "{kind}: {warnings:?}");
        assert_eq!(log.lines(Level::INFO).len(), 0);

        store.clear_faults();
        match kind {
            "scheduledForDeletion" => store.restore("prod/db"),
            _ => _ = store.put_text("prod/db", secret("next")),
        }
        sleep(3 * INTERVAL).await;
        assert_eq!(log.lines(Level::INFO).len(), 1, "{kind}");
        assert_eq!(watched.latest().password, if kind == "scheduledForDeletion" { CANARY } else { "next" });
        assert_no_secret_in(log.all(), CANARY);
        assert_no_secret_in(format!("{watched:?}"), CANARY);
    }
}

#[tokio::test(start_paused = true)]
async fn another_cause_is_told_again() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let store = store();
    let _watched = watch(&store).await;
    store.inject(Fault::kms_access_denied());
    sleep(3 * INTERVAL).await;
    store.clear_faults();
    store.inject(Fault::access_denied());
    sleep(3 * INTERVAL).await;
    assert_eq!(log.lines(Level::WARN).len(), 2, "{}", log.all());
}

#[tokio::test(start_paused = true)]
async fn a_round_has_the_fetchers_timeout() {
    let store = store();
    let fetcher = Fetcher::new(store.clone()).with_timeout(Duration::from_secs(5));
    let watched = fetcher.watch::<Credentials>("prod/db", INTERVAL).await.unwrap();
    store.inject(Fault::hang());
    store.put_text("prod/db", secret("second"));
    let error = timeout(Duration::from_secs(6), watched.refresh()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(watched.latest().password, "first");
    store.clear_faults();
    sleep(INTERVAL).await;
    assert_eq!(watched.latest().password, "second");
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_retried_within_a_round() {
    let store = store();
    let watched = watch(&store).await;
    store.inject(Fault::throttled().times(3));
    store.put_text("prod/db", secret("second"));
    assert_eq!(watched.refresh().await.unwrap().password, "second");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_does_not_wait_for_the_next_round() {
    let store = store();
    let watched = watch(&store).await;
    store.put_text("prod/db", secret("second"));
    let refreshed = timeout(Duration::from_millis(1), watched.refresh()).await.unwrap().unwrap();
    assert_eq!(refreshed.password, "second");
    assert!(Arc::ptr_eq(&refreshed, &watched.latest()));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_tells_why_and_keeps_the_value() {
    let store = store();
    let watched = watch(&store).await;
    store.inject(Fault::access_denied());
    assert_eq!(watched.refresh().await.unwrap_err().kind(), ErrorKind::AccessDenied);
    assert_eq!(watched.latest().password, "first");
}

#[tokio::test(start_paused = true)]
async fn many_who_ask_at_once_share_one_request() {
    let store = store();
    let watched = watch(&store).await;
    store.clear_requests();
    store.inject(Fault::latency(Duration::from_millis(50)));
    let askers: Vec<_> = (0..100).map(|_| tokio::spawn(refresh(&watched))).collect();
    for asker in askers {
        asker.await.unwrap();
    }
    assert_eq!(store.requests().len(), 1);
}

/// Whose answers are old when they arrive.
struct Distant(FakeSecretStore);

#[async_trait::async_trait]
impl SecretStore for Distant {
    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        let answer = self.0.fetch(request).await;
        sleep(Duration::from_secs(1)).await;
        answer
    }
}

/// A round that is under way may have its answer from before the change: it is none for who asks later.
#[tokio::test(start_paused = true)]
async fn a_refresh_sees_what_was_there_when_it_was_asked_for() {
    let store = store();
    let watched = Fetcher::new(Distant(store.clone())).watch::<Credentials>("prod/db", INTERVAL).await.unwrap();
    store.clear_requests();
    let early = tokio::spawn(refresh(&watched));
    sleep(Duration::from_millis(500)).await;
    store.put_text("prod/db", secret("second"));
    let late: Vec<_> = (0..10).map(|_| tokio::spawn(refresh(&watched))).collect();
    assert_eq!(early.await.unwrap().password, "first");
    for late in late {
        assert_eq!(late.await.unwrap().password, "second");
    }
    assert_eq!(store.requests().len(), 2, "all of them share the next round");
}

#[tokio::test(start_paused = true)]
async fn who_no_longer_waits_for_a_refresh_does_not_hold_it_up() {
    let store = store();
    let watched = watch(&store).await;
    store.inject(Fault::latency(Duration::from_secs(1)));
    store.put_text("prod/db", secret("second"));
    assert!(timeout(Duration::from_millis(10), watched.refresh()).await.is_err());
    sleep(Duration::from_secs(2)).await;
    assert_eq!(watched.latest().password, "second");
}

#[tokio::test(start_paused = true)]
async fn the_rounds_go_on_for_a_receiver_and_end_with_the_last_one() {
    let store = store();
    let watched = watch(&store).await;
    let mut receiver = watched.receiver();
    drop(watched);
    store.put_text("prod/db", secret("second"));
    timeout(INTERVAL, receiver.changed()).await.unwrap().unwrap();
    drop(receiver);
    let asked = store.requests().len();
    sleep(10 * INTERVAL).await;
    assert_eq!(store.requests().len(), asked);
}

#[tokio::test(start_paused = true)]
async fn a_round_under_way_ends_when_nobody_wants_its_value() {
    let store = store();
    let watched = watch(&store).await;
    store.inject(Fault::hang());
    assert!(
        timeout(2 * INTERVAL, async {
            while store.in_flight() == 0 {
                sleep(Duration::from_secs(1)).await
            }
        })
        .await
        .is_ok()
    );
    drop(watched);
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    assert_eq!(store.in_flight(), 0);
}

#[test]
fn a_handle_that_outlives_its_runtime_keeps_the_value_and_says_that_it_is_not_fresh() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let store = store();
    let first = runtime();
    let watched = first.block_on(watch(&store));
    drop(first);
    assert_eq!(watched.latest().password, "first");
    let error = runtime().block_on(watched.refresh()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
}

/// Keeps the events of this crate.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(Level, String)>>>);

impl Log {
    fn lines(&self, level: Level) -> Vec<String> {
        let lines = self.0.lock().unwrap();
        lines.iter().filter(|line| line.0 == level).map(|line| line.1.clone()).collect()
    }

    fn all(&self) -> String {
        format!("{:#?}", self.0.lock().unwrap())
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("secretfetch")
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push((*event.metadata().level(), line.0));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}
