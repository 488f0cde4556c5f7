//! Secrets that were found together, as one object: name → value.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::flatten::Flattening;
use super::list::Entries;
use super::selection::Selection;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::json::{self, ParseError, Value};
use crate::secret::{Encoding, SecretId, SecretValue};

/// One of them.
pub(crate) struct FoundSecret {
    /// Its name in the object.
    pub(crate) name: String,
    pub(crate) id: SecretId,
    pub(crate) value: SecretValue,
}

/// What an object of found secrets gives: its entries, and of which of the secrets each is.
pub(crate) struct FoundEntries {
    pub(crate) entries: Entries,
    pub(crate) origins: Vec<usize>,
}

impl FoundEntries {
    /// Reads the secrets that the selection takes, and no others.
    ///
    /// With `is_exact`, what writes the entries can write any bytes: a whole secret keeps its own, be it binary or the text
    /// of an object.
    ///
    /// # Errors
    /// As [`Entries::from_secret`]; and for a binary secret that cannot be written.
    pub(crate) fn of(
        found: &[FoundSecret],
        decode: Option<Encoding>,
        selection: &Selection,
        flattening: &Flattening,
        is_exact: bool,
    ) -> Result<FoundEntries> {
        let taken = Taken::of(found, &selection.keys, flattening);
        let mut members = Vec::with_capacity(found.len());
        let mut contents = Vec::with_capacity(if is_exact { found.len() } else { 0 });
        let mut errors = Vec::new();
        for (place, secret) in found.iter().enumerate() {
            let read = if taken.has(place) { secret.read(decode, is_exact) } else { Ok((Value::Null, None)) };
            let (value, content) = read.unwrap_or_else(|error| {
                errors.push(error.map_failures(|failure| failure.with_secret_id(&secret.id)));
                (Value::Null, None)
            });
            members.push((secret.name.clone(), value));
            if is_exact {
                contents.push(content);
            }
        }
        if let Some(error) = Error::join(errors) {
            return Err(error);
        }
        let origins = match &taken {
            Taken::Some { by_key, .. } => by_key.clone(),
            Taken::All => members
                .iter()
                .enumerate()
                .flat_map(|(place, (_, value))| {
                    let entries = if *flattening == Flattening::Off { 1 } else { leaves(value) };
                    std::iter::repeat_n(place, entries)
                })
                .collect(),
        };
        let mut list = selection.apply(members, flattening)?;
        let ids: Vec<_> = found.iter().map(|secret| Arc::new(secret.id.clone())).collect();
        let mut exact = BTreeMap::new();
        for (entry, &origin) in list.iter_mut().zip(&origins) {
            entry.secret_id = ids.get(origin).cloned();
            let is_whole = found.get(origin).is_some_and(|secret| secret.name == entry.key);
            if let (true, Some(Some(content))) = (is_whole, contents.get(origin)) {
                exact.insert(entry.name.clone(), content.clone());
            }
        }
        Ok(FoundEntries { entries: Entries::exact(list, exact)?, origins })
    }
}

impl FoundSecret {
    /// Its value in the object, and where bytes are written what it is to the byte.
    fn read(&self, decode: Option<Encoding>, is_exact: bool) -> Result<(Value, Option<SecretValue>)> {
        if self.name.is_empty() {
            let failure =
                Failure::new(ErrorKind::Unrepresentable, "its name is the prefix itself, which leaves no name");
            return Err(failure.with_hint("end the prefix with `/`, or name the secret by `secretId`").into());
        }
        let content = match decode {
            Some(encoding) => encoding.decode(&self.value)?,
            None => self.value.clone(),
        };
        let value = match content.expose_utf8() {
            Ok(text) => object_or_text(text, is_exact)?,
            // What is written of it is the content.
            Err(_) if is_exact => Value::String(Zeroizing::new(String::new())),
            Err(error) => {
                let hint = "only `format: files` without a dialect writes such content; choose others under `keys`";
                return Err(error.map_failures(|failure| failure.with_hint(hint)));
            }
        };
        Ok((value, is_exact.then_some(content)))
    }
}

/// An object, if the text is one, and the text otherwise: `12` and `true` are passwords as well.
fn object_or_text(text: &str, is_exact: bool) -> Result<Value> {
    let as_text = || Value::String(Zeroizing::new(text.to_owned()));
    if !text.trim_start().starts_with('{') {
        return Ok(as_text());
    }
    match json::parse(text) {
        Ok(object) => Ok(object),
        Err(ParseError::NotJson | ParseError::Syntax { .. }) => Ok(as_text()),
        Err(_) if is_exact => Ok(as_text()),
        // It is an object, and none that can be written as what it is.
        Err(error) => {
            let failure = Failure::new(ErrorKind::WrongShape, error.to_string());
            Err(match error.key() {
                Some(key) => failure.with_key(key),
                None => failure,
            }
            .into())
        }
    }
}

/// Which secrets a selection takes something of.
enum Taken {
    All,
    Some {
        /// For each of its keys, the place of the secret that has it; beyond all of them where none has it.
        by_key: Vec<usize>,
        /// For each of the secrets, whether a key is in it.
        taken: Vec<bool>,
    },
}

impl Taken {
    fn of(found: &[FoundSecret], keys: &[(String, String)], flattening: &Flattening) -> Self {
        if keys.is_empty() {
            return Taken::All;
        }
        let places: HashMap<&str, usize> =
            found.iter().enumerate().map(|(place, secret)| (secret.name.as_str(), place)).collect();
        let separator = match flattening {
            Flattening::On { separator } => separator,
            Flattening::Off => ".",
        };
        let has = |path: &str| {
            places.get(path).copied().or_else(|| {
                // A key inside of a secret: that of the longest name before it.
                let inside = |secret: &FoundSecret| {
                    let rest = path.strip_prefix(&*secret.name);
                    rest.is_some_and(|rest| rest.starts_with(separator) || rest.starts_with('['))
                };
                let within = found.iter().enumerate().filter(|(_, secret)| inside(secret));
                within.max_by_key(|(_, secret)| secret.name.len()).map(|(place, _)| place)
            })
        };
        let by_key: Vec<usize> = keys.iter().map(|(_, path)| has(path).unwrap_or(found.len())).collect();
        let mut taken = vec![false; found.len() + 1];
        by_key.iter().for_each(|&place| taken[place] = true);
        Taken::Some { by_key, taken }
    }

    fn has(&self, place: usize) -> bool {
        match self {
            Taken::All => true,
            Taken::Some { taken, .. } => taken[place],
        }
    }
}

/// How many entries flattening makes of a value.
fn leaves(value: &Value) -> usize {
    match value {
        Value::Object(members) if !members.is_empty() => members.iter().map(|(_, value)| leaves(value)).sum(),
        Value::Array(items) if !items.is_empty() => items.iter().map(leaves).sum(),
        _ => 1,
    }
}
