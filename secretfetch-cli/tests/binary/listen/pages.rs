//! The pages: whether it is ready, whether it is live, and the metrics.

use std::time::{Duration, SystemTime};

use secretfetch_testkit::{Fault, assert_no_secret_in};

use super::{CANARY, Listening, local_scene, scene, watch, write_secrets};
use crate::scene::wait_for;

#[test]
fn it_is_ready_once_the_first_set_is_written_and_live_before() {
    let scene = scene();
    scene.store().inject(Fault::latency(Duration::from_secs(4)).once());
    let watch = Listening::start(&scene);
    assert_eq!(watch.get("/readyz"), (503, "not ready: the first set of files is not written yet\n".to_owned()));
    assert_eq!(watch.get("/livez"), (200, "live\n".to_owned()));
    assert_eq!(watch.metric("secretfetch_ready"), Some(0.0));
    assert_eq!(watch.metric("secretfetch_last_success_timestamp_seconds"), None);
    assert!(!scene.path("out/url").exists());
    let watch = watch.ready();
    assert_eq!(watch.get("/readyz"), (200, "ready\n".to_owned()));
    assert_eq!(scene.read("out/url"), CANARY);
    assert_eq!(watch.metric("secretfetch_ready"), Some(1.0));
    watch.end();
}

#[test]
fn a_first_round_that_fails_ends_the_run_though_it_listens() {
    let scene = scene();
    scene.store().delete("prod/url");
    let outcome = watch(&scene, &["--listen", "127.0.0.1:0"]).run();
    assert_eq!(outcome.code(), 3, "{}", scene.read("log"));
}

#[test]
fn it_is_not_ready_while_the_files_are_too_old() {
    let scene = local_scene();
    let watch = Listening::of(&scene, watch(&scene, &["--listen", "127.0.0.1:0", "--max-stale", "2s"])).ready();
    scene.write("secrets.json", "{");
    wait_for("it is stale", || watch.get("/readyz").0 == 503);
    let (_, why) = watch.get("/readyz");
    assert!(why.starts_with("not ready: no round has succeeded for ") && why.ends_with(" failed: config\n"), "{why}");
    assert_eq!(watch.get("/livez").0, 200, "a restart would mend nothing");
    assert_eq!(watch.metric("secretfetch_ready"), Some(0.0));
    write_secrets(&scene, "new");
    let watch = watch.ready();
    assert_eq!(scene.read("out/url"), "new");
    watch.end();
}

