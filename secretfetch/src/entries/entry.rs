//! One name and value, with where it comes from, and as a flat format sees it.

use std::str::FromStr;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::error::{ErrorKind, Failure, Result, is_config_error};
use crate::json::{self, Value};
use crate::secret::SecretId;

/// What a flat format does with `null` (and, when flattening, with empty objects and arrays).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nulls {
    /// An error that names the key: neither choice is right for every reader.
    #[default]
    Refuse,
    /// The entry is left out.
    Omit,
    /// The entry is written with an empty value.
    Empty,
}

impl FromStr for Nulls {
    type Err = ParseNullsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "refuse" => Ok(Nulls::Refuse),
            "omit" => Ok(Nulls::Omit),
            "empty" => Ok(Nulls::Empty),
            _ => Err(ParseNullsError(crate::text::quoted(text))),
        }
    }
}

/// The text is not a way to treat `null`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a way to treat null (`omit`, `empty`, `refuse`)")]
pub struct ParseNullsError(String);

is_config_error!(ParseNullsError);

/// One name and value, and where they come from.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) value: Value,
    /// The key in the secret, for messages; empty for a whole secret under `as`.
    pub(crate) key: String,
    /// Whether the configuration spells this name out (`keys`, `as`), which makes it a trusted choice.
    pub(crate) named: bool,
    /// Whether nested values were flattened, so that a container left over is an empty one.
    pub(crate) flattened: bool,
    /// Shared by the entries of one secret.
    pub(crate) secret_id: Option<Arc<SecretId>>,
}

/// An entry whose value is a text, as `.properties` and env-files have them.
pub(crate) struct Flat<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) text: FlatText<'a>,
}

/// A text that is borrowed where it can be: a secret is not copied without need.
pub(crate) enum FlatText<'a> {
    Borrowed(&'a str),
    Owned(Zeroizing<String>),
}

impl std::ops::Deref for FlatText<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            FlatText::Borrowed(text) => text,
            FlatText::Owned(text) => text,
        }
    }
}

impl Entry {
    /// A failure about this entry, with the key and secret that it comes from.
    pub(crate) fn failure(&self, kind: ErrorKind, message: impl Into<String>) -> Failure {
        self.about(Failure::new(kind, message))
    }

    /// Adds the key and the secret that this entry comes from.
    pub(crate) fn about(&self, failure: Failure) -> Failure {
        let failure = failure.with_key(if self.key.is_empty() { &self.name } else { &self.key });
        match &self.secret_id {
            Some(id) => failure.with_secret_id(id),
            None => failure,
        }
    }

    /// The entry as a flat format sees it, if it is one that is written.
    pub(crate) fn flat(&self, nulls: Nulls) -> Result<Option<Flat<'_>>> {
        Ok(self.text(nulls)?.map(|text| Flat { entry: self, text }))
    }

    pub(crate) fn text(&self, nulls: Nulls) -> Result<Option<FlatText<'_>>> {
        Ok(Some(match &self.value {
            Value::String(text) => FlatText::Borrowed(text),
            Value::Number(token) => FlatText::Borrowed(token),
            Value::Bool(true) => FlatText::Borrowed("true"),
            Value::Bool(false) => FlatText::Borrowed("false"),
            Value::Null => return self.nothing("null", nulls),
            // A container that is empty after flattening has nothing to be flattened to.
            Value::Array(items) if items.is_empty() && self.flattened => return self.nothing("an empty array", nulls),
            Value::Object(members) if members.is_empty() && self.flattened => {
                return self.nothing("an empty object", nulls);
            }
            nested => {
                let mut text = Zeroizing::new(String::with_capacity(json::compact_len(nested)));
                json::compact(nested, &mut text);
                FlatText::Owned(text)
            }
        }))
    }

    fn nothing(&self, what: &str, nulls: Nulls) -> Result<Option<FlatText<'_>>> {
        match nulls {
            Nulls::Omit => Ok(None),
            Nulls::Empty => Ok(Some(FlatText::Borrowed(""))),
            Nulls::Refuse => Err(self
                .failure(ErrorKind::Unrepresentable, format!("the value is {what}, which this format cannot hold"))
                .with_hint(
                    "`nulls: omit` leaves it out, `nulls: empty` writes an empty value, where the reader knows one",
                )
                .into()),
        }
    }
}
