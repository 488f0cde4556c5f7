//! From a JSON value to a type of the caller, with errors that name the field and never the value.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::value::Value;

/// Builds a `T` from the value.
pub(crate) fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, FieldError> {
    T::deserialize(value)
}

/// A field that does not fit the type. Its text has names and types, nothing of the value.
#[derive(Debug)]
pub(crate) struct FieldError {
    path: String,
    problem: String,
    missing: Option<String>,
}

impl FieldError {
    fn new(problem: impl Into<String>) -> Self {
        FieldError { path: String::new(), problem: problem.into(), missing: None }
    }

    fn inside(mut self, step: &str) -> Self {
        let joint = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{step}{joint}{}", self.path);
        self
    }

    /// Where the field is (`replicas[0].port`); empty for the secret as a whole.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The field that is not there, if that is the problem.
    pub(crate) fn missing_field(&self) -> Option<&str> {
        self.missing.as_deref()
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for FieldError {}

impl de::Error for FieldError {
    /// The text is the type's own and may quote the value (`invalid digit in "hunter2"`): it is dropped.
    fn custom<T: fmt::Display>(_message: T) -> Self {
        FieldError::new("the type does not accept this value")
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        FieldError::new(format!("expected {expected}, found {}", kind_of(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        FieldError::new(format!("expected {expected}, found {} that is not one", kind_of(found)))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        FieldError::new(format!("expected {expected}, found {length} elements"))
    }

    fn unknown_variant(_variant: &str, expected: &'static [&'static str]) -> Self {
        FieldError::new(format!("expected one of {}", expected.join(", ")))
    }

    fn unknown_field(field: &str, _expected: &'static [&'static str]) -> Self {
        FieldError::new("the type has no such field").inside(field)
    }

    fn missing_field(field: &'static str) -> Self {
        let mut error = FieldError::new("the field is missing").inside(field);
        error.missing = Some(field.to_owned());
        error
    }

    fn duplicate_field(field: &'static str) -> Self {
        FieldError::new("the field stands twice").inside(field)
    }
}

fn kind_of(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) | Unexpected::Bytes(_) => "a string",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "an array",
        Unexpected::Map => "an object",
        _ => "another type",
    }
}

fn number<'de, V: Visitor<'de>>(token: &str, visitor: V) -> Result<V::Value, FieldError> {
    if let Ok(n) = token.parse::<u64>() {
        visitor.visit_u64(n)
    } else if let Ok(n) = token.parse::<i64>() {
        visitor.visit_i64(n)
    } else if let Ok(n) = token.parse::<u128>() {
        visitor.visit_u128(n)
    } else if let Ok(n) = token.parse::<i128>() {
        visitor.visit_i128(n)
    } else {
        match token.parse::<f64>() {
            Ok(n) if n.is_finite() => visitor.visit_f64(n),
            _ => Err(FieldError::new("the number does not fit any numeric type")),
        }
    }
}

impl<'de> Deserializer<'de> for &'de Value {
    type Error = FieldError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Value::Null => visitor.visit_unit(),
            Value::Bool(b) => visitor.visit_bool(*b),
            Value::Number(token) => number(token, visitor),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => visitor.visit_seq(Items { items: items.iter(), index: 0 }),
            Value::Object(members) => visitor.visit_map(Members { members: members.iter(), current: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Value::Number(token) => match token.parse::<f64>() {
                Ok(n) if n.is_finite() => visitor.visit_f64(n),
                _ => Err(FieldError::new("the number does not fit a 64-bit float")),
            },
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        match self {
            Value::String(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Value::Object(members) if members.len() == 1 => {
                let access = Members { members: members.iter(), current: None };
                visitor.visit_enum(de::value::MapAccessDeserializer::new(access))
            }
            other => Err(FieldError::new(format!("expected a variant's name, found {}", other.describe()))),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'de> {
    items: std::slice::Iter<'de, Value>,
    index: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = FieldError;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, FieldError> {
        let Some(item) = self.items.next() else { return Ok(None) };
        self.index += 1;
        seed.deserialize(item).map(Some).map_err(|error| error.inside(&format!("[{}]", self.index - 1)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Members<'de> {
    members: std::slice::Iter<'de, (String, Value)>,
    current: Option<&'de (String, Value)>,
}

impl<'de> de::MapAccess<'de> for Members<'de> {
    type Error = FieldError;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, FieldError> {
        self.current = self.members.next();
        let Some((key, _)) = self.current else { return Ok(None) };
        seed.deserialize(de::value::BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V: de::DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, FieldError> {
        let Some((key, value)) = self.current.take() else {
            return Err(FieldError::new("a value was asked for before its key"));
        };
        seed.deserialize(value).map_err(|error| error.inside(key))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::FieldError;
    use crate::json::{from_value, parse};

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Credentials {
        username: String,
        port: u16,
        ratio: Option<f64>,
        #[serde(default)]
        engine: Engine,
        #[serde(default)]
        replicas: Vec<Replica>,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Engine {
        #[default]
        Postgres,
        Mysql,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Replica {
        host: std::net::IpAddr,
    }

    fn read(text: &str) -> Result<Credentials, FieldError> {
        from_value(&parse(text).unwrap())
    }

    #[test]
    fn a_type_is_built() {
        let read =
            read(r#"{"username":"u","port":5432,"ratio":1,"engine":"mysql","replicas":[{"host":"::1"}],"x":[{}]}"#);
        let replicas = vec![Replica { host: "::1".parse().unwrap() }];
        let expected =
            Credentials { username: "u".into(), port: 5432, ratio: Some(1.0), engine: Engine::Mysql, replicas };
        assert_eq!(read.unwrap(), expected);
    }

    #[test]
    fn errors_name_the_field_and_never_the_value() {
        for (text, path) in [
            (r#"{"username":"u","port":"hunter2"}"#, "port"),
            (r#"{"username":"u","port":70123}"#, "port"),
            (r#"{"username":"u"}"#, "port"),
            (r#"{"username":{"hunter2":1},"port":1}"#, "username"),
            (r#"{"username":"u","port":1,"engine":"hunter2"}"#, "engine"),
            (r#"{"username":"u","port":1,"replicas":[{"host":"hunter2"}]}"#, "replicas[0].host"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.path(), path, "{text}");
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("hunter2") && !shown.contains("70123"), "{shown}");
        }
    }
}
