//! `raw`: the exact bytes of a secret, or of one key's value.

use zeroize::Zeroizing;

use super::write::exact_bytes;
use crate::entries::{self, Entries, Nulls};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::json::{self, Value};
use crate::secret::{Encoding, SecretValue};

/// The value of one key, or what it stands for.
pub(super) fn render_key(
    value: &SecretValue,
    key: &str,
    decode: Option<Encoding>,
    nulls: Nulls,
) -> Result<Zeroizing<Vec<u8>>> {
    let bytes = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
    let members = entries::object(value)?;
    let value = entries::find(&members, key)?;
    Ok(match (value, decode) {
        (Value::String(text) | Value::Number(text), Some(encoding)) => {
            let about = |failure: Failure| failure.with_key(key);
            return encoding.decode_text(text).map_err(|error| error.map_failures(about));
        }
        (Value::Bool(_) | Value::Array(_) | Value::Object(_), Some(encoding)) => {
            let what = format!("the value is {}, where `decode: {}` needs a text", value.describe(), encoding.name());
            return Err(Failure::new(ErrorKind::WrongShape, what).with_key(key).into());
        }
        (Value::String(text), None) => bytes(text.as_bytes()),
        (Value::Number(token), None) => bytes(token.as_bytes()),
        (Value::Null, _) if nulls == Nulls::Empty => bytes(b""),
        (Value::Null, _) => {
            return Err(Failure::new(ErrorKind::Unrepresentable, "the value is null, which has no bytes")
                .with_key(key)
                .with_hint("`nulls: empty` writes an empty file")
                .into());
        }
        (other, None) => exact_bytes(|out| json::write(other, out))?,
    })
}

/// The value of the one entry that there is.
pub(super) fn render_only(entries: &Entries, nulls: Nulls) -> Result<Zeroizing<Vec<u8>>> {
    if entries.len() != 1 {
        let what = format!("`raw` writes one value, and there are {}", entries.len());
        return Err(Failure::new(ErrorKind::Unrepresentable, what)
            .with_hint("choose a format with keys, or one key's value with `key`")
            .into());
    }
    let (flat, errors) = entries.flat(nulls);
    match Error::join(errors) {
        Some(error) => Err(error),
        None => Ok(Zeroizing::new(flat.first().map(|flat| flat.text.as_bytes().to_vec()).unwrap_or_default())),
    }
}
