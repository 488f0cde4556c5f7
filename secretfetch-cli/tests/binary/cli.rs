//! The command line as a user meets it: options, environment, messages, exit codes. No network.

use std::fs;

use crate::convert::convert;
use crate::scene::{Outcome, Scene};

const SECRETS: &str = r#"{
    "db": {"username": "app", "password": "C:\\temp\\new", "port": 5432},
    "url": "postgres://db"
}"#;

/// With a local store.
fn scene() -> Scene {
    Scene::new().with_file("secrets.json", SECRETS)
}

fn fetch_config(scene: &Scene, text: &str) -> Outcome {
    scene.write("config.yaml", text);
    scene.run(&["fetch", "--config", "config.yaml"])
}

#[test]
fn one_secret_by_options() {
    let scene = scene();
    let output = scene.run(&[
        "fetch",
        "--store",
        "file:secrets.json",
        "--secret-id",
        "db",
        "--output",
        "out/app.properties",
        "--format",
        "properties",
    ]);
    output.assert_done();
    assert_eq!(scene.read("out/app.properties"), "username=app\npassword=C:\\\\temp\\\\new\nport=5432\n");
    output.assert_tells(&["written    out/app.properties  properties/java"]);
}

#[test]
fn one_secret_by_environment() {
    let scene = scene();
    let output = scene
        .command(&["fetch"])
        .variable("SECRETFETCH_STORE", "file:secrets.json")
        .variable("SECRETFETCH_SECRET_ID", "db")
        .variable("SECRETFETCH_KEY", "DB_USER=username,DB_PORT=port")
        .variable("SECRETFETCH_FORMAT", "env")
        .variable("SECRETFETCH_OUTPUT", "app.env")
        .variable("SECRETFETCH_MODE", "0400")
        // Variables that a manifest sets to nothing.
        .variables(
            [
                "VERBOSE",
                "REGION",
                "DIRECTORY",
                "DIALECT",
                "TIMEOUT",
                "CONFIG",
                "CONFIG_INLINE",
                "AS",
                "OPTIONAL",
                "QUIET",
            ]
            .map(|name| (format!("SECRETFETCH_{name}"), "")),
        )
        // What Kubernetes injects for a Service of this name.
        .variable("SECRETFETCH_SERVICE_HOST", "10.0.0.1")
        .variable("SECRETFETCH_PORT_80_TCP", "tcp://10.0.0.1:80")
        .run();
    output.assert_done();
    assert_eq!(scene.read("app.env"), "DB_USER=app\nDB_PORT=5432\n");
}

#[test]
fn options_win_over_the_environment_and_both_over_the_configuration() {
    let scene = scene();
    let config = "store: file:secrets.json\ndirectory: from-config\nmode: \"0444\"\nfiles: [{path: a, secretId: url}]";
    let output = scene
        .command(&["fetch", "--directory", "from-option"])
        .variable("SECRETFETCH_CONFIG_INLINE", config)
        .variable("SECRETFETCH_DIRECTORY", "from-environment")
        .variable("SECRETFETCH_MODE", "0400")
        .run();
    output.assert_done();
    assert!(output.stderr().contains("mode 0400"));
    assert_eq!(scene.read("from-option/a"), "postgres://db");
}

#[test]
fn standard_output_gets_the_bytes_and_nothing_else() {
    let scene = scene();
    let output = scene.run(&["fetch", "--store", "file:secrets.json", "--secret-id", "url", "--output", "-"]);
    assert_eq!((output.code(), output.stdout(), output.stderr()), (0, "postgres://db", ""));
    let output = scene.run(&["fetch", "--secret-id", "url", "--output", "-", "--report", "json"]);
    output.assert_fails(2, &[]);
}

#[test]
fn one_key_alone() {
    let scene = scene();
    let key = |key: &str| {
        scene.run(&["fetch", "--store", "file:secrets.json", "--secret-id", "db", "--output", "-", "--key", key])
    };
    assert_eq!(key("port").stdout(), "5432");
    key("usrname").assert_fails(3, &["`usrname`", "did you mean `username`?", "secret `db`"]);
}

