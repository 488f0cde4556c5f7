//! `raw`: the exact bytes of a secret, or of one key's value.

use zeroize::Zeroizing;

use super::write::exact_bytes;
use crate::entries::{self, Entries, Nulls};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::json::{self, Value};
use crate::secret::SecretValue;

pub(super) fn render(value: &SecretValue, key: Option<&str>, nulls: Nulls) -> Result<Zeroizing<Vec<u8>>> {
    let bytes = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
    let Some(key) = key else { return Ok(bytes(value.expose_bytes())) };
    let members = entries::object(value)?;
    Ok(match entries::find(&members, key)? {
        Value::String(text) => bytes(text.as_bytes()),
        Value::Number(token) => bytes(token.as_bytes()),
        Value::Null if nulls == Nulls::Empty => bytes(b""),
        Value::Null => {
            return Err(Failure::new(ErrorKind::Unrepresentable, "the value is null, which has no bytes")
                .with_key(key)
                .with_hint("`nulls: empty` writes an empty file")
                .into());
        }
        other => exact_bytes(|out| json::write(other, out))?,
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
