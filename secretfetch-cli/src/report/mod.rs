//! What the user sees: the report, notes and errors, as text or as JSON.

mod document;

use std::io::IsTerminal as _;
use std::os::fd::AsFd;

use rustix::fs::{self, FileType, OFlags};
use secretfetch::{Error, ErrorKind, Failure, FileReport, Report, Result};
use serde_json::{Map, Value, json};

use crate::args::{LogFormat, OutputArguments, ReportFormat, value_of};
use crate::escape::{one_line, within_json};
use crate::outcome::{docs, exit_code};
use crate::output::{write_error, write_output};

/// From how many secrets on the progress is shown.
const MANY: u64 = 20;

/// Prints to standard error, and the JSON report to standard output.
#[derive(Clone, Copy, Default)]
pub(crate) struct Printer {
    json_log: bool,
    json_report: bool,
    quiet: bool,
    verbose: u8,
}

impl Printer {
    /// The printer that the options ask for.
    pub(crate) fn new(output: &OutputArguments) -> Self {
        let verbose = value_of(&output.verbose).unwrap_or_default();
        Printer {
            json_log: value_of(&output.log_format) == Some(LogFormat::Json),
            json_report: value_of(&output.report) == Some(ReportFormat::Json),
            quiet: output.quiet.is_some() && verbose == 0,
            verbose,
        }
    }

    pub(crate) fn is_json_log(&self) -> bool {
        self.json_log
    }

    pub(crate) fn level(&self) -> tracing::Level {
        match (self.quiet, self.verbose) {
            (true, _) => tracing::Level::ERROR,
            (_, 0) => tracing::Level::WARN,
            (_, 1) => tracing::Level::INFO,
            _ => tracing::Level::DEBUG,
        }
    }

    /// Reports a configuration that is valid by itself; `notes` have been printed already.
    pub(crate) fn valid(&self, notes: &[String]) -> Result<()> {
        if self.json_report { write_document(&document::valid(notes)) } else { Ok(()) }
    }

    /// Reports the files that a run left or would leave; `notes` have been printed already.
    pub(crate) fn done(&self, report: &Report, notes: &[String]) -> Result<()> {
        let width = report.files.iter().map(|file| file.path.as_os_str().len()).max().unwrap_or_default();
        let formats: Vec<String> = report.files.iter().map(format).collect();
        let format_width = formats.iter().map(String::len).max().unwrap_or_default();
        for (file, format) in report.files.iter().zip(formats) {
            let sources: Vec<String> = match file.sources.as_slice() {
                [] => vec!["nothing (none of the secrets is there)".to_owned()],
                sources => sources.iter().map(source).collect(),
            };
            let line = format!(
                "{:<9}  {:<width$}  {format:<format_width$}  {:>6} bytes  mode {}  from {}",
                file.outcome.name(),
                file.path.display(),
                file.bytes,
                file.mode,
                sources.join(", "),
            );
            self.line("info", &line, || document::file_fields(file));
        }
        if let Some(environment) = &report.environment {
            let sources: Vec<String> = environment.sources.iter().map(source).collect();
            let from = if sources.is_empty() { "nothing".to_owned() } else { sources.join(", ") };
            let names =
                if self.verbose > 0 { format!(": {}", environment.variables.join(", ")) } else { String::new() };
            let line = format!("environment of {} variables from {from}{names}", environment.variables.len());
            self.line("info", &line, || document::environment_fields(environment));
        }
        self.done_with(report, notes)
    }

    /// Reports a copy of this program, which no secret is in; `notes` have been printed already.
    pub(crate) fn installed(&self, report: &Report, notes: &[String]) -> Result<()> {
        for file in &report.files {
            let (outcome, path) = (file.outcome.name(), file.path.display());
            let line = format!("{outcome:<9}  {path}  {} bytes  mode {}", file.bytes, file.mode);
            self.line("info", &line, || document::file_fields(file));
        }
        self.done_with(report, notes)
    }

