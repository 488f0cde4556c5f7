//! Mistakes in the arguments themselves, in the form that was asked for.

use crate::failures::scene::{Scene, code, document, log_lines, stderr};

#[test]
fn what_is_refused_comes_as_json_when_that_was_asked_for() {
    let scene = Scene::new();
    for (arguments, message, hint) in [
        (&["fetch", "--frmat", "env"][..], "unexpected argument '--frmat' found", "'--format'"),
        (&["fetch", "--secret-id"], "a value is required for '--secret-id <ID>'", "--help"),
        (&["fetsh"], "unrecognized subcommand 'fetsh'", "'fetch'"),
        (&[], "no command is given", "--help"),
    ] {
        // On the command line, and from the environment.
        let typed = scene.run(&[&["--report", "json", "--log-format", "json"], arguments].concat());
        let variables = [("SECRETFETCH_REPORT", "json"), ("SECRETFETCH_LOG_FORMAT", "json")];
        let inherited = scene.command(arguments).envs(variables).output().unwrap();
        for output in [typed, inherited] {
            assert_eq!(code(&output), 2);
            let document = document(&output);
            let failure = &document["failures"][0];
            assert_eq!(failure["kind"], "config");
            let told = failure["message"].as_str().unwrap();
            assert!(told.starts_with(message), "{told}");
            assert!(failure["hint"].as_str().unwrap().contains(hint), "{failure}");
            let lines = log_lines(&output);
            assert_eq!(lines.len(), 1, "{}", stderr(&output));
            assert_eq!((&lines[0]["message"], &lines[0]["kind"]), (&failure["message"], &failure["kind"]));
            assert!(scene.termination().contains(told), "{}", scene.termination());
        }
    }
}

#[test]
fn a_person_gets_a_tip_and_the_usage() {
    let scene = Scene::new();
    let output = scene.run(&["fetch", "--frmat", "env"]);
    assert_eq!(code(&output), 2);
    assert!(output.stdout.is_empty());
    assert!(
        stderr(&output).starts_with("error: unexpected argument '--frmat' found\n\n  tip: "),
        "{}",
        stderr(&output)
    );
    assert!(stderr(&output).contains("Usage: secretfetch fetch"));
}

#[test]
fn a_wrong_option_about_messages_is_told_in_the_form_that_can_be_read() {
    let scene = Scene::new();
    let output = scene.run(&["fetch", "--secret-id", "x", "--output", "x", "--log-format", "yaml", "--report", "json"]);
    assert_eq!(code(&output), 2);
    assert!(document(&output)["failures"][0]["message"].as_str().unwrap().contains("--log-format"));
    let output = scene.run(&["fetch", "--secret-id", "x", "--output", "x", "--log-format", "json", "--report", "xml"]);
    assert_eq!(code(&output), 2);
    assert!(log_lines(&output)[0]["message"].as_str().unwrap().contains("--report"));
    assert!(output.stdout.is_empty());
}

#[test]
fn standard_output_that_is_for_a_secret_gets_no_report() {
    let scene = Scene::new();
    for arguments in [
        &["fetch", "--secret-id", "vinsguru/prod", "--output", "-"][..],
        &["fetch", "--secret-id", "vinsguru/prod", "--output", "-", "--bogus"],
        &["convert"],
        &["convert", "--bogus"],
        &["policy", "--secret-id", "x"],
        &["schema"],
    ] {
        let output = scene.run(&[arguments, &["--report", "json", "--log-format", "json"]].concat());
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert_eq!(log_lines(&output)[0]["kind"], "config");
    }
}
