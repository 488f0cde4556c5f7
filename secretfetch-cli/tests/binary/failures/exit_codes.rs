//! Each exit code, with the same facts in every form.

use std::fs;

use secretfetch_testkit::Fault;
use serde_json::Value;

use crate::failures::{scene, start_hanging, termination};
use crate::scene::Scene;

/// Runs the command in both forms, and compares what they tell.
#[track_caller]
fn assert_ends(scene: &Scene, arguments: &[&str], expected: i32, kind: &str) {
    let text = scene.run(arguments);
    assert_eq!(text.code(), expected, "{}", text.stderr());
    let anchor = format!("docs/errors.md#{}", kind.to_lowercase());
    assert!(termination(scene).starts_with(&format!("exit {expected} ({kind}), see {anchor}\n- ")));
    assert_eq!(text.stderr().lines().last(), Some(format!("see {anchor}").as_str()));

    let json = scene.run(&[arguments, &["--report", "json", "--log-format", "json"]].concat());
    assert_eq!(json.code(), expected);
    let document = json.report();
    assert_eq!((&document["status"], &document["exitCode"]), (&"error".into(), &expected.into()));
    let failures = document["failures"].as_array().unwrap();
    assert_eq!(failures[0]["kind"], kind);
    let log_lines = json.log_lines();
    let errors: Vec<&Value> = log_lines.iter().filter(|line| line["level"] == "error").collect();
    assert_eq!(errors.len(), failures.len());
    for (mut logged, failure) in errors.into_iter().cloned().zip(failures) {
        logged.as_object_mut().unwrap().remove("level");
        assert_eq!(&logged, failure);
        for part in ["message", "hint", "secretId", "key"] {
            if let Some(part) = failure[part].as_str() {
                assert!(text.stderr().contains(part), "{part:?} is not in:\n{}", text.stderr());
            }
        }
    }
}

const LOCAL: &[&str] = &["fetch", "--store", "file:secrets.json", "--output", "x"];

#[test]
fn code_0_is_a_set_of_files() {
    let scene = scene();
    let output = scene.run(&[LOCAL, &["--secret-id", "url"]].concat());
    output.assert_done();
    assert_eq!(termination(&scene), "old", "nothing failed");
}

#[test]
fn code_2_is_a_mistake_in_the_arguments_or_the_configuration() {
    let scene = scene();
    assert_ends(&scene, &["fetch", "--secret-id", "a b", "--output", "x"], 2, "config");
    scene.write("c.yaml", "fils: []\nregoin: x\n");
    assert_ends_with_several(&scene, &["fetch", "--config", "c.yaml"], 2, 2);
}

#[test]
fn code_3_is_something_that_does_not_exist() {
    let scene = scene();
    assert_ends(&scene, &[LOCAL, &["--secret-id", "nope"]].concat(), 3, "secretNotFound");
    assert_ends(&scene, &[LOCAL, &["--secret-id", "db", "--key", "nope"]].concat(), 3, "keyNotFound");
    assert_ends(&scene, &["fetch", "--secret-id", "nope", "--output", "x"], 3, "secretNotFound");
}

#[test]
fn code_4_is_a_missing_permission() {
    let scene = scene();
    scene.store().inject(Fault::access_denied());
    assert_ends(&scene, &["fetch", "--secret-id", "vinsguru/prod", "--output", "x"], 4, "accessDenied");
    scene.store().clear_faults();
    scene.store().inject(Fault::kms_access_denied());
    assert_ends(&scene, &["fetch", "--secret-id", "vinsguru/prod", "--output", "x"], 4, "kmsAccessDenied");
}

#[test]
fn code_5_may_pass_by_itself() {
    let scene = scene();
    scene.store().inject(Fault::throttled());
    let arguments = ["fetch", "--secret-id", "vinsguru/prod", "--output", "x", "--timeout", "300ms"];
    let output = scene.run(&[&arguments[..], &["--report", "json", "--log-format", "json"]].concat());
    assert_eq!(output.code(), 5);
    assert_eq!(output.report()["failures"][0]["retryable"], true);
    assert!(termination(&scene).starts_with("exit 5 ("), "{}", termination(&scene));
}

#[test]
fn code_6_is_content_that_does_not_fit() {
    let scene = scene();
    assert_ends(&scene, &[LOCAL, &["--secret-id", "url", "--format", "env"]].concat(), 6, "wrongShape");
    assert_ends(&scene, &[LOCAL, &["--secret-id", "db", "--format", "env"]].concat(), 6, "unrepresentable");
}

#[test]
fn code_7_is_a_file_that_cannot_be_written() {
    let scene = scene();
    let fixed = ["fetch", "--store", "file:secrets.json", "--secret-id", "url", "--output", "secrets.json/x"];
    assert_ends(&scene, &fixed, 7, "cannotWrite");
}

#[test]
fn with_several_failures_the_one_to_mend_first_decides() {
    let scene = scene();
    let store = "store: file:secrets.json\nfiles:\n";
    fs::write(
        scene.path("c.yaml"),
        format!("{store}  - {{path: a, secretId: url, format: env}}\n  - {{path: b, secretId: nope}}\n  - {{path: c, secretId: db, key: nope}}\n"),
    )
    .unwrap();
    assert_ends_with_several(&scene, &["fetch", "--config", "c.yaml"], 3, 3);
    let message = termination(&scene);
    assert!(
        message.starts_with("exit 3 (secretNotFound), see docs/errors.md#secretnotfound; 3 failures: "),
        "{message}"
    );
    assert!(message.lines().nth(3).unwrap().contains("not a JSON object"), "{message}");
}

/// Several failures: each is told, and each kind's place in the documentation once.
#[track_caller]
fn assert_ends_with_several(scene: &Scene, arguments: &[&str], expected: i32, failures: usize) {
    let text = scene.run(arguments);
    assert_eq!(text.code(), expected, "{}", text.stderr());
    let lines: Vec<&str> = text.stderr().lines().collect();
    assert_eq!(lines.iter().filter(|line| line.starts_with("error: ")).count(), failures);
    let json = scene.run(&[arguments, &["--report", "json"]].concat());
    let document = json.report();
    assert_eq!(document["exitCode"], expected);
    let told = document["failures"].as_array().unwrap();
    assert_eq!(told.len(), failures);
    let anchors: std::collections::BTreeSet<String> =
        told.iter().map(|failure| format!("see {}", failure["docs"].as_str().unwrap())).collect();
    let mut shown: Vec<&str> = lines.into_iter().filter(|line| line.starts_with("see ")).collect();
    shown.sort_unstable();
    assert_eq!(shown, anchors.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn codes_143_and_130_are_signals() {
    let scene = scene();
    for (signal, expected) in [("TERM", 143), ("INT", 130)] {
        let output = start_hanging(&scene, &["-q"]).end(signal);
        assert_eq!(output.code(), expected);
        let message = format!("ended by SIG{signal}; nothing was left half-written");
        assert_eq!(output.stderr(), format!("error: {message}\n"));
        assert_eq!(termination(&scene), format!("exit {expected}: {message}\n"));

        let output = start_hanging(&scene, &["--report", "json", "--log-format", "json"]).end(signal);
        assert_eq!(output.code(), expected);
        let document = output.report();
        assert_eq!(document["exitCode"], expected);
        assert_eq!(document["signal"], format!("SIG{signal}"));
        let lines = output.log_lines();
        let line = lines.last().unwrap();
        assert_eq!((&line["level"], &line["exitCode"]), (&"error".into(), &expected.into()));
        assert_eq!(line["message"], message);
        assert!(!scene.path("out").exists());
    }
}
