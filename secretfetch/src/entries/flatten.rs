//! Nested values to one level, with the names that Spring gives them.

use std::collections::HashSet;

use crate::bounds::{Bytes, NAMES};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::json::Value;

/// Whether nested objects and arrays become entries of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flattening {
    /// Nested values stay as they are (a flat format writes them as compact JSON).
    Off,
    /// Every leaf becomes an entry. With the separator `.` names are Spring's (`a.b`, `list[0]`); with
    /// any other, indexes are joined by it as well (`LIST_0`).
    On {
        /// What stands between the names of the levels.
        separator: String,
    },
}

/// The leaves of `members` by their path, in source order. An empty container is a leaf.
pub(super) fn flatten(members: Vec<(String, Value)>, separator: &str) -> Result<Vec<(String, Value)>> {
    let mut leaves = Vec::with_capacity(members.len());
    let mut names = Names::default();
    for (key, value) in members {
        descend(key, value, separator, &mut names, &mut leaves)?;
    }
    let mut seen = HashSet::with_capacity(leaves.len());
    let twice = leaves.iter().filter(|(path, _)| !seen.insert(path.as_str())).map(|(path, _)| {
        let failure =
            Failure::new(ErrorKind::Unrepresentable, "two values have this name once nested keys are flattened");
        Error::from(failure.with_key(path).with_hint("rename one in the secret, or set `flatten: false`"))
    });
    match Error::join(twice.collect::<Vec<_>>()) {
        Some(error) => Err(error),
        None => Ok(leaves),
    }
}

fn descend(
    path: String,
    value: Value,
    separator: &str,
    names: &mut Names,
    leaves: &mut Vec<(String, Value)>,
) -> Result<()> {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                descend(member_path(&path, &key, separator), value, separator, names, leaves)?;
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.into_iter().enumerate() {
                descend(item_path(&path, index, separator), item, separator, names, leaves)?;
            }
        }
        leaf => {
            names.add(&path)?;
            leaves.push((path, leaf));
        }
    }
    Ok(())
}

/// The length of all names together, which may be a thousand times that of the secret.
#[derive(Default)]
struct Names {
    bytes: usize,
}

impl Names {
    fn add(&mut self, name: &str) -> Result<()> {
        self.bytes += name.len();
        if self.bytes <= NAMES {
            return Ok(());
        }
        let what = format!("the names of its flattened keys have more than {} together", Bytes(NAMES as u64));
        Err(Failure::new(ErrorKind::Unrepresentable, what)
            .with_hint("set `flatten: false`, or choose some under `keys`")
            .into())
    }
}

/// As Spring's `YamlProcessor` builds it: a key that is an index itself (`[0]`) joins without a dot.
fn member_path(path: &str, key: &str, separator: &str) -> String {
    if separator == "." && key.starts_with('[') { format!("{path}{key}") } else { format!("{path}{separator}{key}") }
}

fn item_path(path: &str, index: usize, separator: &str) -> String {
    if separator == "." { format!("{path}[{index}]") } else { format!("{path}{separator}{index}") }
}

/// What `value` has in it, by the paths that Spring gives them below its own.
pub(super) fn nested<'p, 'v>(
    path: &'p str,
    value: &'v Value,
) -> impl Iterator<Item = (String, &'v Value)> + use<'p, 'v> {
    let (members, items): (&[(String, Value)], &[Value]) = match value {
        Value::Object(members) => (members, &[]),
        Value::Array(items) => (&[], items),
        _ => (&[], &[]),
    };
    let members = members.iter().map(|(key, value)| (member_path(path, key, "."), value));
    members.chain(items.iter().enumerate().map(|(index, item)| (item_path(path, index, "."), item)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn paths(text: &str, separator: &str) -> Result<Vec<String>> {
        let Value::Object(members) = parse(text).unwrap() else { panic!("no object") };
        Ok(flatten(members, separator)?.into_iter().map(|(path, _)| path).collect())
    }

    #[test]
    fn names_are_those_of_spring() {
        let text = r#"{"a":{"b":{"c":1},"[x]":2},"list":["p",{"q":3},[4]],"e":{},"f":[]}"#;
        let expected = ["a.b.c", "a[x]", "list[0]", "list[1].q", "list[2][0]", "e", "f"];
        assert_eq!(paths(text, ".").unwrap(), expected);
        assert_eq!(paths(r#"{"a":{"b":["x"]}}"#, "_").unwrap(), ["a_b_0"]);
    }

    #[test]
    fn leaves_that_meet_are_refused() {
        let error = paths(r#"{"a.b":1,"a":{"b":2}}"#, ".").unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::Unrepresentable, Some("a.b")));
    }
}
