//! Which of a secret's keys become entries, and under which names.

use std::str::FromStr;

use super::entry::Entry;
use super::flatten::{Flattening, flatten, nested};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::json::Value;

/// Which entries a source contributes, and what they are called. The default is all, unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// `(target, source)`: only these keys, by their flattened path, under these names. Empty: all keys.
    pub keys: Vec<(String, String)>,
    /// How names are respelled; names under `keys` stay as they are written there.
    pub key_style: KeyStyle,
    /// What every name is prefixed with.
    pub prefix: String,
    /// The one entry that a plain-text secret becomes; excludes the other options.
    pub as_name: Option<String>,
}

impl Selection {
    /// All entries, unchanged.
    pub const ALL: Selection =
        Selection { keys: Vec::new(), key_style: KeyStyle::AsIs, prefix: String::new(), as_name: None };

    /// The whole secret under one name.
    pub fn whole_as(name: impl Into<String>) -> Self {
        Selection { as_name: Some(name.into()), ..Selection::default() }
    }

    pub(super) fn apply(&self, members: Vec<(String, Value)>, flattening: &Flattening) -> Result<Vec<Entry>> {
        let members = match flattening {
            Flattening::On { separator } => flatten(members, separator)?,
            Flattening::Off => members,
        };
        let flattened = *flattening != Flattening::Off;
        let entry = |name: &str, key: String, value: Value, named: bool| Entry {
            name: format!("{}{name}", self.prefix),
            value,
            key,
            named,
            flattened,
            secret_id: None,
        };
        if self.keys.is_empty() {
            let restyled = |(key, value): (String, Value)| entry(&self.key_style.apply(&key), key, value, false);
            return Ok(members.into_iter().map(restyled).collect());
        }
        let mut entries = Vec::with_capacity(self.keys.len());
        let mut errors = Vec::new();
        for (target, source) in &self.keys {
            match look_up(&members, source) {
                Ok(value) => entries.push(entry(target, source.clone(), value.clone(), true)),
                Err(Absent::Twice) => errors.push(twice(source)),
                Err(Absent::Missing) => errors.push(missing(source, &members, errors.len() < MOST_HINTS)),
            }
        }
        Error::join(errors).map_or(Ok(entries), Err)
    }
}

/// The value at `path`: a key of that very name, or else the one nested value with that flattened path.
pub(crate) fn find<'a>(members: &'a [(String, Value)], path: &str) -> Result<&'a Value> {
    look_up(members, path).map_err(|absent| match absent {
        Absent::Twice => twice(path),
        Absent::Missing => missing(path, members, true),
    })
}

/// Why there is no value at a path.
enum Absent {
    Missing,
    Twice,
}

fn look_up<'a>(members: &'a [(String, Value)], path: &str) -> Result<&'a Value, Absent> {
    if let Some((_, value)) = members.iter().find(|(key, _)| key == path) {
        return Ok(value);
    }
    let mut found = Vec::new();
    for (key, value) in members {
        find_nodes(key.clone(), value, path, &mut found);
    }
    match found.as_slice() {
        [value] => Ok(value),
        [] => Err(Absent::Missing),
        _ => Err(Absent::Twice),
    }
}

fn twice(path: &str) -> Error {
    let failure = Failure::new(ErrorKind::Unrepresentable, "two nested values have this path");
    failure.with_key(path).with_hint("rename one in the secret").into()
}

/// Everything with this path; only what begins like it is looked into.
fn find_nodes<'a>(path: String, value: &'a Value, wanted: &str, found: &mut Vec<&'a Value>) {
    if !wanted.starts_with(&path) {
        return;
    }
    if path == wanted {
        found.push(value);
    }
    for (path, value) in nested(&path, value) {
        find_nodes(path, value, wanted, found);
    }
}

/// Paths of nested values, as far as a hint needs them.
fn list_paths(path: String, value: &Value, room: &mut usize, paths: &mut Vec<String>) {
    let Some(left) = room.checked_sub(path.len() + 1) else {
        *room = 0;
        return;
    };
    *room = left;
    for (path, value) in nested(&path, value) {
        list_paths(path, value, room, paths);
    }
    paths.push(path);
}

/// For how many missing keys of one source the nearest is looked for: each is compared with all that are there.
const MOST_HINTS: usize = 20;

/// What is looked through for a hint, in bytes of names.
const HINT_ROOM: usize = 256 << 10;

