//! A command that is run.

use std::fs;
use std::time::{Duration, Instant};

use super::*;

/// A command that is a script with this text.
fn script(scene: Scene, text: &str) -> Scene {
    use std::os::unix::fs::PermissionsExt as _;

    let path = scene.write("hook", format!("#!/bin/sh\n{text}\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    scene
}

#[test]
fn a_command_is_told_of_the_changed_paths_and_of_nothing_else() {
    let scene = script(
        scene(&["exec: {command: [./hook, two words, $HOME]}"]),
        r#"{ env; echo "arguments=$#:$1:$2"; echo "$SECRETFETCH_CHANGED"; cat; } > hook.tmp 2>&1; mv hook.tmp hook.log"#,
    );
    let command = scene.command(&["watch", "-v", "--config", "config.yaml"]).variable("PATH", "/usr/bin:/bin");
    let command = command.variable("AWS_SECRET_ACCESS_KEY", CANARY).variable("SECRETFETCH_LOG_FORMAT", "json");
    let running = command.variable("APP", "kept").start();
    wait_for_text(&scene, "out/b", "first");
    // Not after the first set: what would be told has not started yet.
    std::thread::sleep(Duration::from_millis(300));
    assert!(!scene.path("hook.log").exists());
    rotate(&scene, CANARY, "first");
    wait_for_log(&scene, "hook.log", "arguments=2:two words:$HOME");
    let log = scene.read("hook.log");
    let path = scene.path("out/a");
    assert!(log.contains(&format!("SECRETFETCH_CHANGED={}\n", path.display())), "{log}");
    assert!(log.contains("SECRETFETCH_CHANGED_COUNT=1\n") && log.contains("APP=kept\n"), "{log}");
    assert!(!log.contains("out/b") && !log.contains("AWS_") && !log.contains("SECRETFETCH_LOG"), "{log}");
    assert!(!log.contains(CANARY), "{log}");
    let output = running.end("TERM");
    output.assert_done();
    assert!(!output.stderr().contains(CANARY), "{}", output.stderr());
}

#[test]
fn a_command_that_fails_is_tried_three_times_and_the_next_change_is_told_again() {
    let scene = script(scene(&["exec: {command: [./hook]}"]), "echo tried >> hook.log; exit 7");
    let running = start(&scene);
    rotate(&scene, "second", "first");
    let tries = || fs::read_to_string(scene.path("hook.log")).unwrap_or_default().lines().count();
    wait_for("three attempts", || tries() == 3);
    rotate(&scene, "third", "first");
    wait_for("three more", || tries() == 6);
    wait_for_text(&scene, "out/a", "third");
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(tries(), 6);
    let output = running.end("TERM");
    output.assert_done();
    output.assert_tells(&["./hook failed with exit code 7", "3 attempts"]);
}

#[test]
fn a_command_that_is_not_there_is_told_and_the_next_one_is_run() {
    let scene = script(scene(&["exec: {command: [./none]}", "exec: {command: [./hook]}"]), "echo ran >> hook.log");
    let running = start(&scene);
    rotate(&scene, "second", "first");
    wait_for_log(&scene, "hook.log", "ran");
    let output = running.end("TERM");
    output.assert_done();
    output.assert_tells(&["cannot run ./none"]);
}

#[test]
fn a_command_that_hangs_is_killed_with_its_children_and_no_round_waits_for_it() {
    // The shell heeds no SIGTERM, and its child holds the output open.
    let text = "trap '' TERM; sleep 300 & echo $! >> pids; wait; sleep 300";
    let scene = script(scene(&["exec: {command: [./hook], timeout: 2s}"]), text);
    let running = start(&scene);
    rotate(&scene, "second", "first");
    wait_for("the command", || scene.path("pids").exists());
    rotate(&scene, "third", "first");
    let began = Instant::now();
    wait_for_text(&scene, "out/a", "third");
    assert!(began.elapsed() < Duration::from_millis(1900), "the round waited for the command");
    wait_for("a second attempt", || scene.read("pids").lines().count() >= 2);
    let first = scene.read("pids").lines().next().unwrap().to_owned();
    wait_for("its child is gone", || !is_running(&first));
    let output = running.end("TERM");
    output.assert_done();
    output.assert_tells(&["did not end within 2.0 s, and was killed"]);
    for pid in scene.read("pids").lines() {
        wait_for("no child is left", || !is_running(pid));
    }
}

fn is_running(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

#[test]
fn sigterm_ends_the_command_too_and_waits_for_neither() {
    let scene = script(
        scene(&["exec: {command: [./hook], timeout: 60s}"]),
        "trap '' TERM; sleep 300 & echo $! > pids.tmp; mv pids.tmp pids; wait; sleep 300",
    );
    let mut running = start(&scene);
    rotate(&scene, "second", "first");
    wait_for("the command", || scene.path("pids").exists());
    let began = Instant::now();
    running.signal("TERM");
    wait_for("the end", || running.code().is_some());
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(running.code(), Some(0));
    let pid = scene.read("pids").trim().to_owned();
    wait_for("no child is left", || !is_running(&pid));
}

#[test]
fn a_flood_of_output_is_read_and_not_kept() {
    let scene =
        script(scene(&["exec: {command: [./hook]}"]), "echo hello; yes flood | head -c 50000000; echo done > hook.log");
    let running = start(&scene);
    rotate(&scene, "second", "first");
    wait_for_log(&scene, "hook.log", "done");
    std::thread::sleep(Duration::from_secs(1));
    let output = running.end("TERM");
    output.assert_done();
    let stderr = output.stderr();
    assert!(stderr.contains("the command says: hello") && stderr.len() < 100_000, "{} bytes", stderr.len());
}

#[test]
fn what_a_command_says_is_not_shown_unless_asked_for() {
    let scene = script(scene(&["exec: {command: [./hook]}"]), "cat out/a; echo x >> hook.log; exit 1");
    let running = scene.command(&["watch", "--config", "config.yaml"]).variable("PATH", "/usr/bin:/bin").start();
    wait_for_text(&scene, "out/b", "first");
    rotate(&scene, CANARY, "first");
    wait_for_log(&scene, "hook.log", "x\nx\nx\n");
    // The last attempt is told when it has ended.
    std::thread::sleep(Duration::from_secs(1));
    let output = running.end("TERM");
    output.assert_done();
    assert!(!output.stderr().contains(CANARY), "{}", output.stderr());
    output.assert_tells(&["failed with exit code 1"]);
}

#[test]
fn changes_while_a_command_runs_are_told_together_after_it() {
    let text = "echo \"$SECRETFETCH_CHANGED\" | sed 's|.*/||' | tr '\\n' ' ' >> hook.log; echo >> hook.log; sleep 3";
    let scene = script(scene(&["exec: {command: [./hook]}"]), text);
    let running = start(&scene);
    rotate(&scene, "second", "first");
    wait_for_log(&scene, "hook.log", "a \n");
    rotate(&scene, "third", "first");
    wait_for_text(&scene, "out/a", "third");
    rotate(&scene, "third", "third");
    wait_for_text(&scene, "out/b", "third");
    wait_for_log(&scene, "hook.log", "a \na b \n");
    running.end("TERM").assert_done();
}
