//! What a login is taken from.

use crate::entries::{Entries, Entry, Flat, Nulls};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::json::Value;
use crate::text::{nearest, quoted};

/// One of a login's values.
pub(super) struct Field {
    /// The keys of which one has it, the usual one first.
    pub(super) keys: &'static [&'static str],
    pub(super) is_required: bool,
    /// Why the file's program would not get it back.
    pub(super) refuse: fn(&str) -> Option<&'static str>,
}

/// A secret's values, in the order of the fields.
pub(super) struct Login<'a> {
    fields: &'static [Field],
    values: Vec<Option<Flat<'a>>>,
}

impl Field {
    pub(super) const fn required(keys: &'static [&'static str], refuse: fn(&str) -> Option<&'static str>) -> Self {
        Field { keys, is_required: true, refuse }
    }

    pub(super) const fn optional(keys: &'static [&'static str], refuse: fn(&str) -> Option<&'static str>) -> Self {
        Field { keys, is_required: false, refuse }
    }

    fn take<'a>(&self, entries: &'a Entries, nulls: Nulls) -> Result<Option<Flat<'a>>> {
        let mut found = entries.iter().filter(|entry| self.keys.contains(&entry.name.as_str()));
        let Some(entry) = found.next() else {
            return if self.is_required { Err(self.missing(entries).into()) } else { Ok(None) };
        };
        let refused =
            |reason: &str, hint: &str| Err(entry.failure(ErrorKind::Unrepresentable, reason).with_hint(hint).into());
        if let Some(other) = found.next() {
            let reason = format!("{} says the same as this key", quoted(&other.name));
            return refused(&reason, "choose one of the two under `keys`");
        }
        if let Value::Array(_) | Value::Object(_) = entry.value {
            let reason = format!("the value is {}, not a text", entry.value.describe());
            return refused(&reason, "choose what is inside of it under `keys`");
        }
        let Some(Flat { text, .. }) = entry.flat(nulls)? else {
            return if self.is_required { Err(self.missing(entries).into()) } else { Ok(None) };
        };
        match (self.refuse)(&text) {
            Some(reason) => refused(reason, "change the value in the secret"),
            None => Ok(Some(Flat { entry, text })),
        }
    }

    fn missing(&self, entries: &Entries) -> Failure {
        let failure = Failure::new(ErrorKind::KeyNotFound, "the secret has no such key").with_key(self.keys[0]);
        let failure = match entries.iter().find_map(|entry| entry.secret_id.as_deref()) {
            Some(id) => failure.with_secret_id(id),
            None => failure,
        };
        let near = nearest(self.keys[0], entries.names());
        let did_you_mean = near.first().map_or_else(String::new, |near| format!("did you mean {}? ", quoted(near)));
        failure.with_hint(format!("{did_you_mean}`keys: {{{}: KEY, …}}` takes another one", self.keys[0]))
    }
}

impl<'a> Login<'a> {
    /// Takes of a secret what the fields ask for.
    pub(super) fn take(fields: &'static [Field], entries: &'a Entries, nulls: Nulls) -> Result<Self> {
        let (mut values, mut errors) = (Vec::with_capacity(fields.len()), Vec::new());
        for field in fields {
            match field.take(entries, nulls) {
                Ok(value) => values.push(value),
                Err(error) => errors.push(error),
            }
        }
        match Error::join(errors) {
            Some(error) => Err(error),
            None => Ok(Login { fields, values }),
        }
    }

    /// The text of the field whose usual key this is.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        let (_, value) = self.fields.iter().zip(&self.values).find(|(field, _)| field.keys[0] == key)?;
        value.as_ref().map(|value| &*value.text)
    }

    /// The text of a field that is required.
    pub(super) fn required(&self, key: &str) -> &str {
        self.text(key).unwrap_or_default()
    }

    /// A failure about this login, by its first value.
    pub(super) fn failure(&self, kind: ErrorKind, reason: &str) -> Failure {
        match self.values.iter().flatten().next() {
            Some(Flat { entry, .. }) => Entry::failure(entry, kind, reason),
            None => Failure::new(kind, reason),
        }
    }
}

/// Why a text is not a port.
pub(super) fn refuse_port(port: &str) -> Option<&'static str> {
    let is_plain = port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0');
    let is_port = is_plain && port.parse::<u16>().is_ok();
    (!is_port).then_some("the value is not a port: a number from 1 to 65535")
}
