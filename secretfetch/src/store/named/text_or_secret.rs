use super::secret_key_ref::SecretKeyRef;

/// A text that stands in the configuration, or that a secret of another store has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextOrSecret {
    /// The text itself.
    Text(String),
    /// Where it is.
    Secret(SecretKeyRef),
}

impl TextOrSecret {
    /// The secret, if it is one.
    pub fn secret(&self) -> Option<&SecretKeyRef> {
        match self {
            TextOrSecret::Text(_) => None,
            TextOrSecret::Secret(secret) => Some(secret),
        }
    }
}

/// A text that stands in the configuration.
impl From<&str> for TextOrSecret {
    fn from(text: &str) -> Self {
        TextOrSecret::Text(text.to_owned())
    }
}

impl From<SecretKeyRef> for TextOrSecret {
    fn from(secret: SecretKeyRef) -> Self {
        TextOrSecret::Secret(secret)
    }
}
