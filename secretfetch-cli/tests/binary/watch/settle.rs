//! `settle`: what two reads in a row agree on is written.

use std::time::Duration;

use super::*;

#[test]
fn a_set_that_is_half_rotated_is_never_seen() {
    let scene = local("layout: generation\nwatch: {interval: 1h, settle: 800ms}\n");
    let running = scene.command(&["watch", "--config", "config.yaml"]).start();
    wait_for_text(&scene, "out/b", "first");
    rotate(&scene, "second", "first");
    running.signal("HUP");
    // The round's first read sees the half, its second and third the whole.
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(scene.read("out/a"), "first");
    rotate(&scene, "second", "second");
    wait_for("the new set", || {
        // In this order: the set changes at once.
        let (a, b) = (scene.read("out/a"), scene.read("out/b"));
        assert!(a == "first" || b == "second", "{a} and {b}");
        a == "second"
    });
    running.end("TERM").assert_done();
}

#[test]
fn secrets_that_never_settle_keep_the_files_and_are_told() {
    let scene = local("timeout: 2s\nwatch: {interval: 1s, settle: 300ms}\n");
    let running = scene.command(&["watch", "--config", "config.yaml"]).start();
    wait_for_text(&scene, "out/b", "first");
    let end = std::time::Instant::now() + Duration::from_secs(5);
    let mut count = 0;
    while std::time::Instant::now() < end {
        count += 1;
        rotate(&scene, &count.to_string(), "first");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(scene.read("out/a"), "first");
    rotate(&scene, "last", "last");
    wait_for_text(&scene, "out/a", "last");
    let output = running.end("TERM");
    output.assert_done();
    output.assert_tells(&["the secrets are still changing", "kept as they are", "up to date again"]);
}

#[test]
fn the_first_set_settles_too() {
    let scene = local("timeout: 1s\nwatch: {interval: 3s, settle: 2s}\n");
    let output = scene.command(&["watch", "--config", "config.yaml"]).run();
    assert_eq!(output.code(), 5, "{}", output.stderr());
    output.assert_tells(&["not enough for two reads that agree"]);
    assert!(!scene.path("out").exists());
}
