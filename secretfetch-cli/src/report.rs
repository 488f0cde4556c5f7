//! What the user sees: the report, notes and errors, as text or as JSON.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use secretfetch::{Error, Failure, FileReport, Report, Result};
use serde_json::{Map, Value, json};

use crate::args::Arguments;
use crate::convert::write_output;
use crate::plan::usage;

/// From how many secrets on the progress is shown.
const MANY: u64 = 20;

/// Prints to standard error, and the JSON report to standard output.
#[derive(Clone, Copy)]
pub(crate) struct Printer {
    json_log: bool,
    json_report: bool,
    quiet: bool,
    verbose: u8,
}

impl Printer {
    pub(crate) fn new(arguments: &Arguments) -> Result<Self> {
        let output = &arguments.output;
        let json_log = match output.log_format.as_str() {
            "text" | "" => false,
            "json" => true,
            _ => return Err(usage("`--log-format` is `text` or `json`").into()),
        };
        let json_report = match output.report.as_deref() {
            None | Some("") => false,
            // Whoever reads the secret from there must not get a report in its place.
            Some("json") if arguments.command.writes_to_stdout() => {
                return Err(usage("`--report json` and `--output -` both need standard output").into());
            }
            Some("json") => true,
            Some(_) => return Err(usage("`--report` is `json`").into()),
        };
        Ok(Printer { json_log, json_report, quiet: output.quiet && output.verbose == 0, verbose: output.verbose })
    }

    /// Text, for errors before the arguments are known.
    pub(crate) fn plain() -> Self {
        Printer { json_log: false, json_report: false, quiet: false, verbose: 0 }
    }

    pub(crate) fn level(&self) -> tracing::Level {
        match (self.quiet, self.verbose) {
            (true, _) => tracing::Level::ERROR,
            (_, 0) => tracing::Level::WARN,
            (_, 1) => tracing::Level::INFO,
            _ => tracing::Level::DEBUG,
        }
    }

    /// Reports the files that a run left.
    pub(crate) fn done(&self, report: &Report) -> Result<()> {
        self.report(report, |file| file.outcome.name())
    }

    /// Reports the files that a run would leave.
    pub(crate) fn checked(&self, report: &Report) -> Result<()> {
        self.report(report, |file| file.outcome.name())
    }

    /// Reports a configuration that is valid by itself.
    pub(crate) fn valid(&self) -> Result<()> {
        if self.json_report { write_output(format!("{}\n", json!({ "status": "ok" })).as_bytes()) } else { Ok(()) }
    }

    fn report(&self, report: &Report, outcome: impl Fn(&FileReport) -> &'static str) -> Result<()> {
        let width = report.files.iter().map(|file| file.path.as_os_str().len()).max().unwrap_or_default();
        for file in &report.files {
            let what = match file.dialect {
                Some(dialect) => format!("{}/{dialect}", file.format),
                None => file.format.to_owned(),
            };
            let sources: Vec<String> = file.sources.iter().map(source).collect();
            let line = format!(
                "{:<9}  {:<width$}  {:<11}  {:>6} bytes  mode {}  from {}",
                outcome(file),
                file.path.display(),
                what,
                file.bytes,
                file.mode,
                sources.join(", "),
            );
            self.line("info", &line, || fields_of_file(file));
        }
        for note in &report.notes {
            self.note(note);
        }
        if self.json_report {
            let mut document = serde_json::to_value(report).unwrap_or_default();
            if let Value::Object(members) = &mut document {
                members.insert("status".to_owned(), "ok".into());
            }
            write_output(format!("{document}\n").as_bytes())?;
        }
        Ok(())
    }

    /// Says something that is no failure.
    pub(crate) fn note(&self, text: &str) {
        if self.json_log {
            self.line("info", text, Map::new);
        } else {
            self.line("info", &format!("note: {text}"), Map::new);
        }
    }

    /// Says that a signal ended the run.
    pub(crate) fn ended(&self, signal: &str, code: u8) {
        self.note(&format!("ended by {signal}; nothing was left half-written"));
        if self.json_report {
            let document = json!({ "status": "error", "exitCode": code, "signal": signal, "failures": [] });
            let _ = write_output(format!("{document}\n").as_bytes());
        }
    }

    /// Prints every failure and answers the exit code.
    pub(crate) fn fail(&self, error: &Error) -> u8 {
        for failure in error.failures() {
            if self.json_log {
                self.print_json("error", failure.message(), fields_of_failure(failure));
            } else {
                print(&format!("error: {failure}"));
            }
        }
        if self.json_report {
            let failures: Vec<Value> = error.failures().iter().map(document_of_failure).collect();
            let document = json!({ "status": "error", "exitCode": error.exit_code(), "failures": failures });
            // The failure itself is the news; that nobody reads it is not.
            let _ = write_output(format!("{document}\n").as_bytes());
        }
        error.exit_code()
    }

    /// Whether a person watches, who wants to see that something happens.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.quiet && !self.json_log && std::io::stderr().is_terminal()
    }

    /// Shows how many secrets are there, on one line that the next one overwrites.
    pub(crate) fn progress(&self, done: u64, total: u64) {
        if total >= MANY {
            let line = if done < total { format!("\r{done} of {total} secrets") } else { "\r\x1b[K".to_owned() };
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
    }

    /// One log line at this level.
    pub(crate) fn log(&self, level: &str, text: &str, fields: Map<String, Value>) {
        if self.json_log { self.print_json(level, text, fields) } else { print(&format!("{level}: {text}")) }
    }

    fn line(&self, level: &str, text: &str, fields: impl FnOnce() -> Map<String, Value>) {
        match (self.quiet, self.json_log) {
            (true, _) => {}
            (false, true) => self.print_json(level, text, fields()),
            (false, false) => print(text),
        }
    }

    fn print_json(&self, level: &str, text: &str, fields: Map<String, Value>) {
        let mut document = Map::new();
        document.insert("level".to_owned(), level.into());
        document.insert("message".to_owned(), text.into());
        document.extend(fields);
        print(&Value::Object(document).to_string());
    }
}

/// One whole line at once, so that lines of other programs do not mix into it.
fn print(line: &str) {
    // Nobody is left to tell when standard error is closed.
    let mut shown = String::with_capacity(line.len() + 1);
    for c in line.chars() {
        // A path can have any name: none forges a line or moves the cursor.
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown.push('\n');
    let _ = std::io::stderr().write_all(shown.as_bytes());
}

fn source(source: &secretfetch::SourceReport) -> String {
    let mut text = source.secret_id.to_string();
    if let Some(version) = &source.version_id {
        text.push_str(&format!(" (version {version})"));
    }
    if !source.found {
        text.push_str(" (does not exist)");
    }
    text
}

fn fields_of_file(file: &FileReport) -> Map<String, Value> {
    match serde_json::to_value(file) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

fn document_of_failure(failure: &Failure) -> Value {
    let mut members = fields_of_failure(failure);
    members.insert("message".to_owned(), failure.message().into());
    Value::Object(members)
}

fn fields_of_failure(failure: &Failure) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    };
    put("kind", Some(failure.kind().name().into()));
    put("secretId", failure.secret_id().map(|id| id.as_str().into()));
    put("region", failure.region().map(|region| region.as_str().into()));
    put("file", failure.file().map(Path::to_string_lossy).map(|path| path.into()));
    put("key", failure.key().map(Value::from));
    put("hint", failure.hint().map(Value::from));
    put("retryable", Some(failure.is_retryable().into()));
    fields
}
