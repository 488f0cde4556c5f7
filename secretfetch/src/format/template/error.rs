//! What is wrong with a template's text: every mistake, with its line and column.

use crate::error::{Error, ErrorKind, Failure};

/// The text is not a template. It holds every mistake, each with its line and column.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct ParseTemplateError(Error);

impl ParseTemplateError {
    /// Of mistakes; nothing if there are none.
    pub(super) fn of(mistakes: Vec<Failure>) -> Option<Self> {
        Error::join(mistakes.into_iter().map(Error::from)).map(ParseTemplateError)
    }
}

impl From<ParseTemplateError> for Error {
    fn from(error: ParseTemplateError) -> Self {
        error.0
    }
}

/// One mistake, and what to do about it.
pub(super) struct Mistake {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Mistake {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Mistake { message: message.into(), hint: Some(hint.into()) }
    }

    pub(super) fn at(self, place: Place) -> Failure {
        self.into_failure(ErrorKind::Config, place)
    }

    pub(super) fn into_failure(self, kind: ErrorKind, place: Place) -> Failure {
        let failure = Failure::new(kind, place.about(&self.message));
        match self.hint {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

/// Where a slot begins: line and column, in characters, both from 1. A byte order mark is no column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Place {
    /// The message with where it belongs.
    pub(super) fn about(self, message: &str) -> String {
        format!("template, line {}, column {}: {message}", self.line, self.column)
    }
}
