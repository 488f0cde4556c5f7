use std::fmt;
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::{Arn, VersionId, VersionStage};
use crate::error::{Error, ErrorKind, Failure, Result};

/// A secret's content: text (`SecretString`) or bytes (`SecretBinary`).
///
/// The memory is wiped on drop. `Debug` prints `[REDACTED]`, there is no `Display` and no `Serialize`:
/// the content is read only by one of the `expose_*` methods.
///
/// ```
/// use secretfetch::SecretValue;
/// let value = SecretValue::from_text("hunter2".to_owned());
/// assert_eq!(format!("{value:?}"), "SecretValue::Text([REDACTED])");
/// assert_eq!(value.expose_text(), Some("hunter2"));
/// ```
#[derive(Clone)]
pub struct SecretValue(Content);

#[derive(Clone)]
enum Content {
    Text(Zeroizing<String>),
    Binary(Zeroizing<Vec<u8>>),
}

impl SecretValue {
    /// A text value; the string is moved in, not copied.
    pub fn from_text(text: String) -> Self {
        SecretValue(Content::Text(Zeroizing::new(text)))
    }

    /// A binary value; the bytes are moved in, not copied.
    pub fn from_binary(bytes: Vec<u8>) -> Self {
        SecretValue(Content::Binary(Zeroizing::new(bytes)))
    }

    /// Whether this is a SecretBinary.
    pub fn is_binary(&self) -> bool {
        matches!(self.0, Content::Binary(_))
    }

    /// The text of a SecretString; `None` for a SecretBinary.
    pub fn expose_text(&self) -> Option<&str> {
        match &self.0 {
            Content::Text(text) => Some(text),
            Content::Binary(_) => None,
        }
    }

    /// The content as UTF-8 text, whether it is a SecretString or a SecretBinary.
    ///
    /// # Errors
    /// [`ErrorKind::WrongShape`] for a SecretBinary that is not UTF-8.
    pub(crate) fn expose_utf8(&self) -> Result<&str> {
        match &self.0 {
            Content::Text(text) => Ok(text),
            Content::Binary(bytes) => std::str::from_utf8(bytes).map_err(|error| {
                let byte = error.valid_up_to() + 1;
                let message = format!("the content is a SecretBinary that is not UTF-8 text (byte {byte})");
                let failure = Failure::new(ErrorKind::WrongShape, message);
                Error::from(failure.with_hint("binary content can be written with `format: raw` only"))
            }),
        }
    }

    /// The exact bytes, of text or binary.
    pub fn expose_bytes(&self) -> &[u8] {
        match &self.0 {
            Content::Text(text) => text.as_bytes(),
            Content::Binary(bytes) => bytes,
        }
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Content::Text(_) => "SecretValue::Text([REDACTED])",
            Content::Binary(_) => "SecretValue::Binary([REDACTED])",
        })
    }
}

/// A fetched secret: what AWS says about it, and its value.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Secret {
    /// The secret's name.
    pub name: String,
    /// The secret's ARN; `None` from a store that has none.
    pub arn: Option<Arn>,
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
        Secret { name: name.into(), arn: None, version_id: None, version_stages: Vec::new(), created: None, value }
    }

    /// Adds the ARN.
    #[must_use]
    pub fn with_arn(mut self, arn: Arn) -> Self {
        self.arn = Some(arn);
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