#[test]
fn the_report_is_one_json_document_on_failure_too() {
    let scene = scene();
    let report = |id: &str| {
        let output = scene.run(&[
            "fetch",
            "--store",
            "file:secrets.json",
            "--secret-id",
            id,
            "--output",
            "x",
            "--report",
            "json",
            "-q",
        ]);
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.code(), document)
    };
    let (ok, document) = report("db");
    assert_eq!((ok, &document["status"]), (0, &"ok".into()));
    assert_eq!(document["files"][0]["outcome"], "written");
    let (failed, document) = report("nope");
    assert_eq!((failed, &document["status"], &document["exitCode"]), (3, &"error".into(), &3.into()));
    assert_eq!(document["failures"][0]["kind"], "secretNotFound");
    assert_eq!(document["failures"][0]["secretId"], "nope");
}

#[test]
fn json_log_lines_carry_the_facts_in_fields() {
    let scene = scene();
    let output = scene.run(&[
        "fetch",
        "--store",
        "file:secrets.json",
        "--secret-id",
        "nope",
        "--output",
        "x",
        "--log-format",
        "json",
    ]);
    let line: serde_json::Value = serde_json::from_str(output.stderr().trim()).unwrap();
    assert_eq!(
        (&line["level"], &line["kind"], &line["secretId"]),
        (&"error".into(), &"secretNotFound".into(), &"nope".into())
    );
    assert_eq!(line["retryable"], false);
}

#[test]
fn check_writes_nothing_and_warns_of_the_portable_dialect() {
    let scene = scene();
    fs::write(
        scene.path("config.yaml"),
        "store: file:secrets.json\nfiles: [{path: a.env, format: env, secretId: db}, {path: b, secretId: nope}]",
    )
    .unwrap();
    let output = scene.run(&["check", "--config", "config.yaml"]);
    output.assert_fails(3, &["nope", "dotenv"]);
    let output = scene.run(&["check", "--config", "config.yaml", "--offline"]);
    output.assert_done();
    assert!(!scene.path("a.env").exists());
}

#[test]
fn mistakes_in_the_configuration_are_told_with_a_remedy() {
    let scene = scene();
    for (config, texts) in [
        ("fils: []", &["no field `fils`", "did you mean `files`?"][..]),
        ("files: [{path: a, secretId: db}, {path: a, secretId: db}]", &["two files have this path"]),
        ("files: [{path: ../a, secretId: db}]", &["could leave `directory`"]),
        ("files: [{path: /etc/a, secretId: db}]", &["absolute"]),
        ("files: [{path: a, secretId: db, mode: 0440}]", &["between quotes", "288"]),
        ("files: [{path: a, secretId: db, format: prop}]", &["`prop` is not a format"]),
        ("files: [{path: a, secretId: db, format: env, dialect: dockr}]", &["did you mean `docker`?"]),
        ("files: [{path: a, secretId: db, prefix: X_}]", &["`prefix`", "`raw`"]),
        ("files: [{path: a, secretId: db, format: json, key: x}]", &["`key`", "keys"]),
        ("files: [{path: a}]", &["needs a `secretId`"]),
        ("store: file:nope.json\nfiles: [{path: a, secretId: db}]", &["nope.json", "local store"]),
        ("files: [", &["not YAML"]),
        ("", &["empty"]),
    ] {
        let output = fetch_config(&scene, config);
        output.assert_fails(2, texts);
        assert!(!scene.path("a").exists());
    }
    scene.run(&["fetch", "--config", "nope.yaml"]).assert_fails(2, &["nope.yaml"]);
}

#[test]
fn mistakes_in_the_options_are_told_with_a_remedy() {
    let scene = scene();
    for (arguments, text) in [
        (&["fetch"][..], "neither `--secret-id` nor `--config`"),
        (&["fetch", "--secret-id", "x"], "`--output` is missing"),
        (&["fetch", "--secret-id", "a b", "--output", "x"], "character"),
        (&["fetch", "--secret-id", "x", "--output", "x", "--timeout", "60"], "60s"),
        (&["fetch", "--secret-id", "x", "--output", "x", "--mode", "999"], "octal"),
        (&["fetch", "--secret-id", "x", "--output", "x", "--frmat", "env"], "--format"),
        (&["fetch", "--secret-id", "x", "--output", "dir/"], "`--output` does not name a file"),
        (&["fetch", "--secret-id", "x", "--output", "-", "--format", "files"], "directory"),
        (&["fetch", "--secret-id", "x", "--output", "../x", "--directory", "d"], "could leave"),
        (&["fetch", "--config", "c", "--format", "env"], "no such file"),
    ] {
        let output = scene.run(arguments);
        assert_eq!(output.code(), 2, "{arguments:?}");
        let told = output.stderr().to_lowercase();
        assert!(told.contains(&text.to_lowercase()), "{arguments:?}: {told}");
    }
}

