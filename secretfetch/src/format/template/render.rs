//! A template and entries to bytes: every slot is looked up and checked before anything is written.

use std::collections::HashSet;

use zeroize::Zeroizing;

use super::filter::{Filter, Takes};
use super::lookup::{Absent, Found, Lookup};
use super::slot::{Part, Slot};
use super::text::{MOST_HINTS, MOST_SHOWN, Template, no_entry};
use crate::entries::{Entries, Nulls};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::format::hint::CHANGE_THE_VALUE;
use crate::format::write::exact_raw_bytes;
use crate::json::Value;

/// What stands for a slot, checked.
enum Token<'a> {
    Bytes(&'a [u8]),
    Text(&'a str),
    Value(&'a Value),
}

/// A template that was filled.
pub(crate) struct Filled {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// That entries are in no slot, if some are not.
    pub(crate) unused: Option<String>,
}

impl Template {
    /// Writes the text with every slot filled.
    ///
    /// # Errors
    /// [`ErrorKind::KeyNotFound`] for a name that nothing has, [`ErrorKind::Unrepresentable`] for a value that the reader of
    /// a slot's place would not get back: all of them at once.
    pub(crate) fn fill(&self, entries: &Entries, nulls: Nulls) -> Result<Filled> {
        let mut lookup = Lookup::of(entries);
        let mut tokens = Vec::with_capacity(self.slots().count());
        let mut used = HashSet::with_capacity(entries.len());
        let mut errors = Vec::new();
        for slot in self.slots() {
            let token = match lookup.find(&slot.name) {
                Ok(found) => {
                    used.insert(found.entry.name.as_str());
                    token(slot, found, entries, nulls).map_err(|reason| refused(slot, found, reason))
                }
                Err(absent) => Err(missing(slot, &absent, entries, errors.len() < MOST_HINTS)),
            };
            match token {
                Ok(token) => tokens.push(token),
                Err(failure) => errors.push(Error::from(failure)),
            }
        }
        if let Some(error) = Error::join(errors) {
            return Err(error);
        }
        let bytes = exact_raw_bytes(|out| {
            let mut tokens = tokens.iter();
            for part in self.parts() {
                match part {
                    Part::Text(range) => out(&self.text().as_bytes()[range.clone()]),
                    Part::Slot(slot) => {
                        if let Some(token) = tokens.next() {
                            write(token, slot.filter, out);
                        }
                    }
                }
            }
        })?;
        let unused: Vec<&str> = entries.names().filter(|name| !used.contains(name)).collect();
        Ok(Filled { bytes, unused: told(&unused) })
    }
}

fn told(unused: &[&str]) -> Option<String> {
    let shown: Vec<String> = unused.iter().take(MOST_SHOWN).map(|name| crate::text::quoted(name)).collect();
    match unused.len().saturating_sub(MOST_SHOWN) {
        _ if unused.is_empty() => None,
        0 => Some(format!("no slot of the template uses {}", shown.join(", "))),
        more => Some(format!("no slot of the template uses {} and {more} more entries", shown.join(", "))),
    }
}

fn write(token: &Token<'_>, filter: &Filter, out: &mut dyn FnMut(&[u8])) {
    let mut text_out = |text: &str| out(text.as_bytes());
    match (token, &filter.takes) {
        (Token::Bytes(bytes), Takes::Bytes { write }) => write(bytes, out),
        (Token::Text(text), Takes::Bytes { write }) => write(text.as_bytes(), out),
        (Token::Text(text), Takes::Text { write, .. } | Takes::Scalar { write, .. }) => write(text, &mut text_out),
        (Token::Value(value), Takes::Tree { write, .. }) => write(value, &mut text_out),
        // Of a filter that writes no values of their own, one stands as it is.
        (Token::Value(value), _) => text_of(value).into_iter().for_each(text_out),
        // No other filter takes bytes, and none that takes values a text.
        (Token::Bytes(_) | Token::Text(_), _) => {}
    }
}

/// Why a value cannot stand in a slot, and what to do.
type Reason = (String, String);

fn token<'a>(slot: &Slot, found: Found<'a>, entries: &'a Entries, nulls: Nulls) -> Result<Token<'a>, Reason> {
    let because = |reason: &'static str| (reason.to_owned(), CHANGE_THE_VALUE.to_owned());
    let exact = entries.exact_bytes(&found.entry.name).filter(|_| !found.is_nested());
    let Found { value, .. } = found;
    if let Some(bytes) = exact.filter(|bytes| std::str::from_utf8(bytes).is_err()) {
        return match slot.filter.takes {
            Takes::Bytes { .. } => Ok(Token::Bytes(bytes)),
            _ => Err(("the value is not UTF-8".to_owned(), "only `raw` and `base64` write such a value".to_owned())),
        };
    }
    if let Takes::Tree { refuse, .. } = slot.filter.takes {
        return refuse(value).map_or(Ok(Token::Value(value)), |reason| Err(because(reason)));
    }
    let text = match (value, text_of(value)) {
        (_, Some(text)) => text,
        (Value::Null, _) if nulls == Nulls::Empty => "",
        (Value::Null, _) => {
            let hint = "`nulls: empty` writes an empty value; the filters `json` and `yaml` have a null";
            return Err((format!("the value is null, which `{}` cannot hold", slot.filter.name), hint.to_owned()));
        }
        (nested, _) => {
            let (what, written) = (nested.describe(), slot.name.written());
            let inner =
                if matches!(nested, Value::Array(_)) { format!("{written}[0]") } else { format!("{written}.KEY") };
            let hint = format!("name a value in it (`{inner}`), or write all of it with `json` or `yaml`");
            return Err((format!("the value is {what}, which `{}` cannot hold", slot.filter.name), hint));
        }
    };
    match (&slot.filter.takes, value) {
        (Takes::Scalar { refuse_number, .. }, Value::Number(token)) => {
            refuse_number(token).map_or(Ok(Token::Value(value)), |reason| Err(because(reason)))
        }
        (Takes::Scalar { .. }, Value::Bool(_)) => Ok(Token::Value(value)),
        (Takes::Text { refuse, .. }, _) => refuse(text).map_or(Ok(Token::Text(text)), |reason| Err(because(reason))),
        _ => Ok(Token::Text(text)),
    }
}

/// What has a text by itself.
fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) | Value::Number(text) => Some(text),
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn refused(slot: &Slot, found: Found<'_>, (reason, hint): Reason) -> Failure {
    let failure = found.entry.failure(ErrorKind::Unrepresentable, slot.place.about(&reason)).with_hint(hint);
    if found.is_nested() { failure.with_key(slot.name.written()) } else { failure }
}

fn missing(slot: &Slot, absent: &Absent<'_>, entries: &Entries, with_hint: bool) -> Failure {
    let (place, written) = (slot.place, slot.name.written());
    match absent {
        Absent::Missing(None) => {
            let names: Vec<&str> = if with_hint { entries.names().collect() } else { Vec::new() };
            no_entry(written, &names, with_hint).into_failure(ErrorKind::KeyNotFound, place)
        }
        Absent::Missing(Some(entry)) => {
            let failure = entry.failure(
                ErrorKind::KeyNotFound,
                place.about(&format!("there is no value at {}", crate::text::quoted(written))),
            );
            let inner: Vec<&str> = match &entry.value {
                Value::Object(members) => members.iter().map(|(key, _)| key.as_str()).collect(),
                _ => Vec::new(),
            };
            let wanted = written.rsplit('.').next().unwrap_or(written);
            let near = crate::text::nearest(wanted, inner).into_iter().next();
            match near.filter(|_| with_hint) {
                Some(near) => failure.with_hint(format!("did you mean {}?", crate::text::quoted(near))),
                None => failure,
            }
        }
        Absent::Twice => {
            let message = place.about(&format!("two values are at {}", crate::text::quoted(written)));
            let hint = "put keys that have dots in them between double quotes";
            Failure::new(ErrorKind::Unrepresentable, message).with_hint(hint)
        }
    }
}
