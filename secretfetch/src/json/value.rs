use std::fmt;

use zeroize::Zeroizing;

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
