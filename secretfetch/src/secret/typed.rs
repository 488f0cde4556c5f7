//! A secret's JSON as a type of the application's.

use serde::de::DeserializeOwned;

use super::Secret;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::json;

impl Secret {
    /// Reads the content, a JSON object, as a type.
    ///
    /// ```
    /// use secretfetch::{Secret, SecretValue};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct DbCredentials {
    ///     username: String,
    /// }
    ///
    /// let secret = Secret::new("prod/db", SecretValue::from_text(r#"{"username": "app"}"#.to_owned()));
    /// assert_eq!(secret.deserialize::<DbCredentials>()?.username, "app");
    /// # Ok::<(), secretfetch::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::WrongShape`] names the field that does not fit, [`ErrorKind::KeyNotFound`] the one that is missing, both
    /// without the value.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T> {
        let wrong = |message: String| Failure::new(ErrorKind::WrongShape, message);
        let value = json::parse(self.value.expose_utf8()?).map_err(|error| wrong(error.to_string()))?;
        json::from_value(&value).map_err(|error| {
            let kind = if error.missing_field().is_some() { ErrorKind::KeyNotFound } else { ErrorKind::WrongShape };
            let mut failure = Failure::new(kind, error.to_string());
            if !error.path().is_empty() {
                failure = failure.with_key(error.path());
            }
            if let (Some(field), json::Value::Object(members)) = (error.missing_field(), &value) {
                let near = crate::text::nearest(field, members.iter().map(|(key, _)| key.as_str()));
                if let Some(near) = near.first() {
                    failure = failure.with_hint(format!("the secret has {}", crate::text::quoted(near)));
                }
            }
            Error::from(failure)
        })
    }
}
