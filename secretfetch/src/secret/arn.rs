use std::fmt;
use std::str::FromStr;

use super::region::{Region, is_region};

/// An Amazon Resource Name, `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`
/// ([grammar](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html)).
///
/// ```
/// use secretfetch::Arn;
/// let arn: Arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka-AbCdEf".parse()?;
/// assert_eq!((arn.service(), arn.account(), arn.resource()), ("secretsmanager", "123456789012", "secret:kafka-AbCdEf"));
/// assert_eq!(arn.region().unwrap().as_str(), "us-east-1");
/// # Ok::<(), secretfetch::ParseArnError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn(String);

impl Arn {
    /// The ARN as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition, such as `aws` or `aws-cn`.
    pub fn partition(&self) -> &str {
        self.part(1)
    }

    /// The service's namespace, such as `secretsmanager`.
    pub fn service(&self) -> &str {
        self.part(2)
    }

    /// The region; `None` in the ARN of what has none, such as an IAM role.
    pub fn region(&self) -> Option<Region> {
        self.part(3).parse().ok()
    }

    /// The account's 12 digits; empty in the ARN of what belongs to none, such as an S3 bucket.
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// What stands behind the account: its form is the service's matter.
    pub fn resource(&self) -> &str {
        self.part(5)
    }

    /// The ARN of the replica in another region; the same, if it names none.
    pub(super) fn in_region(&self, region: &Region) -> Self {
        let mut parts: Vec<&str> = self.0.splitn(6, ':').collect();
        match parts.get_mut(3) {
            Some(part) if !part.is_empty() => *part = region.as_str(),
            _ => return self.clone(),
        }
        Arn(parts.join(":"))
    }

    fn part(&self, number: usize) -> &str {
        self.0.splitn(6, ':').nth(number).unwrap_or_default()
    }
}

impl FromStr for Arn {
    type Err = ParseArnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for Arn {
    type Error = ParseArnError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if is_arn(&text) { Ok(Arn(text)) } else { Err(ParseArnError(crate::text::quoted(&text))) }
    }
}

/// Whether this is the id of an account: 12 digits.
pub(crate) fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit())
}

fn is_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (arn, partition, service, region, account, resource) = (next(), next(), next(), next(), next(), next());
    arn == "arn"
        && !partition.is_empty()
        && !service.is_empty()
        && (region.is_empty() || is_region(region))
        && (account.is_empty() || is_account(account))
        && !resource.is_empty()
        && !text.chars().any(char::is_control)
}

impl AsRef<str> for Arn {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Arn {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<String> for Arn {
    fn eq(&self, other: &String) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not an ARN.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0} is not an ARN (`arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`)")]
pub struct ParseArnError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_have_six_parts() {
        for text in [
            "arn:aws:s3:::bucket/a:b",
            "arn:aws:iam::123456789012:role/x",
            "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/a",
        ] {
            assert_eq!(text.parse::<Arn>().unwrap().as_str(), text);
        }
        assert_eq!("arn:aws:s3:::bucket/a:b".parse::<Arn>().unwrap().resource(), "bucket/a:b");
        for text in [
            "",
            "arn",
            "arn:aws:s3:::",
            "arn::s3:::x",
            "arn:aws:::1:x",
            "arn:aws:s3:EU:123456789012:x",
            "arn:aws:s3::12345:x",
            "a\n",
        ] {
            assert!(text.parse::<Arn>().is_err(), "{text:?}");
        }
    }
}
