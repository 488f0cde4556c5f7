//! Which variables there are, and with what values.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::{expected, printing, scene, variables};

#[test]
fn every_value_arrives_as_it_is() {
    let scene = scene();
    let db = printing(&scene, &["--secret-id", "team/db"]).run();
    let password = "p\u{e4}ss'\"$\n".as_bytes();
    let of_db: [(&str, &[u8]); 4] =
        [("PASSWORD", password), ("PORT", b"5432"), ("USER", b"app"), ("nested", br#"{"ssl":true}"#)];
    assert_eq!(variables(&db), expected(&of_db));
    let renamed = ["--secret-id", "team/db", "--flatten", "--key-style", "upper-snake", "--prefix", "DB_"];
    let names: Vec<String> = variables(&printing(&scene, &renamed).run()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["DB_NESTED_SSL", "DB_PASSWORD", "DB_PORT", "DB_USER"]);
    let blob = printing(&scene, &["--secret-id", "blob", "--as", "KEY"]).run();
    assert_eq!(variables(&blob), expected(&[("KEY", &[0xff, 0xfe, 0x01])]));
    let chosen = printing(&scene, &["--secret-id", "team/db", "--key", "PATH=USER"]).run();
    assert_eq!(variables(&chosen), expected(&[("PATH", b"app")]));
}

#[test]
fn a_configuration_gives_files_and_an_environment() {
    let config = "store: file:secrets.json\ndirectory: out\nfiles: [{path: url, secretId: team/url}]\n\
                  environment: {from: [{secretId: team/db, keys: [USER]}, {secretId: gone, as: X, optional: true}]}\n";
    let scene = scene().with_file("c.yaml", config);
    let run = scene.command(&["exec", "-v", "--config", "c.yaml"]).arguments(super::ENVIRONMENT).run();
    assert_eq!(variables(&run), expected(&[("USER", b"app")]));
    assert_eq!(scene.read("out/url"), "postgres://db");
    run.assert_tells(&["written    out/url", "environment of 1 variables from team/db, gone (does not exist): USER"]);
    // What reads the configuration for files passes it over; what looks at all of it does not.
    scene.command(&["fetch", "--config", "c.yaml"]).run().assert_done();
    let checked = scene.command(&["check", "--config", "c.yaml", "--report", "json"]).run();
    assert_eq!(checked.report()["environment"]["variables"], serde_json::json!(["USER"]));
}

#[test]
fn a_configuration_with_nothing_but_an_environment_is_for_exec() {
    let scene = scene().with_file("c.yaml", "store: file:secrets.json\nenvironment: {secretId: team/url, as: URL}\n");
    let run = scene.command(&["exec", "--config", "c.yaml"]).arguments(super::ENVIRONMENT).run();
    assert_eq!(variables(&run), expected(&[("URL", b"postgres://db")]));
    for command in ["fetch", "watch"] {
        let run = scene.command(&[command, "--config", "c.yaml"]).run();
        assert_eq!(run.code(), 2);
        run.assert_tells(&["has an `environment` and no `files`", "`secretfetch exec`"]);
    }
}

#[test]
fn what_is_set_already_gives_way_or_stays_or_is_a_failure() {
    let scene = scene().with_file(
        "c.yaml",
        "store: file:secrets.json\nenvironment: {secretId: team/db, keys: [USER], onConflict: keep}\n",
    );
    let user = |how: &[&str]| {
        let mut arguments = vec!["-v", "--secret-id", "team/db", "--key", "USER"];
        arguments.extend(how);
        printing(&scene, &arguments).variable("USER", "me").variable("HOME", "/").run()
    };
    let replaced = user(&[]);
    assert_eq!(variables(&replaced), expected(&[("HOME", b"/"), ("USER", b"app")]));
    replaced.assert_tells(&["`USER` was set already; the secret's value replaces it"]);
    let kept = user(&["--on-conflict", "keep"]);
    assert_eq!(variables(&kept), expected(&[("HOME", b"/"), ("USER", b"me")]));
    kept.assert_tells(&["`USER` is set already, and keeps its value"]);
    let refused = user(&["--on-conflict", "refuse"]);
    assert_eq!((refused.code(), refused.stdout()), (2, ""));
    refused.assert_tells(&["key `USER`", "is set already", "`onConflict`"]);
    let configured =
        scene.command(&["exec", "--config", "c.yaml"]).variable("USER", "me").arguments(super::ENVIRONMENT);
    assert_eq!(variables(&configured.run()), expected(&[("USER", b"me")]));
}

#[test]
fn nothing_of_this_program_is_left_and_the_rest_stays() {
    let scene = scene();
    let run = || {
        scene
            .command(&["exec"])
            .variable("SECRETFETCH_STORE", "file:secrets.json")
            .variable("SECRETFETCH_SECRET_ID", "team/url")
            .variable("SECRETFETCH_AS", "URL")
            .variable("SECRETFETCH_PORT_80_TCP", "tcp://10.0.0.1:80")
            .variable("AWS_REGION", "eu-west-1")
            .variable("ODD", OsStr::from_bytes(b"\xff=\xfe\n"))
            .variable("EMPTY", "")
    };
    let odd: (&str, &[u8]) = ("ODD", b"\xff=\xfe\n");
    let all = [("AWS_REGION", &b"eu-west-1"[..]), ("EMPTY", b""), odd, ("URL", b"postgres://db")];
    assert_eq!(variables(&run().arguments(super::ENVIRONMENT).run()), expected(&all));
    let without = run().arguments(["--unset-aws"]).arguments(super::ENVIRONMENT).run();
    assert_eq!(variables(&without), expected(&all[1..]));
}

#[test]
fn what_no_environment_can_hold_is_refused_with_its_key_and_no_program_starts() {
    let scene = scene();
    for (arguments, told) in [
        (&["--secret-id", "nul", "--as", "A"][..], "key `A`: the value has a NUL"),
        (&["--secret-id", "loader"], "key `LD_PRELOAD`"),
        (&["--secret-id", "null"], "key `A`: the value is null"),
        (&["--secret-id", "team/db", "--prefix", "A="], "has a `=` in it"),
        (&["--secret-id", "blob"], "not"),
        (&["--secret-id", "team/url"], "JSON"),
    ] {
        let run = printing(&scene, arguments).run();
        assert_eq!((run.code(), run.stdout()), (6, ""), "{arguments:?}: {}", run.stderr());
        run.assert_tells(&[told]);
    }
    let missing = printing(&scene, &["--secret-id", "gone"]).run();
    assert_eq!((missing.code(), missing.stdout()), (3, ""));
}

#[cfg(target_os = "linux")]
#[test]
fn the_kernels_limits_are_told_before_anything_is_written_and_nothing_smaller_is_refused() {
    let page = rustix::param::page_size();
    let longest = 32 * page - 1 - "KEY=".len();
    let with = |length: usize| {
        let secrets = format!(r#"{{"big": "{}", "small": "s"}}"#, "x".repeat(length));
        let config = "store: file:big.json\ndirectory: out\nfiles: [{path: small, secretId: small}]\n\
                      environment: {secretId: big, as: KEY}\n";
        scene().with_file("big.json", secrets).with_file("c.yaml", config)
    };
    let fits = with(longest);
    let run = fits.command(&["exec", "--config", "c.yaml"]).arguments(super::ENVIRONMENT).run();
    assert_eq!(variables(&run), expected(&[("KEY", "x".repeat(longest).as_bytes())]));
    let exceeds = with(longest + 1);
    let run = exceeds.command(&["exec", "--config", "c.yaml"]).arguments(super::ENVIRONMENT).run();
    assert_eq!(run.code(), 6);
    run.assert_tells(&["secret `big`: key `KEY`: the variable is", "of one", "`files`"]);
    assert!(!exceeds.path("out").exists());
    // All together: more than the 6 MiB that no stack is enough for.
    let value = "x".repeat(70_000);
    let secret = |n: usize| {
        let variables: Vec<String> = (0..14).map(|k| format!(r#""K{n}_{k}": "{value}""#)).collect();
        format!(r#""many{n}": {{{}}}"#, variables.join(", "))
    };
    let secrets: Vec<String> = (0..8).map(secret).collect();
    let sources: Vec<String> = (0..8).map(|n| format!("{{secretId: many{n}}}")).collect();
    let many = scene()
        .with_file("many.json", format!("{{{}}}", secrets.join(", ")))
        .with_file("c.yaml", format!("store: file:many.json\nenvironment: {{from: [{}]}}\n", sources.join(", ")));
    let run = many.command(&["exec", "--config", "c.yaml"]).arguments(super::ENVIRONMENT).run();
    assert_eq!(run.code(), 6);
    run.assert_tells(&["secret `many", "key `K", "arguments and environment have", "ulimit -s"]);
}
