use std::fmt;
use std::str::FromStr;

use super::{Arn, Region};

/// What a secret is asked by: its name, or an ARN.
///
/// What a name may be is its store's matter: see [`SecretStore::check`](crate::SecretStore::check). Here it has 1 to 2048
/// bytes and no control characters.
///
/// ```
/// use secretfetch::SecretId;
///
/// let name: SecretId = "vinsguru/prod".parse()?;
/// assert!(name.arn_region().is_none());
///
/// let arn: SecretId = "arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka-AbCdEf".parse()?;
/// assert_eq!(arn.arn_region().unwrap().as_str(), "us-east-1");
///
/// assert!("".parse::<SecretId>().is_err());
/// # Ok::<(), secretfetch::ParseSecretIdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretId {
    text: String,
    form: Form,
}

/// Of the size of a region alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Form {
    Name,
    /// With the region that it names, if what it is of has one.
    Arn(Option<Region>),
}

impl SecretId {
    /// The name or ARN as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this is an ARN, full or partial.
    pub fn is_arn(&self) -> bool {
        matches!(self.form, Form::Arn(_))
    }

    /// The ARN, if it is one.
    pub fn arn(&self) -> Option<Arn> {
        if self.is_arn() { self.text.parse().ok() } else { None }
    }

    /// The region that an ARN names.
    pub fn arn_region(&self) -> Option<&Region> {
        match &self.form {
            Form::Arn(region) => region.as_ref(),
            Form::Name => None,
        }
    }
}

impl FromStr for SecretId {
    type Err = ParseSecretIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(ParseSecretIdError::Empty);
        }
        if text.len() > 2048 {
            return Err(ParseSecretIdError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(ParseSecretIdError::Control(crate::text::quoted(text)));
        }
        let arn = if text.starts_with("arn:") { text.parse::<Arn>().ok() } else { None };
        let form = arn.map_or(Form::Name, |arn| Form::Arn(arn.region()));
        Ok(SecretId { text: text.to_owned(), form })
    }
}

impl From<Arn> for SecretId {
    fn from(arn: Arn) -> Self {
        SecretId { form: Form::Arn(arn.region()), text: arn.as_str().to_owned() }
    }
}

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The text cannot be the name or ARN of a secret, in whatever store.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseSecretIdError {
    /// Nothing was given.
    #[error("a secret id cannot be empty")]
    Empty,
    /// More than 2048 bytes.
    #[error("a secret id has at most 2048 characters")]
    TooLong,
    /// A newline, a NUL, or their like.
    #[error("the secret id {0} has a control character")]
    Control(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_any_text_of_one_line() {
        for text in ["a", "no spaces?", "ä/ö", "arn:of nothing", "arn:aws:s3:::bucket"] {
            let id: SecretId = text.parse().unwrap();
            assert_eq!((id.as_str(), id.is_arn()), (text, text == "arn:aws:s3:::bucket"));
        }
        for text in ["", "a\nb", "a\0", &"x".repeat(2049)] {
            assert!(text.parse::<SecretId>().is_err(), "{text:?}");
        }
    }
}
