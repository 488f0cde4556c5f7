//! What a secret's content must be, known by its digest.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use super::value::SecretValue;
use crate::error::{ErrorKind, Failure, Result, is_config_error};

/// The SHA-256 digest of a secret's bytes as they are stored, which pins them.
///
/// A digest of a value that can be guessed (a short password, a number) gives the value away to whoever tries; one of a
/// certificate, a key or a whole configuration does not.
///
/// ```
/// use secretfetch::{SecretDigest, SecretValue};
///
/// let value = SecretValue::from_text("abc".to_owned());
/// let digest: SecretDigest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".parse()?;
/// assert_eq!(SecretDigest::of(&value), digest);
/// # Ok::<(), secretfetch::ParseSecretDigestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
// Boxed: most sources have none, and there are thousands of them.
pub struct SecretDigest(Box<[u8; 32]>);

impl SecretDigest {
    /// The digest of this value.
    pub fn of(value: &SecretValue) -> Self {
        SecretDigest(Box::new(Sha256::digest(value.expose_bytes()).into()))
    }

    /// Whether it is the digest of this value.
    ///
    /// # Errors
    /// [`ErrorKind::DigestMismatch`], with both digests.
    pub fn check(&self, value: &SecretValue) -> Result<()> {
        let found = SecretDigest::of(value);
        if found == *self {
            return Ok(());
        }
        let what = format!("the content has the SHA-256 digest {found}, and `sha256` expects {self}");
        let hint = "find out who has changed the secret; if the change is meant, write its digest under `sha256`";
        Err(Failure::new(ErrorKind::DigestMismatch, what).with_hint(hint).into())
    }
}

/// As `sha256sum` writes it.
impl fmt::Display for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for SecretDigest {
    type Err = ParseSecretDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = Box::new([0; 32]);
        if text.len() != 64 {
            return Err(ParseSecretDigestError(()));
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            for digit in digits {
                let value = char::from(*digit).to_digit(16).ok_or(ParseSecretDigestError(()))?;
                *byte = *byte << 4 | value as u8;
            }
        }
        Ok(SecretDigest(bytes))
    }
}

/// The text is not a SHA-256 digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 digest has 64 hexadecimal digits, as `sha256sum` prints them")]
pub struct ParseSecretDigestError(());

is_config_error!(ParseSecretDigestError);

#[cfg(test)]
mod tests {
    use super::*;

    const OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_digest_is_read_in_either_case_and_written_in_lower() {
        for text in [OF_NOTHING.to_owned(), OF_NOTHING.to_uppercase()] {
            assert_eq!(text.parse::<SecretDigest>().unwrap().to_string(), OF_NOTHING);
        }
        for text in ["", "e3b0", &OF_NOTHING[1..], &format!("{OF_NOTHING}0"), &format!("g{}", &OF_NOTHING[1..])] {
            assert!(text.parse::<SecretDigest>().is_err(), "{text}");
        }
        // 64 bytes, of which some are halves of characters.
        assert!("ä".repeat(32).parse::<SecretDigest>().is_err());
    }

    #[test]
    fn another_content_is_told_with_both_digests_and_without_itself() {
        let digest: SecretDigest = OF_NOTHING.parse().unwrap();
        assert!(digest.check(&SecretValue::from_binary(Vec::new())).is_ok());
        let value = SecretValue::from_text("hunter2".to_owned());
        let error = digest.check(&value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DigestMismatch);
        let told = error.to_string();
        assert!(told.contains(OF_NOTHING) && told.contains(&SecretDigest::of(&value).to_string()), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}
