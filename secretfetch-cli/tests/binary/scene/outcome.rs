//! What became of a run.

use std::process::ExitStatus;
use std::time::Duration;

use serde_json::Value;

use crate::scene::report::validate;

/// What became of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) took: Duration,
    /// The most memory that it has had, in KiB.
    pub(crate) peak: u64,
}

impl Outcome {
    /// The exit code; a run that a signal has ended has none.
    #[track_caller]
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| panic!("{}: {}", self.status, self.stderr()))
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.status.success()
    }

    #[track_caller]
    pub(crate) fn stdout(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    #[track_caller]
    pub(crate) fn stderr(&self) -> &str {
        std::str::from_utf8(&self.stderr).unwrap()
    }

    /// The one JSON document on standard output, which the published schema describes.
    #[track_caller]
    pub(crate) fn report(&self) -> Value {
        let report: Value = serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {:?}\n{}", self.stdout(), self.stderr()));
        if let Err(error) = validate(&report) {
            panic!("{error}\n{report:#}");
        }
        report
    }

    /// The failures of the report.
    #[track_caller]
    pub(crate) fn failures(&self) -> Vec<Value> {
        self.report()["failures"].as_array().cloned().unwrap_or_default()
    }

    /// The lines of standard error, each of which is one JSON object.
    #[track_caller]
    pub(crate) fn log_lines(&self) -> Vec<Value> {
        let lines = self.stderr().lines();
        lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }

    /// How often it has said that it waits.
    pub(crate) fn waits(&self) -> usize {
        let lines = self.stderr().lines();
        lines.filter(|line| line.starts_with("warning: ") && line.contains("; asking again in ")).count()
    }

    #[track_caller]
    pub(crate) fn assert_done(&self) {
        assert_eq!(self.code(), 0, "{}", self.stderr());
    }

    /// Asserts that standard error has each of the texts.
    #[track_caller]
    pub(crate) fn assert_tells(&self, texts: &[&str]) {
        let told = self.stderr();
        for text in texts {
            assert!(told.contains(text), "{text:?} is not in:\n{told}");
        }
    }

    /// Asserts the exit code, that standard error has each of the texts, and that standard output has nothing.
    #[track_caller]
    pub(crate) fn assert_fails(&self, code: i32, texts: &[&str]) {
        assert_eq!(self.code(), code, "{}", self.stderr());
        self.assert_tells(texts);
        assert!(self.stdout.is_empty(), "something on standard output");
    }

    /// Asserts that one failure is reported, of this kind, and that report and standard error say these words.
    #[track_caller]
    pub(crate) fn assert_reports(&self, code: i32, kind: &str, words: &[&str]) {
        assert_eq!(self.code(), code, "{}", self.stderr());
        let failures = self.failures();
        let [failure] = failures.as_slice() else { panic!("not one failure: {failures:?}\n{}", self.stderr()) };
        assert_says(failure, kind, words);
        self.assert_tells(words);
    }
}

/// Asserts the kind of a failure, that it has a remedy of one sentence, and that it says these words.
#[track_caller]
pub(crate) fn assert_says(failure: &Value, kind: &str, words: &[&str]) {
    assert_eq!(failure["kind"], kind, "{failure}");
    let (message, hint) = (failure["message"].as_str().unwrap(), failure["hint"].as_str().unwrap_or_default());
    let all = format!("{message}; {hint}");
    assert!(!hint.is_empty() && !hint.contains(". "), "no remedy of one sentence: {all}");
    for word in words {
        assert!(all.contains(word), "{word:?} is not in: {all}");
    }
}
