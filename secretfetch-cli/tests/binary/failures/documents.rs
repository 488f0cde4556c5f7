//! The documents of runs that succeed, and the schema itself.

use std::fs;

use secretfetch::ErrorKind;
use serde_json::{Value, json};

use crate::failures::scene;
use crate::scene::report::{report_schema, validate};

const CONFIG: &str = r#"
directory: out
region: ca-central-1
files:
  - {path: a.env, format: env, secretId: vinsguru/prod}
  - {path: raw, secretId: vinsguru/prod, mode: "0400"}
  - {path: none, secretId: vinsguru/none, optional: true}
  - {path: keys, format: files, secretId: vinsguru/none, optional: true}
"#;

fn outcomes(document: &Value) -> Vec<&str> {
    document["files"].as_array().unwrap().iter().map(|file| file["outcome"].as_str().unwrap()).collect()
}

#[test]
fn a_run_reports_each_file_whatever_became_of_it() {
    let scene = scene();
    scene.write("c.yaml", CONFIG);
    let run = |command: &str| {
        let output = scene.run(&[command, "--config", "c.yaml", "--report", "json"]);
        output.assert_done();
        output.report()
    };
    let checked = run("check");
    assert_eq!(outcomes(&checked), ["checked", "checked", "skipped", "skipped"]);
    assert!(checked["notes"][0].as_str().unwrap().contains("portable env dialect"), "{checked:#}");
    fs::create_dir(scene.path("out")).unwrap();
    scene.write("out/none", "old");
    assert_eq!(outcomes(&run("fetch")), ["written", "written", "removed", "skipped"]);
    let again = run("fetch");
    assert_eq!(outcomes(&again), ["unchanged", "unchanged", "skipped", "skipped"]);
    let source = &again["files"][0]["sources"][0];
    assert_eq!(source["secretId"], "vinsguru/prod");
    assert_eq!(source["region"], "ca-central-1");
    assert_eq!(source["versionStages"], json!(["AWSCURRENT"]));
    assert_eq!(again["files"][2]["sources"][0]["found"], false);
}

#[test]
fn an_offline_check_asks_nobody() {
    let scene = scene();
    let output = scene
        .command(&["check", "--offline", "--report", "json"])
        .variable("SECRETFETCH_CONFIG_INLINE", CONFIG)
        .without("AWS_REGION")
        .without("AWS_ACCESS_KEY_ID")
        .without("AWS_SECRET_ACCESS_KEY")
        .run();
    output.assert_done();
    let valid = output.report();
    assert_eq!(valid["offline"], true);
    assert!(output.stderr().contains("the configuration is valid: 4 files"));
    assert_eq!(scene.server().connections(), 0);
    assert!(!scene.path("out").exists());
    let output = scene
        .command(&["check", "--offline", "--report", "json"])
        .variable("SECRETFETCH_CONFIG_INLINE", "files: [{path: ../a, secretId: b}]")
        .run();
    assert_eq!(output.code(), 2);
    assert_eq!(output.report()["failures"][0]["file"], "../a");
    let broken =
        scene.command(&["check", "--offline"]).variable("SECRETFETCH_CONFIG_INLINE", "region: x\nfiles: [").run();
    broken.assert_tells(&["error: SECRETFETCH_CONFIG_INLINE: line 3: this is not YAML"]);
}

#[test]
fn a_directory_whose_name_is_not_utf_8_is_reported() {
    use std::os::unix::ffi::OsStrExt as _;
    let scene = scene();
    let directory = std::ffi::OsStr::from_bytes(b"out-\xff");
    let output = scene
        .command(&["fetch", "--secret-id", "vinsguru/prod", "--output", "x", "--report", "json"])
        .arguments([std::ffi::OsStr::new("--directory"), directory])
        .run();
    output.assert_done();
    assert_eq!(output.report()["files"][0]["path"], "out-\u{fffd}/x");
}

#[test]
fn a_name_with_control_characters_stays_within_its_line_and_is_told_as_it_is() {
    let scene = scene();
    let name = "a\u{7f}\u{9b}31m\nb";
    let output = scene
        .command(&["fetch", "--secret-id", "vinsguru/prod", "--output", "x", "--log-format", "json"])
        .arguments(["--directory", name])
        .run();
    output.assert_done();
    assert!(!output.stderr().lines().any(|line| line.contains(char::is_control)), "{:?}", output.stderr());
    assert_eq!(output.log_lines()[0]["path"], format!("{name}/x"));
}

#[test]
fn the_schema_has_every_kind_and_outcome_and_refuses_others() {
    let schema = report_schema();
    let kinds: Vec<&str> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(schema["$defs"]["failure"]["properties"]["kind"]["enum"], json!(kinds));
    assert_eq!(schema["$defs"]["file"]["properties"]["format"]["enum"], json!(secretfetch::Format::NAMES));
    let failure = |kind: &str| json!({"kind": kind, "message": "m", "docs": "docs/errors.md#x", "retryable": false});
    let failed = |failures: Value| json!({"status": "error", "exitCode": 3, "failures": failures});
    assert_eq!(validate(&failed(json!([failure("config")]))), Ok(()));
    for wrong in [
        failed(json!([])),
        failed(json!([failure("other")])),
        failed(json!([{"kind": "config"}])),
        json!({"status": "ok", "exitCode": 0}),
        json!({"status": "error", "exitCode": 143, "signal": "SIGINT", "failures": []}),
        json!({"status": "error", "exitCode": 143, "signal": "SIGTERM", "failures": [], "more": 1}),
        json!({"status": "ok", "exitCode": 0, "offline": true, "files": []}),
        Value::Null,
    ] {
        assert!(validate(&wrong).is_err(), "{wrong:#}");
    }
}
