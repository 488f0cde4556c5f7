//! `raw`: the exact bytes of a secret, or of one key's value.

use zeroize::Zeroizing;

use crate::entries::{self, Nulls};
use crate::error::{ErrorKind, Failure, Result};
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
        other => super::exact_bytes(|out| json::write(other, out))?,
    })
}
