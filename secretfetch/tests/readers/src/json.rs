//! A tree from JSON and to it, through serde_json.
//!
//! With its feature `raw_value`, which is why programs that only read go without: with it serde_json takes one name in an
//! object for something else.

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::tree::Tree;

impl Tree {
    /// One JSON text, level by level: serde_json only says where a value ends, so that no number is parsed.
    pub fn parse(text: &str) -> Result<Tree, String> {
        let error = |error: serde_json::Error| error.to_string();
        let raw: &RawValue = serde_json::from_str(text).map_err(error)?;
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let members = serde_json::Deserializer::from_str(text).deserialize_map(Members).map_err(error)?;
                Tree::Map(members.into_iter().map(|(name, raw)| Ok((name, Tree::parse(raw.get())?))).collect::<Result<
                    _,
                    String,
                >>(
                )?)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text).map_err(error)?;
                Tree::List(items.into_iter().map(|raw| Tree::parse(raw.get())).collect::<Result<_, _>>()?)
            }
            Some(b'"') => Tree::Text(serde_json::from_str(text).map_err(error)?),
            Some(b't') => Tree::Bool(true),
            Some(b'f') => Tree::Bool(false),
            Some(b'n') => Tree::Null,
            _ => Tree::Number(text.to_owned()),
        })
    }

    /// JSON with no blanks.
    pub fn compact(&self) -> String {
        match self {
            Tree::Null => "null".to_owned(),
            Tree::Bool(value) => value.to_string(),
            Tree::Number(token) => token.clone(),
            Tree::Text(text) => quoted(text),
            Tree::List(items) => format!("[{}]", items.iter().map(Tree::compact).collect::<Vec<_>>().join(",")),
            Tree::Map(members) => object(members),
        }
    }

    /// The text that a flat format holds.
    pub fn flat(&self) -> String {
        match self {
            Tree::Text(text) => text.clone(),
            other => other.compact(),
        }
    }
}

/// An object with no blanks.
pub fn object(members: &[(String, Tree)]) -> String {
    let members = members.iter().map(|(name, value)| format!("{}:{}", quoted(name), value.compact()));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}
