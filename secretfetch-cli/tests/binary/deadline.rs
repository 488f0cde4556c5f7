//! Whatever holds the one thread that works, the run ends in its time and on a signal, and says what it waited for.

use std::fs;
use std::thread;
use std::time::Duration;

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault};

use crate::scene::{Running, Scene, wait_for};

/// With a local store, and a pipe that nobody writes.
fn scene() -> Scene {
    let scene = Scene::new().with_file("secrets.json", r#"{"s": "value"}"#);
    scene.make_fifo("fifo");
    scene
}

#[track_caller]
fn assert_ends(scene: &Scene, arguments: &[&str], code: i32, words: &[&str]) {
    scene.command(arguments).within(Duration::from_secs(30)).run().assert_fails(code, words);
}

/// Sends the signal until the run has ended: it may not have begun to listen.
fn terminate(running: &mut Running) -> Option<i32> {
    (0..300).find_map(|_| {
        let code = running.code();
        if code.is_none() {
            running.signal("TERM");
            thread::sleep(Duration::from_millis(100));
        }
        code
    })
}

#[test]
fn an_input_that_nobody_writes_is_given_up_in_time() {
    let scene = scene();
    let one = ["--secret-id", "s", "--output", "out", "--timeout", "1s"];
    assert_ends(
        &scene,
        &["fetch", "--config", "fifo", "--timeout", "1s"],
        5,
        &["another input was not read within 1.0 s"],
    );
    assert_ends(&scene, &[&["fetch", "--store", "file:fifo"][..], &one].concat(), 5, &["not read within 1.0 s"]);
    assert_ends(&scene, &[&["check", "--store", "file:fifo"][..], &one].concat(), 5, &["not read within 1.0 s"]);
    assert_ends(&scene, &["watch", "--config", "fifo", "--timeout", "1s"], 5, &["not read within 1.0 s"]);
    assert!(!scene.path("out").exists());
}

#[test]
fn a_signal_is_answered_while_an_input_is_waited_for() {
    let scene = scene();
    for (command, code) in [("fetch", 143), ("watch", 0)] {
        let mut running = scene.command(&[command, "--config", "fifo"]).start();
        // Not before it listens: until then a signal ends any process by itself, without a code.
        thread::sleep(Duration::from_millis(500));
        assert_eq!(terminate(&mut running), Some(code), "{command}");
    }
}

#[test]
fn watch_is_stopped_amid_a_round() {
    let store = FakeSecretStore::new().in_region("eu-west-1");
    store.create_text("s", "value");
    let scene = Scene::serving(FakeSecretsManager::start(&store));
    let mut running = scene
        .command(&["watch", "--secret-id", "s", "--output", "out", "--interval", "1s", "--report", "json"])
        .start();
    wait_for("the file", || scene.path("out").exists());
    store.inject(Fault::hang().times(100));
    let asked = scene.operations().len();
    wait_for("another round", || scene.operations().len() > asked);
    assert_eq!(terminate(&mut running), Some(0));
    let output = running.wait();
    let last: serde_json::Value = serde_json::from_str(output.stdout().lines().last().unwrap()).unwrap();
    assert_eq!(last, serde_json::json!({ "status": "ok", "exitCode": 0, "signal": "SIGTERM" }));
}

#[test]
fn a_full_pipe_behind_standard_error_holds_up_nothing() {
    let scene = scene();
    // More than a pipe takes.
    let name = |n: usize| format!("directory/{}{n}", "x".repeat(200));
    let files: Vec<String> = (0..400).map(|n| format!("{{path: {}, secretId: s}}", name(n))).collect();
    let config = format!("store: file:secrets.json\ntimeout: 8s\nfiles: [{}]\n", files.join(", "));
    scene.write("config.yaml", config);
    for signal in [false, true] {
        let termination_log = scene.path("log");
        let mut running = scene
            .command(&["fetch", "--config", "config.yaml"])
            .variable("SECRETFETCH_TERMINATION_LOG", termination_log)
            .start();
        wait_for("the last file", || scene.path(name(399)).exists());
        let code = if signal {
            terminate(&mut running)
        } else {
            (0..300).find_map(|_| {
                thread::sleep(Duration::from_millis(100));
                running.code()
            })
        };
        // The files were there before the first line.
        assert_eq!(code, Some(if signal { 143 } else { 7 }));
        let told = scene.read("log");
        let words = if signal { "ended by SIGTERM" } else { "nobody reads standard output or error" };
        assert!(told.contains(words), "{told}");
        fs::remove_dir_all(scene.path("directory")).unwrap();
    }
}

#[test]
fn a_report_that_nobody_reads_is_told_and_the_files_stand() {
    let scene = scene();
    let run = "fetch --store file:secrets.json --secret-id s --output out --report json";
    for script in [
        format!("{{ sleep 0.3; \"$0\" {run}; echo $? >code; }} | true"),
        format!("\"$0\" {run} >/dev/full; echo $? >code"),
        format!("\"$0\" {run} >&-; echo $? >code"),
    ] {
        let output = scene.shell(&script).run();
        let stderr = output.stderr();
        assert_eq!(scene.read("code"), "7\n", "{script}: {stderr}");
        assert!(stderr.contains("the files are written, and only the report is missing"), "{stderr}");
        assert_eq!(scene.read("out"), "value");
        fs::remove_file(scene.path("out")).unwrap();
    }
    for arguments in ["schema", "--help", "fetch --help"] {
        let script = format!("{{ sleep 0.3; \"$0\" {arguments}; echo $? >code; }} | true");
        let output = scene.shell(&script).run();
        assert!(!output.stderr().contains("internal"), "{output:?}");
        assert_ne!(scene.read("code"), "1\n", "{arguments}");
    }
}
