//! What S3 takes for a bucket's name and an object's key, and how the two become a URL.

use std::fmt;
use std::str::FromStr;

use crate::error::{ErrorKind, Failure, Result, is_config_error};
use crate::secret::SecretId;
use crate::text::quoted;

/// Where a bucket's name stands in a URL
/// ([virtual hosting](https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Addressing {
    /// In the host at AWS's own endpoints, as far as a certificate covers the name, and in the path elsewhere.
    #[default]
    Auto,
    /// In the host: `https://BUCKET.HOST/KEY`.
    Virtual,
    /// In the path: `https://HOST/BUCKET/KEY`.
    Path,
}

impl FromStr for Addressing {
    type Err = ParseAddressingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Addressing::Auto),
            "virtual" => Ok(Addressing::Virtual),
            "path" => Ok(Addressing::Path),
            _ => Err(ParseAddressingError(quoted(text))),
        }
    }
}

impl fmt::Display for Addressing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Addressing::Auto => "auto",
            Addressing::Virtual => "virtual",
            Addressing::Path => "path",
        })
    }
}

/// The text is not a way to address a bucket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a way to address a bucket (`auto`, `virtual`, `path`)")]
pub struct ParseAddressingError(String);

is_config_error!(ParseAddressingError);

impl Addressing {
    /// Whether the name stands in the host. `is_configured`: the endpoint is not AWS's own.
    #[cfg(feature = "aws")]
    pub(super) fn is_virtual(self, bucket: &str, is_configured: bool) -> bool {
        match self {
            Addressing::Virtual => true,
            Addressing::Path => false,
            // A certificate for `*.s3.REGION.amazonaws.com` covers one label.
            Addressing::Auto => !is_configured && !bucket.contains('.') && !bucket.contains('_'),
        }
    }
}

/// What is wrong with a bucket's name, if it cannot be one
/// ([naming rules](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html)); those of other servers
/// and of old buckets are looser, and so is this.
pub(super) fn unfit_bucket(name: &str) -> Option<&'static str> {
    if name.starts_with("arn:") {
        return Some("`bucket` is a bucket's name, or the alias of an access point, and not an ARN");
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    let is_name = (3..=255).contains(&name.len()) && name.bytes().all(allowed) && !name.starts_with(['-', '.', '_']);
    (!is_name || name.contains("..")).then_some(
        "`bucket` is not the name of a bucket: it has 3 to 63 lower-case letters, digits, dots and hyphens, and begins \
         with a letter or digit",
    )
}

/// Whether an object can have this key: at most 1024 bytes
/// ([object keys](https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html)).
pub(super) fn check_key(id: &SecretId) -> Result<()> {
    let key = id.as_str();
    let (what, hint) = if let Some(hint) = crate::text::unreplaced_variable(key) {
        (format!("the key {} has a variable in it", quoted(key)), hint)
    } else if id.is_arn() {
        (
            format!("{} is an ARN, not the key of an object", quoted(key)),
            "the store names the bucket: give the key".into(),
        )
    } else if let Some(rest) = key.strip_prefix("s3://") {
        let key = rest.split_once('/').map_or(rest, |(_, key)| key);
        (
            format!("{} is a URL", quoted(id.as_str())),
            format!("the store names the bucket: give the key, {}", quoted(key)),
        )
    } else if key.len() > 1024 {
        (format!("the key {} has more than 1024 bytes", quoted(key)), "S3 has no such keys".into())
    } else {
        return Ok(());
    };
    Err(Failure::new(ErrorKind::Config, what).with_hint(hint).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_buckets_are_checked() {
        for name in ["acme-config", "a.b.c", "Old_Bucket", "xyz", "my-ap-abc123-s3alias"] {
            assert_eq!(unfit_bucket(name), None, "{name}");
        }
        for name in ["", "ab", "-abc", ".abc", "a/b", "a b c", "a..b", "ä-bucket", "arn:aws:s3:::x", &"x".repeat(256)]
        {
            assert!(unfit_bucket(name).is_some(), "{name}");
        }
    }

    #[test]
    fn a_key_is_any_text_but_no_url_and_no_arn() {
        let told = |key: &str| check_key(&key.parse().unwrap()).err().map(|error| error.to_string());
        for key in ["a", "/a//b/../c", "a b+c%20", "ключ", "arn:x"] {
            assert_eq!(told(key), None);
        }
        assert!(told("s3://bucket/a/b").unwrap().contains("`a/b`"));
        assert!(
            told("arn:aws:s3:::bucket/a").is_some() && told("$ENV/a").is_some() && told(&"x".repeat(1025)).is_some()
        );
    }

    #[cfg(feature = "aws")]
    #[test]
    fn a_certificate_covers_one_label() {
        assert!(Addressing::Auto.is_virtual("acme", false));
        assert!(!Addressing::Auto.is_virtual("acme.config", false) && !Addressing::Auto.is_virtual("acme", true));
        assert!(Addressing::Virtual.is_virtual("a.b", true) && !Addressing::Path.is_virtual("acme", false));
    }
}
