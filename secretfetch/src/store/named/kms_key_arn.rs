//! A key of KMS, as a policy names it.

use std::fmt;
use std::str::FromStr;

use crate::error::is_config_error;
use crate::secret::{Region, is_account};
use crate::text::quoted;

/// The ARN of a KMS key: what alone `Resource` of a statement about `kms:Decrypt` can name
/// ([API](https://docs.aws.amazon.com/kms/latest/developerguide/cmks-in-iam-policies.html)).
///
/// ```
/// use secretfetch::KmsKeyArn;
///
/// let key: KmsKeyArn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab".parse()?;
/// assert_eq!(key.region().as_str(), "eu-west-1");
/// assert!("alias/app".parse::<KmsKeyArn>().is_err());
/// # Ok::<(), secretfetch::ParseKmsKeyArnError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KmsKeyArn {
    arn: String,
    region: Region,
}

impl KmsKeyArn {
    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.arn
    }

    /// The region that the key is in. A key is used there and nowhere else.
    pub fn region(&self) -> &Region {
        &self.region
    }
}

impl fmt::Display for KmsKeyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn)
    }
}

impl FromStr for KmsKeyArn {
    type Err = ParseKmsKeyArnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let resource = parts.last().copied().unwrap_or_default();
        if resource.starts_with("alias/") {
            return Err(ParseKmsKeyArnError::Alias(quoted(text)));
        }
        let invalid = || ParseKmsKeyArnError::NoKey(quoted(text));
        let ["arn", partition, "kms", region, account, _] = parts.as_slice() else { return Err(invalid()) };
        let region: Region = region.parse().map_err(|_| invalid())?;
        let id = resource.strip_prefix("key/").unwrap_or_default();
        let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !is_account(account) || !is_id || *partition != region.partition() {
            return Err(invalid());
        }
        Ok(KmsKeyArn { arn: text.to_owned(), region })
    }
}

/// The text is not the ARN of a KMS key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseKmsKeyArnError {
    /// It names an alias, which is another key tomorrow.
    #[error("{0} is an alias, and a policy names a key by its own ARN; `aws kms describe-key --key-id ALIAS` shows it")]
    Alias(String),
    /// It is something else.
    #[error("{0} is not the ARN of a KMS key (`arn:aws:kms:REGION:ACCOUNT:key/ID`)")]
    NoKey(String),
}

is_config_error!(ParseKmsKeyArnError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_partition_and_of_several_regions_are_keys() {
        for arn in [
            "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:us-east-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab",
            "arn:aws-cn:kms:cn-north-1:123456789012:key/1",
        ] {
            assert_eq!(arn.parse::<KmsKeyArn>().unwrap().to_string(), arn);
        }
    }

    #[test]
    fn an_alias_is_told_apart_from_what_is_no_key() {
        let told = |text: &str| text.parse::<KmsKeyArn>().unwrap_err().to_string();
        for alias in ["alias/app", "arn:aws:kms:us-east-1:123456789012:alias/aws/s3"] {
            assert!(told(alias).contains("is an alias") && told(alias).contains("describe-key"), "{alias}");
        }
        for text in [
            "",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:us-east-1:123456789012:key/",
            "arn:aws:kms:us-east-1:123456789012:key/*",
            "arn:aws:kms:us-east-1:123456789012:key/a:b",
            "arn:aws:kms:us-east-1:123456789012:1234abcd",
            "arn:aws:kms:us-east-1:12345678901:key/a",
            "arn:aws:kms:us-east-1:12345678901x:key/a",
            "arn:aws:kms::123456789012:key/a",
            "arn:aws-cn:kms:us-east-1:123456789012:key/a",
            "arn:aws:s3:us-east-1:123456789012:key/a",
            &"x".repeat(100_000),
        ] {
            assert!(told(text).contains("is not the ARN of a KMS key"), "{text}");
        }
    }
}