#[test]
fn without_a_limit_it_stays_ready_while_rounds_fail_and_the_metrics_say_why() {
    let scene = scene();
    let watch = Listening::start(&scene).ready();
    assert_eq!(watch.metric(r#"secretfetch_rounds_total{outcome="failed"}"#), Some(0.0));
    assert_eq!(watch.metric(r#"secretfetch_failures_total{kind="accessDenied"}"#), Some(0.0));
    scene.store().inject(Fault::access_denied().on("prod/url").times(1_000_000));
    let denied = || watch.metric(r#"secretfetch_failures_total{kind="accessDenied"}"#);
    wait_for("two failures", || denied() >= Some(2.0));
    assert!(watch.metric(r#"secretfetch_rounds_total{outcome="failed"}"#) >= Some(2.0));
    let [attempt, success] =
        ["attempt", "success"].map(|what| watch.metric(&format!("secretfetch_last_{what}_timestamp_seconds")).unwrap());
    assert!(attempt > success, "{attempt} {success}");
    assert_eq!(watch.get("/readyz").0, 200);
    scene.store().clear_faults();
    wait_for("a good round", || {
        watch.metric("secretfetch_last_success_timestamp_seconds").is_some_and(|again| again > success)
    });
    watch.end();
}

#[test]
fn the_metrics_tell_the_version_in_use_and_when_a_file_was_changed() {
    let scene = scene();
    let watch = Listening::start(&scene).ready();
    let path = "out/url";
    let changed = || watch.metric(&format!(r#"secretfetch_file_last_change_timestamp_seconds{{path="{path}"}}"#));
    let version = || {
        let (_, text) = watch.get("/metrics");
        let start = format!(
            r#"secretfetch_source_info{{path="{path}",secret_id="prod/url",store="aws",region="eu-west-1",version_id=""#
        );
        let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(start.as_str())).collect();
        let [rest] = lines[..] else { panic!("not one version:\n{text}") };
        rest.strip_suffix("\"} 1").unwrap().to_owned()
    };
    let (first, first_version) = (changed().unwrap(), version());
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
    assert!((now - 60.0..=now).contains(&first), "{first}");
    assert_eq!(first_version.len(), 36, "{first_version}");
    let rounds = watch.metric(r#"secretfetch_rounds_total{outcome="succeeded"}"#).unwrap();
    wait_for("another round", || watch.metric(r#"secretfetch_rounds_total{outcome="succeeded"}"#) > Some(rounds));
    assert_eq!((changed().unwrap(), version()), (first, first_version.clone()), "nothing has changed");
    scene.store().put_text("prod/url", "new");
    wait_for("the new version", || version() != first_version);
    assert!(changed().unwrap() > first);
    watch.end();
}

#[test]
fn a_file_of_an_earlier_run_was_changed_when_that_wrote_it() {
    let scene = local_scene();
    scene.run(&["fetch", "--config", "config.yaml"]).assert_done();
    let written = SystemTime::now() - Duration::from_secs(86_400);
    std::fs::File::options().read(true).open(scene.path("out/url")).unwrap().set_modified(written).unwrap();
    let watch = Listening::start(&scene).ready();
    let changed = watch.metric(r#"secretfetch_file_last_change_timestamp_seconds{path="out/url"}"#).unwrap();
    let written = written.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
    assert!((changed - written).abs() < 0.01, "{changed} {written}");
    watch.end();
}

#[test]
fn a_file_that_is_gone_has_no_series() {
    let scene = local_scene();
    let config =
        "store: file:secrets.json\ndirectory: out\nfiles:\n  - {path: url, secretId: prod/url, optional: true}\n";
    scene.write("config.yaml", config);
    let watch = Listening::start(&scene).ready();
    let has_series = || watch.get("/metrics").1.contains(r#"path="out/url""#);
    assert!(has_series());
    scene.write("secrets.json", "{}");
    wait_for("no series of the file", || !has_series());
    watch.end();
}

#[test]
fn the_metrics_count_what_is_sent() {
    let scene = scene();
    scene.store().inject(Fault::unavailable().times(3));
    let watch = Listening::of(&scene, watch(&scene, &["--listen", "127.0.0.1:0"])).ready();
    wait_for("more rounds", || scene.server().requests().len() > 8);
    let rounds = || watch.metric(r#"secretfetch_rounds_total{outcome="succeeded"}"#);
    // Between two rounds, as far as one can tell.
    wait_for("the same number", || {
        let (before, sent) = (rounds(), scene.server().requests().len());
        watch.metric("secretfetch_requests_total") == Some(sent as f64) && rounds() == before
    });
    watch.end();
}

#[test]
fn no_page_has_a_value() {
    let scene = scene();
    let watch = Listening::start(&scene).ready();
    scene.store().inject(Fault::access_denied().on("prod/db").times(1_000_000));
    wait_for("a failure", || watch.metric(r#"secretfetch_rounds_total{outcome="failed"}"#) > Some(0.0));
    for path in ["/metrics", "/readyz", "/livez", "/", "/nowhere"] {
        assert_no_secret_in(watch.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()), CANARY);
    }
    watch.end();
}

#[test]
fn other_pages_and_methods_are_refused() {
    let scene = local_scene();
    let watch = Listening::start(&scene).ready();
    for (request, status) in [
        ("GET /readyz?verbose HTTP/1.1", "200 OK"),
        ("HEAD /readyz HTTP/1.1", "200 OK"),
        ("GET http://x/livez HTTP/1.1", "200 OK"),
        ("GET /readyz HTTP/1.0", "200 OK"),
        ("GET / HTTP/1.1", "404 Not Found"),
        ("GET /readyz/ HTTP/1.1", "404 Not Found"),
        ("GET //readyz HTTP/1.1", "404 Not Found"),
        ("GET /../secrets.json HTTP/1.1", "404 Not Found"),
        ("POST / HTTP/1.1", "404 Not Found"),
        ("POST /metrics HTTP/1.1", "405 Method Not Allowed"),
        ("DELETE /readyz HTTP/1.1", "405 Method Not Allowed"),
        ("OPTIONS * HTTP/1.1", "404 Not Found"),
    ] {
        let answer = watch.send(format!("{request}\r\nHost: x\r\n\r\n").as_bytes());
        let (head, text) = answer.split_once("\r\n\r\n").unwrap();
        let line = head.lines().next().unwrap();
        assert_eq!(line.split_once(' ').unwrap().1, status, "{request}");
        assert_eq!(text.is_empty(), request.starts_with("HEAD"), "{request}");
        assert_eq!(head.contains("\r\nallow: GET, HEAD"), status.starts_with("405"), "{head}");
    }
    let metrics = watch.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(metrics.contains("\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{metrics}");
    watch.end();
}
