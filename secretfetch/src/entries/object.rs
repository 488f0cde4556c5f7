use crate::bounds::{Bytes, SECRET};
use crate::error::{ErrorKind, Failure, Result};
use crate::json::{self, Value};
use crate::secret::SecretValue;

/// The members of the JSON object that the secret holds.
pub(crate) fn object(value: &SecretValue) -> Result<Vec<(String, Value)>> {
    let failure = |message: String| Failure::new(ErrorKind::WrongShape, message);
    if value.expose_bytes().len() as u64 > SECRET {
        let what = format!("the secret has more than {}, the most that is read as JSON", Bytes(SECRET));
        return Err(failure(what).with_hint("write it with `format: raw`").into());
    }
    match json::parse(value.expose_utf8()?) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(other) => Err(failure(format!("the content is {}, not a JSON object with keys", other.describe()))
            .with_hint("write it with `format: raw`, or name it with `as: NAME`")
            .into()),
        Err(error) => {
            let message = match error {
                json::ParseError::NotJson => "the content is a plain text, not a JSON object with keys".to_owned(),
                ref other => other.to_string(),
            };
            let mut failure = failure(message);
            if let Some(key) = error.key() {
                failure = failure.with_key(key);
            } else if value.expose_utf8()?.trim_start().starts_with('<') {
                // No JSON does. What answers to a URL may be a page to log in, or one that tells of a fault.
                failure =
                    failure.with_hint("it begins as HTML and XML do: is it a page to log in, or one of an error?");
            } else {
                failure = failure.with_hint("write it with `format: raw`, or name it with `as: NAME`");
            }
            Err(failure.into())
        }
    }
}
