//! Secrets by what their names begin with, from the local store to files and reports; pins and encodings.

use std::fs;

use serde_json::Value;

use crate::scene::{Outcome, Scene, wait_for};

const SECRETS: &str = r#"{
    "team/app/db": {"user": "app", "port":  5432},
    "team/app/certs/ca": {"$binary": "MAD/"},
    "team/app/url": "postgres://db",
    "team/app2/url": "of another",
    "keystore": "MAD/\n"
}"#;

fn scene(config: &str) -> Scene {
    Scene::new().with_file("secrets.json", SECRETS).with_file("c.yaml", format!("store: file:secrets.json\n{config}"))
}

fn run(scene: &Scene, arguments: &[&str]) -> Outcome {
    scene.command(arguments).arguments(["--config", "c.yaml"]).run()
}

const BOTH: &str = "directory: out
files:
  - {path: app.env, format: env, dialect: docker, find: {prefix: team/app/}, keys: {URL: url, DB_USER: db.user}}
  - {path: all, format: files, find: {prefix: team/app/}}
  - {path: none, format: json, find: {prefix: absent/}, optional: true}
";

#[test]
fn what_is_found_is_written_and_each_of_it_reported() {
    let scene = scene(BOTH);
    run(&scene, &["check", "--offline"]).assert_done();
    let output = run(&scene, &["fetch", "--report", "json"]);
    output.assert_done();
    assert_eq!(scene.read("out/app.env"), "URL=postgres://db\nDB_USER=app\n");
    assert_eq!(fs::read(scene.path("out/all/certs/ca")).unwrap(), [0x30, 0, 0xff]);
    assert_eq!(scene.read("out/all/db"), r#"{"user": "app", "port":  5432}"#);
    let report = output.report();
    let sources = |file: &Value| -> Vec<String> {
        let sources = file["sources"].as_array().unwrap().iter();
        sources.map(|source| source["secretId"].as_str().unwrap().to_owned()).collect()
    };
    let files: Vec<Vec<String>> = report["files"].as_array().unwrap().iter().map(sources).collect();
    let all = ["team/app/certs/ca", "team/app/db", "team/app/url"];
    assert_eq!(files, [&all[..], &all[..1], &all[1..2], &all[2..], &[]]);
    assert_eq!(report["files"][4]["outcome"], "skipped");
    assert_eq!(report["files"][0]["sources"][0]["store"], "file:secrets.json");
    // As text, and a second time.
    let again = run(&scene, &["fetch", "-v"]);
    again.assert_done();
    again.assert_tells(&["unchanged  out/all/url", "from team/app/url", "from nothing (none of the secrets is there)"]);
}

#[test]
fn a_generation_forgets_what_is_found_no_more() {
    let scene =
        scene("directory: out\nlayout: generation\nfiles: [{path: ., format: files, find: {prefix: team/app/}}]\n");
    run(&scene, &["fetch"]).assert_done();
    assert_eq!(scene.read("out/url"), "postgres://db");
    scene.write("secrets.json", r#"{"team/app/db": "new", "team/app/certs/b": "c"}"#);
    run(&scene, &["fetch"]).assert_done();
    assert_eq!((scene.read("out/db"), scene.read("out/certs/b")), ("new".to_owned(), "c".to_owned()));
    assert!(!scene.path("out/url").exists() && !scene.path("out/certs/ca").exists());
}

#[test]
fn a_find_that_brings_nothing_fails_as_what_is_not_there() {
    let scene = scene("files: [{path: a, format: json, find: {prefix: absent/}}]\n");
    let output = run(&scene, &["fetch", "--report", "json"]);
    output.assert_reports(3, "secretNotFound", &["there is no such secret"]);
    assert_eq!(output.failures()[0]["find"], "`absent/`");
    output.assert_tells(&["error: find `absent/`: there is no such secret"]);
    assert!(!scene.path("a").exists());
}

#[test]
fn what_the_store_does_not_find_by_is_told_without_reading_it() {
    let scene = scene(
        "files:\n  - {path: a, format: json, find: {tags: {Team: payments}}}\n  - {path: b, find: {prefix: x}}\n",
    );
    fs::remove_file(scene.path("secrets.json")).unwrap();
    let output = run(&scene, &["check", "--offline"]);
    output.assert_fails(
        2,
        &[
            "line 3: `find`: a store of the kind `file` finds nothing by tags",
            "file `b`: `find` brings several secrets; choose a format with keys",
        ],
    );
}

#[test]
fn a_policy_for_a_local_store_needs_nothing() {
    let scene = scene("files: [{path: a, format: json, find: {prefix: x/}}]\n");
    run(&scene, &["policy"]).assert_fails(2, &["a local store, which needs no IAM policy"]);
}

#[test]
fn watch_writes_a_secret_that_is_new_among_them() {
    let scene = scene("directory: out\nfiles: [{path: all, format: files, find: {prefix: team/app/}}]\n");
    let running = scene.command(&["watch", "--config", "c.yaml", "--interval", "1s"]).start();
    wait_for("the first files", || scene.path("out/all/url").exists());
    scene.write("secrets.json", SECRETS.replace("team/app2/", "team/app/new/"));
    wait_for("the new file", || scene.path("out/all/new/url").exists());
    running.end("TERM").assert_done();
}

/// `printf 'MAD/\n' | sha256sum`
const OF_THE_KEYSTORE: &str = "55f8f28fd59a2f2549a5e2486cb6009fa81772308879c691c043ebefb8324013";
/// `printf 'MAD+\n' | sha256sum`
const OF_ANOTHER: &str = "a48353fd6817fca473dac5fa7b559e2b3616d13209a0836a3f2b352b532784d5";

#[test]
fn a_pinned_and_encoded_keystore_is_written_until_it_is_another_one() {
    let scene =
        scene(&format!("files: [{{path: a, secretId: keystore, decode: base64, sha256: {OF_THE_KEYSTORE}}}]\n"));
    run(&scene, &["fetch"]).assert_done();
    assert_eq!(fs::read(scene.path("a")).unwrap(), [0x30, 0, 0xff]);
    scene.write("secrets.json", SECRETS.replace("MAD/\\n", "MAD+\\n"));
    let output = run(&scene, &["fetch", "--report", "json"]);
    output.assert_reports(6, "digestMismatch", &[OF_THE_KEYSTORE, OF_ANOTHER, "find out who has changed the secret"]);
    assert_eq!(fs::read(scene.path("a")).unwrap(), [0x30, 0, 0xff], "the file that was there is left alone");
}
