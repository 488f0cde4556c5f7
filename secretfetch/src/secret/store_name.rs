use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The name by which a configuration has a store: one of its own, such as `payments`, or one that needs no entry, such as
/// `aws` or `file:secrets.json`.
///
/// ```
/// use secretfetch::StoreName;
/// let name: StoreName = "payments".parse()?;
/// assert_eq!(name.as_str(), "payments");
/// assert!("two words".parse::<StoreName>().is_err());
/// # Ok::<(), secretfetch::ParseStoreNameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoreName(Arc<str>);

impl StoreName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The kind of store and what stands behind the colon, of a name that says where the store is (`file:secrets.json`).
    pub fn kind_and_place(&self) -> Option<(&str, &str)> {
        self.0.split_once(':')
    }
}

impl FromStr for StoreName {
    type Err = ParseStoreNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, place) = text.split_once(':').map_or((text, None), |(kind, place)| (kind, Some(place)));
        let is_word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let is_name = (1..=63).contains(&name.len()) && name.chars().all(is_word);
        let is_place = |place: &str| !place.is_empty() && !place.chars().any(char::is_control);
        match place {
            Some("") if is_name => Err(ParseStoreNameError::NoPlace(name.to_owned())),
            _ if is_name && place.is_none_or(is_place) => Ok(StoreName(text.into())),
            _ => Err(ParseStoreNameError::Characters(crate::text::quoted(text))),
        }
    }
}

impl fmt::Display for StoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text cannot be the name of a store.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseStoreNameError {
    /// Other characters than a name has, or none.
    #[error("{0} is not the name of a store (1 to 63 letters, digits, `-`, `_`, `.`; or `file:PATH`)")]
    Characters(String),
    /// A kind, a colon, and nothing behind it.
    #[error("`{0}:` needs a path: `{0}:secrets.json`")]
    NoPlace(String),
}