fn missing(path: &str, members: &[(String, Value)], with_hint: bool) -> Error {
    let failure = Failure::new(ErrorKind::KeyNotFound, "the secret has no such key").with_key(path);
    if !with_hint {
        return failure.into();
    }
    let (mut room, mut paths) = (HINT_ROOM, Vec::new());
    for (key, value) in members {
        list_paths(key.clone(), value, &mut room, &mut paths);
    }
    let present = paths.iter().map(String::as_str);
    let quote = |names: Vec<&str>| names.into_iter().map(crate::text::quoted).collect::<Vec<_>>().join(", ");
    let near = crate::text::nearest(path, present.clone());
    let hint = if near.is_empty() {
        let some: Vec<&str> = present.clone().take(10).collect();
        match (some.len(), present.count()) {
            (0, _) => "the secret's object is empty".to_owned(),
            (shown, all) if shown == all && room > 0 => format!("its keys are {}", quote(some)),
            (_, all) => format!("it has {all} keys, among them {}", quote(some)),
        }
    } else {
        format!("did you mean {}?", quote(near))
    };
    failure.with_hint(hint).into()
}

/// How names are respelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyStyle {
    /// As they stand in the secret.
    #[default]
    AsIs,
    /// `db.password`, `db-password` and `dbPassword` become `DB_PASSWORD`.
    UpperSnake,
}

impl KeyStyle {
    pub(crate) fn apply(self, name: &str) -> String {
        match self {
            KeyStyle::AsIs => name.to_owned(),
            KeyStyle::UpperSnake => upper_snake(name),
        }
    }
}

fn upper_snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut styled = String::with_capacity(name.len() + 4);
    for (index, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            // A run of separators is one underscore; one at the end (`list[0]`) is none.
            if c == '_' || (!styled.ends_with('_') && chars[index..].iter().any(|c| c.is_alphanumeric())) {
                styled.push('_');
            }
            continue;
        }
        let before = index.checked_sub(1).map(|i| chars[i]);
        let after = chars.get(index + 1);
        let starts_word = c.is_uppercase()
            && before.is_some_and(|b| {
                b.is_lowercase() || b.is_numeric() || (b.is_uppercase() && after.is_some_and(|a| a.is_lowercase()))
            });
        if starts_word {
            styled.push('_');
        }
        styled.extend(c.to_uppercase());
    }
    styled
}

impl FromStr for KeyStyle {
    type Err = ParseKeyStyleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "as-is" => Ok(KeyStyle::AsIs),
            "upper-snake" => Ok(KeyStyle::UpperSnake),
            _ => Err(ParseKeyStyleError(crate::text::quoted(text))),
        }
    }
}

/// The text is not the name of a key style.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0} is not a key style (`as-is`, `upper-snake`)")]
pub struct ParseKeyStyleError(String);

crate::error::is_config_error!(ParseKeyStyleError);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn apply(selection: &Selection, text: &str) -> Result<Vec<(String, bool)>> {
        let Value::Object(members) = parse(text).unwrap() else { panic!("no object") };
        let entries = selection.apply(members, &Flattening::Off)?;
        Ok(entries.into_iter().map(|entry| (entry.name, entry.named)).collect())
    }

    #[test]
    fn upper_snake_splits_words() {
        for (name, styled) in [
            ("db.password", "DB_PASSWORD"),
            ("dbPassword", "DB_PASSWORD"),
            ("DBPassword", "DB_PASSWORD"),
            ("db-pass word", "DB_PASS_WORD"),
            ("list[0].x", "LIST_0_X"),
            ("list[0]", "LIST_0"),
            ("_private", "_PRIVATE"),
            ("a__b", "A__B"),
            ("URL", "URL"),
        ] {
            assert_eq!(upper_snake(name), styled, "{name}");
        }
    }

    #[test]
    fn keys_are_renamed_but_not_restyled() {
        let selection = Selection {
            keys: vec![("dbUser".into(), "user".into()), ("Port".into(), "db.port".into())],
            key_style: KeyStyle::UpperSnake,
            prefix: "APP_".into(),
            as_name: None,
        };
        let entries = apply(&selection, r#"{"user":"u","db":{"port":1},"other":2}"#).unwrap();
        assert_eq!(entries, [("APP_dbUser".into(), true), ("APP_Port".into(), true)]);
    }

    #[test]
    fn a_missing_key_names_the_nearest() {
        let selection = Selection { keys: vec![("A".into(), "usrname".into())], ..Selection::default() };
        let error = apply(&selection, r#"{"username":"u","password":"p"}"#).unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::KeyNotFound, Some("usrname")));
        assert!(error.hint().unwrap().contains("`username`"), "{error}");
    }

    #[test]
    fn an_ambiguous_path_is_refused() {
        let selection = Selection { keys: vec![("A".into(), "x.a.b".into())], ..Selection::default() };
        assert!(apply(&selection, r#"{"x":{"a.b":1,"a":{"b":2}}}"#).is_err());
    }
}
