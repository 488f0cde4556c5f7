//! Mistakes in the arguments themselves, in the form that was asked for.

use crate::failures::{scene, termination};

#[test]
fn what_is_refused_comes_as_json_when_that_was_asked_for() {
    let scene = scene();
    for (arguments, message, hint) in [
        (&["fetch", "--frmat", "env"][..], "unexpected argument '--frmat' found", "'--format'"),
        (&["fetch", "--secret-id"], "a value is required for '--secret-id <ID>'", "--help"),
        (&["fetsh"], "unrecognized subcommand 'fetsh'", "'fetch'"),
        (&[], "no command is given", "--help"),
    ] {
        // On the command line, and from the environment.
        let typed = scene.run(&[&["--report", "json", "--log-format", "json"], arguments].concat());
        let variables = [("SECRETFETCH_REPORT", "json"), ("SECRETFETCH_LOG_FORMAT", "json")];
        let inherited = scene.command(arguments).variables(variables).run();
        for output in [typed, inherited] {
            assert_eq!(output.code(), 2);
            let document = output.report();
            let failure = &document["failures"][0];
            assert_eq!(failure["kind"], "config");
            let told = failure["message"].as_str().unwrap();
            assert!(told.starts_with(message), "{told}");
            assert!(failure["hint"].as_str().unwrap().contains(hint), "{failure}");
            let lines = output.log_lines();
            assert_eq!(lines.len(), 1, "{}", output.stderr());
            assert_eq!((&lines[0]["message"], &lines[0]["kind"]), (&failure["message"], &failure["kind"]));
            assert!(termination(&scene).contains(told), "{}", termination(&scene));
        }
    }
}

#[test]
fn a_person_gets_a_tip_and_the_usage() {
    let scene = scene();
    let output = scene.run(&["fetch", "--frmat", "env"]);
    assert_eq!(output.code(), 2);
    assert!(output.stdout.is_empty());
    assert!(
        output.stderr().starts_with("error: unexpected argument '--frmat' found\n\n  tip: "),
        "{}",
        output.stderr()
    );
    assert!(output.stderr().contains("Usage: secretfetch fetch"));
}

#[test]
fn a_wrong_option_about_messages_is_told_in_the_form_that_can_be_read() {
    let scene = scene();
    let output = scene.run(&["fetch", "--secret-id", "x", "--output", "x", "--log-format", "yaml", "--report", "json"]);
    assert_eq!(output.code(), 2);
    assert!(output.report()["failures"][0]["message"].as_str().unwrap().contains("--log-format"));
    let output = scene.run(&["fetch", "--secret-id", "x", "--output", "x", "--log-format", "json", "--report", "xml"]);
    assert_eq!(output.code(), 2);
    assert!(output.log_lines()[0]["message"].as_str().unwrap().contains("--report"));
    assert!(output.stdout.is_empty());
}

#[test]
fn standard_output_that_is_for_a_secret_gets_no_report() {
    let scene = scene();
    for arguments in [
        &["fetch", "--secret-id", "vinsguru/prod", "--output", "-"][..],
        &["fetch", "--secret-id", "vinsguru/prod", "--output", "-", "--bogus"],
        &["convert"],
        &["convert", "--bogus"],
        &["policy", "--secret-id", "x"],
        &["schema"],
    ] {
        let output = scene.run(&[arguments, &["--report", "json", "--log-format", "json"]].concat());
        assert_eq!(output.code(), 2, "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert_eq!(output.log_lines()[0]["kind"], "config");
    }
}
