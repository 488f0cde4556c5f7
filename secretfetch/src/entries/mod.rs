//! A structured secret as ordered names and values, ready to be written in a format.
//!
//! The order of work on one source is fixed: parse → flatten → `keys` → `keyStyle` → `prefix`; then the
//! sources of a file are merged. The check of names belongs to the format.

mod flatten;
mod selection;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Failure, Result};
use crate::json::{self, Value};
use crate::secret::{SecretId, SecretValue};

pub use flatten::Flattening;
pub(crate) use selection::find;
pub use selection::{KeyStyle, ParseKeyStyleError, Selection};

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

/// Ordered names and values, each name once.
///
/// ```
/// use secretfetch::{Entries, Flattening, Format, Nulls, SecretValue, Selection};
///
/// let secret = SecretValue::from_text(r#"{"user": "app", "db": {"port": 5432}}"#.to_owned());
/// let entries = Entries::from_secret(&secret, &Selection::default(), &Flattening::On { separator: ".".into() })?;
/// let rendered = Format::parse("properties", None)?.render(&entries, Nulls::Refuse)?;
/// assert_eq!(&rendered[..], b"user=app\ndb.port=5432\n");
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Entries {
    list: Vec<Entry>,
}

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

impl Entries {
    /// Reads a secret's text as a JSON object and selects its entries.
    ///
    /// # Errors
    /// [`WrongShape`](ErrorKind::WrongShape) if it is no JSON object,
    /// [`KeyNotFound`](ErrorKind::KeyNotFound) for a selected key that is not there, and
    /// [`Unrepresentable`](ErrorKind::Unrepresentable) where two entries would have one name.
    pub fn from_secret(value: &SecretValue, selection: &Selection, flattening: &Flattening) -> Result<Entries> {
        let list = match &selection.as_name {
            Some(name) => vec![whole(value, name)?],
            None => selection.apply(object(value)?, flattening)?,
        };
        Entries { list }.without_collisions()
    }

    /// Adds the secret's id to every entry, so that a later error can name it.
    #[must_use]
    pub fn with_secret_id(mut self, id: &SecretId) -> Self {
        let id = Arc::new(id.clone());
        for entry in &mut self.list {
            entry.secret_id = Some(id.clone());
        }
        self
    }

    /// Joins the entries of several sources, in order.
    ///
    /// # Errors
    /// [`Unrepresentable`](ErrorKind::Unrepresentable) where two sources have one name: neither may win silently.
    pub fn merge(parts: impl IntoIterator<Item = Entries>) -> Result<Entries> {
        Entries { list: parts.into_iter().flat_map(|part| part.list).collect() }.without_collisions()
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|entry| entry.name.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.list.iter()
    }

    /// The entries as a flat format sees them, every value a text; and those that have none, as failures.
    pub(crate) fn flat(&self, nulls: Nulls) -> (Vec<Flat<'_>>, Vec<Error>) {
        let mut flat = Vec::with_capacity(self.list.len());
        let mut errors = Vec::new();
        for entry in &self.list {
            match entry.text(nulls) {
                Ok(Some(text)) => flat.push(Flat { entry, text }),
                Ok(None) => {}
                Err(error) => errors.push(error),
            }
        }
        (flat, errors)
    }

    fn without_collisions(self) -> Result<Entries> {
        let mut first: HashMap<&str, &Entry> = HashMap::with_capacity(self.list.len());
        let mut errors = Vec::new();
        for entry in &self.list {
            let Some(other) = first.insert(&entry.name, entry) else { continue };
            let by = match &other.secret_id {
                Some(id) if other.secret_id != entry.secret_id => {
                    format!("secret {}", crate::text::quoted(id.as_str()))
                }
                _ => format!("key {}", crate::text::quoted(&other.key)),
            };
            let name = crate::text::quoted(&entry.name);
            let failure = entry
                .failure(ErrorKind::Unrepresentable, format!("the name {name} is also written by {by}"))
                .with_hint("rename one under `keys`, or set a `prefix`");
            errors.push(Error::from(failure));
        }
        drop(first);
        Error::join(errors).map_or(Ok(self), Err)
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
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
        let failure = Failure::new(kind, message).with_key(if self.key.is_empty() { &self.name } else { &self.key });
        match &self.secret_id {
            Some(id) => failure.with_secret_id(id),
            None => failure,
        }
    }

    fn text(&self, nulls: Nulls) -> Result<Option<FlatText<'_>>> {
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

/// The whole secret's text as one entry.
fn whole(value: &SecretValue, name: &str) -> Result<Entry> {
    Ok(Entry {
        name: name.to_owned(),
        value: Value::String(Zeroizing::new(value.expose_utf8()?.to_owned())),
        key: String::new(),
        named: true,
        flattened: false,
        secret_id: None,
    })
}

/// The members of the JSON object that the secret holds.
pub(crate) fn object(value: &SecretValue) -> Result<Vec<(String, Value)>> {
    let failure = |message: String| Failure::new(ErrorKind::WrongShape, message);
    match json::parse(value.expose_utf8()?) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(other) => Err(failure(format!("the content is {}, not a JSON object with keys", other.describe()))
            .with_hint("write it with `format: raw`, or name it with `as: NAME`")
            .into()),
        Err(error) => {
            let message = match error {
                json::ParseError::NotJson => "the content is a plain text, not a JSON object with keys".to_owned(),
                ref other => other.to_string(),
            };
            let mut failure = failure(message);
            if let Some(key) = error.key() {
                failure = failure.with_key(key);
            } else {
                failure = failure.with_hint("write it with `format: raw`, or name it with `as: NAME`");
            }
            Err(failure.into())
        }
    }
}
