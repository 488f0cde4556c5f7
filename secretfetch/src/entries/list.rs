use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::entry::{Entry, Flat, Nulls};
use super::flatten::Flattening;
use super::object::object;
use super::selection::Selection;
use crate::error::{Error, ErrorKind, Result};
use crate::json::Value;
use crate::secret::{SecretId, SecretValue};

/// Ordered names and values, each name once.
///
/// ```
/// use secretfetch::{Entries, Flattening, Format, Nulls, SecretValue, Selection};
///
/// let secret = SecretValue::from_text(r#"{"user": "app", "db": {"port": 5432}}"#.to_owned());
/// let entries = Entries::from_secret(&secret, &Selection::default(), &Flattening::On { separator: ".".into() })?;
/// let rendered = Format::parse("properties", None)?.render(&entries, Nulls::Refuse)?;
/// assert_eq!(rendered.expose_file(), Some(&b"user=app\ndb.port=5432\n"[..]));
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Entries {
    list: Vec<Entry>,
    /// By the entries' names, what is written where any bytes can be: of few entries, if of any.
    exact: BTreeMap<String, SecretValue>,
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
            Some(name) => vec![named(value.expose_utf8()?, name)],
            None => selection.apply(object(value)?, flattening)?,
        };
        Entries::exact(list, BTreeMap::new())
    }

    /// A secret under one name, for what can write any bytes.
    pub(crate) fn whole(value: &SecretValue, name: &str) -> Result<Entries> {
        let text = value.expose_utf8().unwrap_or_default();
        Entries::exact(vec![named(text, name)], BTreeMap::from([(name.to_owned(), value.clone())]))
    }

    /// These entries, with what is written of some of them where any bytes can be.
    pub(super) fn exact(list: Vec<Entry>, exact: BTreeMap<String, SecretValue>) -> Result<Entries> {
        Entries { list, exact }.without_collisions()
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
        let mut all = Entries::default();
        for part in parts {
            all.list.extend(part.list);
            all.exact.extend(part.exact);
        }
        all.without_collisions()
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

    /// The bytes of the entry with this name, if they are others than those of its text.
    pub(crate) fn exact_bytes(&self, name: &str) -> Option<&[u8]> {
        self.exact.get(name).map(SecretValue::expose_bytes)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.list.iter()
    }

    /// The entries as a flat format sees them, every value a text; and those that have none, as failures.
    pub(crate) fn flat(&self, nulls: Nulls) -> (Vec<Flat<'_>>, Vec<Error>) {
        let mut flat = Vec::with_capacity(self.list.len());
        let mut errors = Vec::new();
        for entry in &self.list {
            match entry.flat(nulls) {
                Ok(written) => flat.extend(written),
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

/// Names and texts that come from elsewhere than a secret; of two of one name the later one stays, as in a map.
///
/// ```
/// use secretfetch::{Entries, Format, Nulls};
/// let entries: Entries = [("USER", "app"), ("PORT", "5432")].into_iter().collect();
/// let env = Format::parse("env", Some("docker"))?.render(&entries, Nulls::Refuse)?;
/// assert_eq!(env.expose_file(), Some(&b"USER=app\nPORT=5432\n"[..]));
/// # Ok::<(), secretfetch::Error>(())
/// ```
impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Entries {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut list: Vec<Entry> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (name, value) in pairs {
            let name = name.into();
            let value = Value::String(Zeroizing::new(value.into()));
            match places.get(&name) {
                Some(&place) => list[place].value = value,
                None => {
                    places.insert(name.clone(), list.len());
                    let key = name.clone();
                    list.push(Entry { name, value, key, named: false, flattened: false, secret_id: None });
                }
            }
        }
        Entries { list, exact: BTreeMap::new() }
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// The whole secret's text as one entry.
fn named(text: &str, name: &str) -> Entry {
    Entry {
        name: name.to_owned(),
        value: Value::String(Zeroizing::new(text.to_owned())),
        key: String::new(),
        named: true,
        flattened: false,
        secret_id: None,
    }
}
