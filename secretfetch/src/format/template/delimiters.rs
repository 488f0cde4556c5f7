//! What a slot stands between.

use crate::error::is_config_error;
use crate::text::quoted;

/// More than anybody's, and few enough to be looked for at every byte.
const LONGEST: usize = 16;

/// What begins and ends a slot of a template; `{{` and `}}` if nothing else is said.
///
/// ```
/// use secretfetch::Delimiters;
/// assert_eq!(Delimiters::new("<%", "%>")?.open(), "<%");
/// assert!(Delimiters::new("BEGIN", "END").is_err());
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delimiters {
    open: String,
    close: String,
}

impl Delimiters {
    /// Two different texts of 1 to 16 ASCII characters that are no letters, digits, blanks or double quotes.
    ///
    /// # Errors
    /// The error says what delimiters are.
    pub fn new(open: impl Into<String>, close: impl Into<String>) -> Result<Self, ParseDelimitersError> {
        let (open, close) = (open.into(), close.into());
        let is_mark = |c: char| c.is_ascii_punctuation() && c != '"';
        let wrong =
            [&open, &close].into_iter().find(|text| !(1..=LONGEST).contains(&text.len()) || !text.chars().all(is_mark));
        match wrong {
            Some(wrong) => Err(ParseDelimitersError(quoted(wrong), "cannot be one")),
            None if open == close => Err(ParseDelimitersError(quoted(&open), "cannot be both")),
            None => Ok(Delimiters { open, close }),
        }
    }

    /// What begins a slot.
    pub fn open(&self) -> &str {
        &self.open
    }

    /// What ends a slot.
    pub fn close(&self) -> &str {
        &self.close
    }
}

impl Default for Delimiters {
    fn default() -> Self {
        Delimiters { open: "{{".to_owned(), close: "}}".to_owned() }
    }
}

/// The texts cannot delimit a slot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "delimiters are two different texts of 1 to 16 punctuation characters without `\"` (such as `<%` and `%>`); {0} {1}"
)]
pub struct ParseDelimitersError(String, &'static str);

is_config_error!(ParseDelimitersError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_punctuation_and_differ() {
        for (open, close) in [("<%", "%>"), ("[[", "]]"), ("$", ";"), ("<!--", "-->"), ("@{", "|}")] {
            assert!(Delimiters::new(open, close).is_ok(), "{open} {close}");
        }
        for (open, close) in
            [("", "}}"), ("{{", ""), ("@@", "@@"), ("a", "b"), ("{ ", " }"), ("\"{", "}\""), ("\n", "}")]
        {
            assert!(Delimiters::new(open, close).is_err(), "{open} {close}");
        }
        assert!(Delimiters::new("{".repeat(17), "}").is_err());
    }
}
