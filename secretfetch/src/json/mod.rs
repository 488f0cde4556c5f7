//! JSON as secrets need it: source order, duplicates seen, number tokens kept, values wiped on drop.
//!
//! serde_json's own tree is not exact enough here: it drops duplicate keys, and rewrites `1e400` to
//! `1e+400` even with `arbitrary_precision`.

mod de;
mod parse;
mod write;

use std::fmt;

use zeroize::Zeroizing;

pub(crate) use de::from_value;
pub(crate) use parse::{ParseError, parse};
pub(crate) use write::{compact, compact_len, write, write_string};

/// One JSON value; numbers are the characters that stood in the source.
#[derive(Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Zeroizing<String>),
    String(Zeroizing<String>),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

impl Value {
    /// What the value is, for messages.
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Object(members) => f.debug_set().entries(members.iter().map(|(key, _)| key)).finish(),
            other => write!(f, "{} [REDACTED]", other.describe()),
        }
    }
}
