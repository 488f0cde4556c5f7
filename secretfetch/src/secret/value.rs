use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::{Arn, Region, VersionId, VersionStage};
use crate::error::{Error, ErrorKind, Failure, Result};

/// A secret's content: text (`SecretString`) or bytes (`SecretBinary`).
///
/// A clone shares the memory, which is wiped when the last of them is dropped. `Debug` prints `[REDACTED]`, there is no `Display` and no `Serialize`:
/// the content is read only by one of the `expose_*` methods.
///
/// ```
/// use secretfetch::SecretValue;
/// let value = SecretValue::from_text("hunter2".to_owned());
/// assert_eq!(format!("{value:?}"), "SecretValue::Text([REDACTED])");
/// assert_eq!(value.expose_text(), Some("hunter2"));
/// ```
#[derive(Clone)]
pub struct SecretValue(Arc<Content>);

enum Content {
    Text(Zeroizing<String>),
    Binary(Zeroizing<Vec<u8>>),
}

impl SecretValue {
    /// A text value; the string is moved in, not copied.
    pub fn from_text(text: String) -> Self {
        SecretValue(Arc::new(Content::Text(Zeroizing::new(text))))
    }

    /// A binary value; the bytes are moved in, not copied.
    pub fn from_binary(bytes: Vec<u8>) -> Self {
        SecretValue(Arc::new(Content::Binary(Zeroizing::new(bytes))))
    }

    /// What a store without a difference between the two has: a text if the bytes are UTF-8. They are moved in, not copied.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => SecretValue::from_text(text),
            Err(error) => SecretValue::from_binary(error.into_bytes()),
        }
    }

    /// Whether this is a SecretBinary.
    pub fn is_binary(&self) -> bool {
        matches!(*self.0, Content::Binary(_))
    }

    /// The text of a SecretString; `None` for a SecretBinary.
    pub fn expose_text(&self) -> Option<&str> {
        match &*self.0 {
            Content::Text(text) => Some(text),
            Content::Binary(_) => None,
        }
    }

    /// The content as UTF-8 text, whether it is a SecretString or a SecretBinary.
    ///
    /// # Errors
    /// [`ErrorKind::WrongShape`] for a SecretBinary that is not UTF-8.
    pub(crate) fn expose_utf8(&self) -> Result<&str> {
        match &*self.0 {
            Content::Text(text) => Ok(text),
            Content::Binary(bytes) => std::str::from_utf8(bytes).map_err(|error| {
                let byte = error.valid_up_to() + 1;
                let message = format!("the content is binary and not UTF-8 text (byte {byte})");
                let failure = Failure::new(ErrorKind::WrongShape, message);
                Error::from(failure.with_hint("binary content can be written with `format: raw` only"))
            }),
        }
    }

    /// The exact bytes, of text or binary.
    pub fn expose_bytes(&self) -> &[u8] {
        match &*self.0 {
            Content::Text(text) => text.as_bytes(),
            Content::Binary(bytes) => bytes,
        }
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self.0 {
            Content::Text(_) => "SecretValue::Text([REDACTED])",
            Content::Binary(_) => "SecretValue::Binary([REDACTED])",
        })
    }
}

/// A fetched secret, which dereferences to what it consists of: its value, and what is known about it.
///
/// ```
/// use secretfetch::{Secret, SecretValue};
/// let secret = Secret::new("prod/db", SecretValue::from_text("hunter2".to_owned()));
/// assert_eq!(secret.name, "prod/db");
/// assert_eq!(secret.value.expose_text(), Some("hunter2"));
/// ```
///
/// A clone shares all of it: it costs as much for a large secret as for a small one.
#[derive(Clone)]
pub struct Secret(Arc<SecretParts>);

/// What a fetched [`Secret`] consists of.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SecretParts {
    /// The secret's name.
    pub name: String,
    /// The secret's ARN; `None` from a store that has none.
    pub arn: Option<Arn>,
    /// The region that it came from; `None` from a store that has none.
    pub region: Option<Region>,
    /// The id of the version that was fetched.
    pub version_id: Option<VersionId>,
    /// The staging labels of that version.
    pub version_stages: Vec<VersionStage>,
    /// When that version was created.
    pub created: Option<SystemTime>,
    /// The content.
    pub value: SecretValue,
}

impl Secret {
    /// A secret of which only the name and the value are known.
    pub fn new(name: impl Into<String>, value: SecretValue) -> Self {
        let (name, version_stages) = (name.into(), Vec::new());
        Secret(Arc::new(SecretParts {
            name,
            arn: None,
            region: None,
            version_id: None,
            version_stages,
            created: None,
            value,
        }))
    }

    /// Adds the ARN.
    #[must_use]
    pub fn with_arn(mut self, arn: Arn) -> Self {
        self.arn = Some(arn);
        self
    }

    /// Adds the region that it came from.
    #[must_use]
    pub fn with_region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Adds which version this is.
    #[must_use]
    pub fn with_version(mut self, id: VersionId, stages: Vec<VersionStage>) -> Self {
        self.version_id = Some(id);
        self.version_stages = stages;
        self
    }

    /// Adds when the version was created.
    #[must_use]
    pub fn with_created(mut self, created: SystemTime) -> Self {
        self.created = Some(created);
        self
    }
}

impl Deref for Secret {
    type Target = SecretParts;

    fn deref(&self) -> &SecretParts {
        &self.0
    }
}

/// What is changed is changed in this clone alone.
impl DerefMut for Secret {
    fn deref_mut(&mut self) -> &mut SecretParts {
        Arc::make_mut(&mut self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_shares_the_value_and_what_is_changed_in_it_is_its_own() {
        let secret = Secret::new("a", SecretValue::from_binary(vec![1, 2]));
        let arn: Arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf".parse().unwrap();
        let clone = secret.clone().with_arn(arn.clone());
        assert!(std::ptr::eq(secret.value.expose_bytes(), clone.value.expose_bytes()));
        assert_eq!((&secret.arn, &clone.arn), (&None, &Some(arn)));
    }
}