#[test]
fn an_unwritable_directory_is_exit_7() {
    let scene = scene();
    scene.write("file", "x");
    let output = scene.run(&["fetch", "--store", "file:secrets.json", "--secret-id", "db", "--output", "file/x"]);
    output.assert_fails(7, &["a file stands where a directory is needed"]);
    let output = scene.run(&["fetch", "--store", "file:secrets.json", "--secret-id", "db", "--output", "/proc/nope/x"]);
    output.assert_fails(7, &["/proc/nope"]);
}

#[test]
fn a_full_standard_output_is_exit_7() {
    let output = scene().shell("exec \"$0\" convert <secrets.json >/dev/full").run();
    assert_eq!(output.code(), 7);
}

#[test]
fn help_and_version_are_no_errors() {
    let scene = scene();
    for arguments in [&["--help"][..], &["-h"], &["--version"], &["fetch", "--help"], &["convert", "-h"]] {
        let output = scene.run(arguments);
        assert_eq!(output.code(), 0);
        assert!(!output.stdout.is_empty() && output.stderr.is_empty());
    }
    assert!(scene.run(&["--help"]).stdout().contains("Exit codes:"));
    assert_eq!(scene.run(&["-V"]).stdout(), concat!("secretfetch ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn what_is_typed_wins_over_the_environment_as_a_whole() {
    let scene = scene();
    scene.write("c.yaml", "store: file:secrets.json\nfiles: [{path: out/c, secretId: url, mode: \"0400\"}]");
    let fetch = |arguments: &[&str], variables: &[(&str, &str)]| {
        scene.command(arguments).variables(variables.iter().copied()).run()
    };
    let output = fetch(
        &["fetch", "--config", "c.yaml", "--mode", "0444"],
        &[("SECRETFETCH_SECRET_ID", "db"), ("SECRETFETCH_FORMAT", "env"), ("SECRETFETCH_CONFIG_INLINE", "x")],
    );
    output.assert_done();
    assert!(output.stderr().contains("mode 0444"), "an option wins over the mode of a file: {}", output.stderr());
    let output = fetch(
        &["fetch", "--secret-id", "url", "--output", "-", "--store", "file:secrets.json"],
        &[("SECRETFETCH_CONFIG", "c.yaml")],
    );
    assert_eq!(output.stdout(), "postgres://db", "{}", output.stderr());
    let both = [("SECRETFETCH_CONFIG", "c.yaml"), ("SECRETFETCH_SECRET_ID", "db")];
    fetch(&["fetch"], &both).assert_fails(2, &["SECRETFETCH_SECRET_ID and SECRETFETCH_CONFIG are both given"]);
    let output = fetch(&["fetch", "--secret-id", "db", "--config", "c.yaml"], &[]);
    output.assert_fails(2, &["`--secret-id` and `--config` are both given"]);
    let output = fetch(&["fetch"], &[("SECRETFETCH_CONFIG", "c.yaml"), ("SECRETFETCH_FORMAT", "env")]);
    output.assert_fails(2, &["SECRETFETCH_FORMAT belongs to `--secret-id`, and SECRETFETCH_CONFIG is given"]);
}

#[test]
fn what_is_wrong_is_named_as_it_was_given_and_all_of_it_at_once() {
    let scene = scene();
    let fetch = |arguments: &[&str], variables: &[(&str, &str)]| {
        scene.command(&[&["fetch"], arguments].concat()).variables(variables.iter().copied()).run()
    };
    let output = fetch(&["--secret-id", "db", "--output", "x", "--mode", "0999"], &[("SECRETFETCH_TIMEOUT", "1x")]);
    output.assert_fails(2, &["error: SECRETFETCH_TIMEOUT: `1x` is not a duration", "error: `--mode`: `0999`"]);
    let output = fetch(&["--timeout", "1x"], &[]);
    output.assert_fails(2, &["error: `--timeout`: `1x` is not a duration"]);
    let output = fetch(&["--flatten=no"], &[("SECRETFETCH_REPORT", "xml")]);
    let words = ["`--flatten`: `no` is not `true` or `false`", "SECRETFETCH_REPORT: `xml` is not a report format"];
    output.assert_fails(2, &words);
    let output = fetch(&["--timeout", "5s"], &[("SECRETFETCH_TIMEOUT", "1x")]);
    assert!(!output.stderr().contains("1x"), "what is typed hides the variable: {}", output.stderr());
    let output = fetch(&[], &[("SECRETFETCH_CONFIG", "nope.yaml")]);
    output.assert_fails(2, &["no such file; name a YAML or JSON file (SECRETFETCH_CONFIG)"]);
    let output = fetch(&["--config", "nope.yaml"], &[]);
    output.assert_fails(2, &["no such file; name a YAML or JSON file (`--config`)"]);
}

#[test]
fn a_special_file_is_not_replaced() {
    let scene = scene();
    scene.make_fifo("fifo");
    let output = scene.run(&["fetch", "--store", "file:secrets.json", "--secret-id", "url", "--output", "fifo"]);
    output.assert_fails(7, &["a FIFO is in the way"]);
    let output = scene.run(&["fetch", "--store", "file:secrets.json", "--secret-id", "url", "-o", "/dev/stdout"]);
    assert_eq!(output.stdout(), "postgres://db", "{}", output.stderr());
}

#[test]
fn two_paths_to_one_directory_do_not_wait_for_each_other() {
    let scene = scene();
    fs::create_dir_all(scene.path("d/a")).unwrap();
    std::os::unix::fs::symlink("a", scene.path("d/b")).unwrap();
    let output = fetch_config(
        &scene,
        "store: file:secrets.json\ndirectory: d\ntimeout: 5s\nfiles: [{path: a/x, secretId: db}, {path: b/y, secretId: db}]",
    );
    output.assert_done();
}

#[test]
fn a_name_cannot_forge_a_log_line() {
    let scene = scene();
    scene.write("evil.json", r#"{"x": {"a\nerror: forged\u001b[31m": "v"}}"#);
    let output =
        scene.run(&["fetch", "--store", "file:evil.json", "--secret-id", "x", "--format", "files", "--output", "e"]);
    output.assert_done();
    assert!(!output.stderr().contains('\x1b') && !output.stderr().contains("\nerror: forged"));
}

#[test]
fn options_that_a_raw_file_has_no_use_for_are_refused() {
    let scene = scene();
    for option in [&["--prefix", "X"][..], &["--as", "X"], &["--key-style", "upper-snake"], &["--nulls", "omit"]] {
        let fixed = ["fetch", "--store", "file:secrets.json", "--secret-id", "db", "--key", "port", "--output", "-"];
        scene.run(&[&fixed, option].concat()).assert_fails(2, &[]);
    }
}

#[test]
fn what_was_meant_for_something_else_is_told_in_our_own_words() {
    let scene = scene();
    // An empty key chose nothing, and so the whole secret.
    for arguments in [&["--key", ""][..], &["--key="]] {
        let output = convert(arguments, br#"{"a": "hunter2"}"#);
        output.assert_fails(2, &["--key", "a value is required"]);
        assert!(!output.stdout().contains("hunter2"));
    }
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf";
    let ecs = format!("{arn}:password::");
    let output = scene.run(&["fetch", "--secret-id", &ecs, "--output", "x"]);
    output.assert_fails(2, &["ECS's form", &format!("secretId `{arn}`, key `password`")]);
    fetch_config(&scene, &format!("files: [{{path: x, secretId: \"{ecs}\"}}]\n"))
        .assert_fails(2, &["line 1", "ECS's form", "key `password`"]);
    for text in
        ["files: [{path: x, secretId: \"app/$ENV/db\"}]\n", "region: ${ENV}\nfiles: [{path: x, secretId: db}]\n"]
    {
        fetch_config(&scene, text).assert_fails(2, &["nothing has replaced the variable `ENV`", "`$(ENV)`"]);
    }
    let output = scene.run(&["fetch", "--secret-id", "db", "--region", "$(AWS_REGION)", "--output", "x"]);
    output.assert_fails(2, &["nothing has replaced the variable `AWS_REGION`"]);
}
