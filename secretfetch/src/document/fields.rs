//! The fields of one map of a document: each read as its type, and every mistake noted with its line.

use std::borrow::Cow;
use std::str::FromStr;

use super::tree::{Node, Value, at};
use crate::error::Failure;

/// The fields of one map, and where to note what is wrong with them.
pub(crate) struct Fields<'a, 'm> {
    members: &'a [(String, Node)],
    what: Cow<'static, str>,
    line: usize,
    pub(crate) mistakes: &'m mut Vec<Failure>,
}

impl<'a, 'm> Fields<'a, 'm> {
    pub(crate) fn of(node: &'a Node, what: impl Into<Cow<'static, str>>, mistakes: &'m mut Vec<Failure>) -> Self {
        let what = what.into();
        let members = match &node.value {
            Value::Map(members) => members.as_slice(),
            _ => {
                mistakes.push(at(node.line, format!("{what} is a map of fields (`name: value`)")));
                &[]
            }
        };
        Fields { members, what, line: node.line, mistakes }
    }

    /// Notes every field that is in none of the tables, with the nearest that is.
    pub(crate) fn only(&mut self, tables: &[&[&str]]) {
        let known: Vec<&str> = tables.concat();
        for (name, node) in self.members.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            let message = format!("{} has no field {}", self.what, crate::text::quoted(name));
            let hint = match crate::text::nearest(name, known.iter().copied()).first() {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its fields are {}", known.join(", ")),
            };
            self.mistakes.push(at(node.line, message).with_hint(hint));
        }
    }

    pub(crate) fn node(&self, field: &str) -> Option<&'a Node> {
        self.members.iter().find(|(name, _)| name == field).map(|(_, node)| node)
    }

    pub(crate) fn mistake(&mut self, field: &str, message: impl AsRef<str>) {
        let line = self.node(field).map_or(self.line, |node| node.line);
        self.mistakes.push(at(line, message));
    }

    pub(crate) fn text(&mut self, field: &str) -> Option<&'a str> {
        match &self.node(field)?.value {
            Value::Scalar { text, .. } => Some(text),
            Value::Null => {
                self.mistake(field, format!("`{field}` has no value"));
                None
            }
            _ => {
                self.mistake(field, format!("`{field}` is one value, not a list or map"));
                None
            }
        }
    }

    pub(crate) fn required(&mut self, field: &str) -> Option<&'a str> {
        if self.node(field).is_none() {
            self.mistake(field, format!("{} needs a `{field}`", self.what));
        }
        self.text(field)
    }

    pub(crate) fn parse<T: FromStr<Err: ToString>>(&mut self, field: &str) -> Option<T> {
        match self.text(field)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.mistake(field, format!("`{field}`: {}", error.to_string()));
                None
            }
        }
    }

    pub(crate) fn flag(&mut self, field: &str) -> Option<bool> {
        match self.text(field)? {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                self.mistake(field, format!("`{field}` is `true` or `false`"));
                None
            }
        }
    }

    /// The text of a field that must stand between quotes, because it is another number to each version of YAML.
    pub(crate) fn quoted(&mut self, field: &str, why: impl FnOnce(&str) -> String) -> Option<&'a str> {
        if let Some(Node { value: Value::Scalar { quoted: false, text }, .. }) = self.node(field) {
            let message = why(text);
            self.mistake(field, message);
            return None;
        }
        self.text(field)
    }

    /// The names of the fields that are there.
    pub(crate) fn names(&self) -> Vec<&'a str> {
        self.members.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The line that the map begins on.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    pub(crate) fn list(&mut self, field: &str) -> &'a [Node] {
        match self.node(field).map(|node| &node.value) {
            Some(Value::List(items)) => {
                if items.is_empty() {
                    self.mistake(field, format!("`{field}` is an empty list"));
                }
                items
            }
            Some(_) => {
                self.mistake(field, format!("`{field}` is a list (each item starts with `-`)"));
                &[]
            }
            None => &[],
        }
    }

    /// A map of texts, or a list of names that stay as they are.
    pub(crate) fn pairs(&mut self, field: &str) -> Vec<(String, String)> {
        let Some(node) = self.node(field) else { return Vec::new() };
        let scalar = |node: &Node| match &node.value {
            Value::Scalar { text, .. } => Some(text.clone()),
            _ => None,
        };
        let pairs: Option<Vec<_>> = match &node.value {
            Value::Map(members) => members.iter().map(|(name, node)| Some((name.clone(), scalar(node)?))).collect(),
            Value::List(items) => items.iter().map(|node| scalar(node).map(|name| (name.clone(), name))).collect(),
            _ => None,
        };
        match pairs {
            Some(pairs) if !pairs.is_empty() => pairs,
            _ => {
                self.mistake(field, format!("`{field}` is a map `TARGET: SOURCE` of names to keys, not empty"));
                Vec::new()
            }
        }
    }
}
