//! Unique values are put into secrets and credentials, and looked for in everything that the binary shows or leaves,
//! in plain and in every usual encoding.

use std::fs;
use std::path::Path;
use std::time::Duration;

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, assert_no_secret_in};

use crate::scene::{Outcome, Scene};

const TEXT: &str = "canary-7Yq1wZ\u{e9}'\"$\n-tail";
const NUMBER: &str = "73519264058173.25";
const BINARY: &[u8] = b"\xff\xfecanary-binary\x00\x01-end";
const SECRET_KEY: &str = "canary/secret+access/key/5pQ";
const SESSION: &str = "canary-session-token-9Rt==";

fn scene() -> Scene {
    let store = FakeSecretStore::new().in_region("eu-west-1");
    let text = serde_json::Value::from(TEXT);
    store.create_text("object", format!(r#"{{"A":{text},"N":{NUMBER},"nested":{{"B":[{text},null]}}}}"#));
    store.create_text("cut", format!(r#"{{"A":{text},"B":"#));
    store.create_text("duplicate", format!(r#"{{"A":{text},"A":{NUMBER}}}"#));
    store.create_text("array", format!("[{text},{NUMBER}]"));
    store.create_text("plain", TEXT);
    store.create_text("number", NUMBER);
    store.create_binary("binary", BINARY);
    let scene = Scene::serving(FakeSecretsManager::start(&store)).with_variables([
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ("AWS_SESSION_TOKEN", SESSION),
        ("RUST_LOG", "trace"),
        ("RUST_BACKTRACE", "full"),
        ("LOG_SENSITIVE_BODIES", "true"),
    ]);
    let termination = scene.write("termination", "");
    scene.with_variables([("SECRETFETCH_TERMINATION_LOG", termination)])
}

fn run(scene: &Scene, arguments: &[&str], input: &[u8]) -> Outcome {
    let fixed: &[&str] = if arguments[0] == "convert" { &[] } else { &["--timeout", "1s"] };
    scene.write("termination", "");
    scene.command(&[arguments, fixed].concat()).input(input).run()
}

/// Looks for the values in everything but the file that is meant to have them.
fn search(scene: &Scene, output: &Outcome, arguments: &[&str]) {
    let mut places = vec![("standard error", output.stderr.clone())];
    if !arguments.contains(&"-") && arguments[0] != "convert" {
        places.push(("standard output", output.stdout.clone()));
    }
    places.push(("termination message", fs::read(scene.path("termination")).unwrap()));
    collect(&scene.path("out"), &mut places);
    for (place, bytes) in places {
        let context = format!("{arguments:?}: {place}: {}", String::from_utf8_lossy(&bytes));
        let found = std::panic::catch_unwind(|| {
            for canary in [TEXT.as_bytes(), b"canary-7Yq1wZ", NUMBER.as_bytes(), BINARY, b"canary-binary"] {
                assert_no_secret_in(&bytes, canary);
            }
            assert_no_secret_in(&bytes, SECRET_KEY);
            assert_no_secret_in(&bytes, SESSION);
        });
        assert!(found.is_ok(), "{context}");
    }
}

/// Whatever is left in the directory and is not called `target`.
fn collect(directory: &Path, places: &mut Vec<(&'static str, Vec<u8>)>) {
    for entry in fs::read_dir(directory).into_iter().flatten().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), places);
        } else if entry.file_name() != "target" {
            places.push(("a file left behind", fs::read(entry.path()).unwrap_or_default()));
        }
    }
}

const LEVELS: &[&[&str]] = &[
    &[],
    &["-q"],
    &["-v"],
    &["-vv"],
    &["-vvvv", "--log-format", "json"],
    &["-vv", "--log-format", "json", "--report", "json"],
];

#[test]
fn no_output_and_no_leftover_shows_a_value() {
    let scene = scene();
    let cases: &[(&str, &[&str], &[i32])] = &[
        ("object", &["-f", "raw"], &[0]),
        ("object", &["-f", "env", "-d", "dotenv"], &[6]),
        ("object", &["-f", "env", "-d", "docker"], &[6]),
        ("object", &["-f", "properties"], &[6]),
        ("object", &["-f", "yaml"], &[0]),
        ("object", &["-f", "env", "-k", "X=missing"], &[3]),
        ("object", &["-k", "missing"], &[3]),
        ("object", &["-f", "env", "--as", "X"], &[6]),
        ("object", &["--mode", "0999"], &[2]),
        ("cut", &["-f", "env"], &[6]),
        ("duplicate", &["-f", "env"], &[6]),
        ("array", &["-f", "json"], &[6]),
        ("plain", &["-f", "properties"], &[6]),
        ("plain", &["-f", "env", "--as", "X"], &[6]),
        ("number", &["-f", "env"], &[6]),
        ("binary", &["-f", "env"], &[6]),
        ("binary", &["-f", "raw"], &[0]),
    ];
    for (id, options, codes) in cases {
        for level in LEVELS {
            for command in ["fetch", "check"] {
                let fixed = [command, "--secret-id", id, "--output", "out/deep/target"];
                let arguments = [&fixed, *options, *level].concat();
                let output = run(&scene, &arguments, b"");
                let code = output.status.code().unwrap();
                assert!(codes.contains(&code), "{arguments:?}: {}", output.stderr());
                search(&scene, &output, &arguments);
            }
            let _ = fs::remove_dir_all(scene.path("out"));
        }
    }
}

#[test]
fn no_failure_of_the_service_shows_a_value_or_a_credential() {
    let faults: &[fn() -> Fault] = &[
        Fault::throttled,
        Fault::access_denied,
        Fault::kms_access_denied,
        Fault::expired_token,
        Fault::internal_error,
        Fault::reset,
        Fault::truncated_body,
        Fault::hang,
        || Fault::html_page(502),
        || Fault::latency(Duration::from_millis(5)),
    ];
    for fault in faults {
        let scene = scene();
        scene.store().inject(fault().times(10_000));
        for level in &LEVELS[3..] {
            let arguments = [&["fetch", "--secret-id", "object", "--output", "out/target"], *level].concat();
            let output = run(&scene, &arguments, b"");
            search(&scene, &output, &arguments);
            let _ = fs::remove_dir_all(scene.path("out"));
        }
    }
}

#[test]
fn no_refusal_of_the_file_system_leaves_a_value() {
    let scene = scene();
    let config = "directory: out\nfiles:\n  - {path: target, secretId: object}\n  - {path: other, secretId: plain}\n";
    scene.write("config.yaml", config);
    for layout in ["plain", "generation"] {
        scene.write("config.yaml", format!("layout: {layout}\n{config}"));
        // The second file cannot be put in place, the first one could.
        fs::create_dir_all(scene.path("out/other")).unwrap();
        for level in LEVELS {
            let arguments = [&["fetch", "--config", "config.yaml"], *level].concat();
            let output = run(&scene, &arguments, b"");
            assert_eq!(output.code(), 7, "{}", output.stderr());
            search(&scene, &output, &arguments);
            assert_eq!(fs::read_dir(scene.path("out")).unwrap().count(), 1);
        }
    }
}

#[test]
fn convert_shows_values_on_standard_output_only() {
    let scene = scene();
    let text = serde_json::Value::from(TEXT);
    let inputs: &[Vec<u8>] = &[
        format!(r#"{{"A":{text},"N":{NUMBER}}}"#).into_bytes(),
        format!(r#"{{"A":{text},"A":1}}"#).into_bytes(),
        format!(r#"{{"A":{text},"#).into_bytes(),
        TEXT.as_bytes().to_vec(),
        BINARY.to_vec(),
    ];
    for input in inputs {
        for format in [&["-f", "env"][..], &["-f", "env", "-d", "kubernetes"], &["-f", "properties"], &["-f", "yaml"]] {
            for level in LEVELS.iter().filter(|level| !level.contains(&"--report")) {
                let arguments = [&["convert"], format, level].concat();
                let output = run(&scene, &arguments, input);
                assert!(output.succeeded() || output.stdout.is_empty(), "{arguments:?}");
                search(&scene, &output, &arguments);
            }
        }
    }
}