    fn done_with(&self, report: &Report, notes: &[String]) -> Result<()> {
        for note in &report.notes {
            self.note(note);
        }
        if self.json_report { write_document(&document::done(report, notes)) } else { Ok(()) }
    }

    /// Says what only one who asks for more wants to know.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose > 0 {
            self.note(text);
        }
    }

    /// Says something that is not a failure.
    pub(crate) fn note(&self, text: &str) {
        if self.json_log {
            self.line("info", text, Map::new);
        } else {
            self.line("info", &format!("note: {text}"), Map::new);
        }
    }

    /// Says that a signal ended the run.
    pub(crate) fn ended(&self, message: &str, signal: &str, code: u8) {
        if self.json_log {
            let fields = json!({ "signal": signal, "exitCode": code });
            self.print_json("error", message, fields.as_object().cloned().unwrap_or_default());
        } else {
            print(&format!("error: {message}"));
        }
        if self.json_report {
            let _ = write_document(&document::ended(signal, code));
        }
    }

    /// Says that a signal ended what only a signal ends.
    pub(crate) fn stopped(&self, message: &str, signal: &str) {
        self.line("info", message, || json!({ "signal": signal }).as_object().cloned().unwrap_or_default());
        if self.json_report {
            let _ = write_document(&document::stopped(signal));
        }
    }

    /// Prints every failure and answers the exit code.
    pub(crate) fn fail(&self, error: &Error) -> u8 {
        if !self.json_log {
            let mut kinds = Vec::new();
            for failure in error.by_precedence() {
                print(&format!("error: {failure}"));
                if !kinds.contains(&failure.kind()) {
                    kinds.push(failure.kind());
                }
            }
            kinds.iter().for_each(|kind| print(&format!("see {}", docs(*kind))));
        }
        self.refused(error)
    }

    /// As [`fail`](Self::fail), for an error that has been printed as text already.
    pub(crate) fn refused(&self, error: &Error) -> u8 {
        if self.json_log {
            for failure in error.by_precedence() {
                self.print_json("error", failure.message(), document::failure_fields(failure));
            }
        }
        if self.json_report {
            // The failure itself is the news; that nobody reads it is not.
            let _ = write_document(&document::failed(error));
        }
        exit_code(error)
    }

    /// Whether a person watches, who wants to see that something happens.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.quiet && !self.json_log && std::io::stderr().is_terminal()
    }

    /// Shows how many secrets are there, on one line that the next one overwrites.
    pub(crate) fn progress(&self, done: u64, total: u64) {
        if total >= MANY {
            let line = if done < total { format!("\r{done} of {total} secrets") } else { "\r\x1b[K".to_owned() };
            write_error(&line);
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
        print_line(&within_json(&Value::Object(document).to_string()));
    }
}

fn print(line: &str) {
    print_line(&one_line(line));
}

/// One whole line at once, so that lines of other programs do not mix into it.
fn print_line(line: &str) {
    write_error(&format!("{line}\n"));
}

fn write_document(document: &Value) -> Result<()> {
    if is_closed(std::io::stdout()) {
        let failure = Failure::new(ErrorKind::CannotWrite, "cannot write to standard output: it is closed");
        return Err(failure.with_hint("open it, or do without the report").into());
    }
    write_output(format!("{}\n", within_json(&document.to_string())).as_bytes())
}

/// Whether a standard stream was closed when the process began: Rust's runtime opens /dev/null in its place, for reading
/// and writing, where whoever wants to hear nothing opens it for writing.
fn is_closed(stream: impl AsFd) -> bool {
    let is_null = fs::fstat(&stream).is_ok_and(|stat| {
        FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice && stat.st_rdev == fs::makedev(1, 3)
    });
    is_null && fs::fcntl_getfl(&stream).is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDWR)
}

fn format(file: &FileReport) -> String {
    match file.dialect {
        Some(dialect) => format!("{}/{dialect}", file.format),
        None => file.format.to_owned(),
    }
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
