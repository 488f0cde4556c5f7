use std::fmt;
use std::str::FromStr;

use super::Region;

/// What a secret is asked by: its name, its ARN, or a partial ARN (without the six random characters).
///
/// The grammar is that of an id to ask for: 1 to 2048 characters
/// ([GetSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html)),
/// in the name letters, digits and `-/_+=.@!` (what the service's `Invalid name` error lists). That is more than
/// [CreateSecret](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html) documents
/// for a name to create: the `!` stands in the names of
/// [managed secrets](https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html),
/// after the prefix of the service that owns them (`rds!db-…`, `redshift!…`).
///
/// An ARN may be of any partition.
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
/// // A secret that RDS manages.
/// assert!("rds!db-1f2e3d4c".parse::<SecretId>().is_ok());
///
/// assert!("no spaces".parse::<SecretId>().is_err());
/// # Ok::<(), secretfetch::ParseSecretIdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretId {
    text: String,
    arn_region: Option<Region>,
}

impl SecretId {
    /// The name or ARN as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this is an ARN, full or partial.
    pub fn is_arn(&self) -> bool {
        self.arn_region.is_some()
    }

    /// The region that an ARN names.
    pub fn arn_region(&self) -> Option<&Region> {
        self.arn_region.as_ref()
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
        if let Some(hint) = crate::text::unreplaced_variable(text) {
            return Err(ParseSecretIdError::Variable { id: crate::text::quoted(text), hint });
        }
        let arn_region = if text.starts_with("arn:") { Some(arn_region(text)?) } else { None };
        let name = if arn_region.is_some() { &text[text.rfind(':').map_or(0, |i| i + 1)..] } else { text };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-/_+=.@!".contains(c);
        match name.chars().find(|&c| !allowed(c)) {
            Some(c) => Err(ParseSecretIdError::Character {
                id: crate::text::quoted(text),
                character: c.escape_default().to_string(),
            }),
            None if name.is_empty() => Err(ParseSecretIdError::Arn(crate::text::quoted(text))),
            None => Ok(SecretId { text: text.to_owned(), arn_region }),
        }
    }
}

/// The region of `arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME`.
fn arn_region(text: &str) -> Result<Region, ParseSecretIdError> {
    let invalid = || ParseSecretIdError::Arn(crate::text::quoted(text));
    match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", partition, "secretsmanager", region, account, "secret", _name]
            if !partition.is_empty() && account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) =>
        {
            region.parse().map_err(|_| invalid())
        }
        ["arn", _, "secretsmanager", _, _, "secret", _, key, stage, id] => Err(ParseSecretIdError::EcsReference {
            // Seven parts make the ARN of a secret.
            fields: ecs_fields(&text.split(':').take(7).collect::<Vec<_>>().join(":"), [key, stage, id]),
        }),
        _ => Err(invalid()),
    }
}

/// The fields that stand for ECS's `ARN:key:stage:id`
/// ([valueFrom](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html)).
fn ecs_fields(arn: &str, parts: [&str; 3]) -> String {
    let rest = ["key", "versionStage", "versionId"].into_iter().zip(parts).filter(|(_, value)| !value.is_empty());
    let all = std::iter::once(("secretId", arn)).chain(rest);
    all.map(|(name, value)| format!("{name} {}", crate::text::quoted(value))).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The text cannot be the name or ARN of a secret.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseSecretIdError {
    /// Nothing was given.
    #[error("a secret id cannot be empty")]
    Empty,
    /// More than 2048 bytes.
    #[error("a secret id has at most 2048 characters")]
    TooLong,
    /// It starts as an ARN but is none of Secrets Manager.
    #[error("{0} is not the ARN of a secret (`arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME`)")]
    Arn(String),
    /// ECS's way to name a part of a secret, `ARN:key:stage:id`.
    #[error("this is ECS's form of a key in a secret; give its parts as fields of their own: {fields}")]
    EcsReference {
        /// The fields, with the values that stand for it.
        fields: String,
    },
    /// A variable that should have been replaced before.
    #[error("the secret id {id} has a variable in it: {hint}")]
    Variable {
        /// The id, quoted.
        id: String,
        /// Which variable, and who replaces what.
        hint: String,
    },
    /// A character that a secret's name cannot have.
    #[error("the secret id {id} has the character `{character}`; a name has letters, digits and -/_+=.@!")]
    Character {
        /// The id, quoted.
        id: String,
        /// The first such character, escaped.
        character: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_other_services_and_mangled_ones_are_refused() {
        for text in [
            "arn:aws:s3:::bucket",
            "arn:aws:secretsmanager::123456789012:secret:x",
            "arn:aws:secretsmanager:us-east-1:12345:secret:x",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:a:b",
        ] {
            assert!(matches!(text.parse::<SecretId>(), Err(ParseSecretIdError::Arn(_))), "{text}");
        }
    }

    #[test]
    fn managed_secrets_and_every_partition_are_asked_for_as_they_are_named() {
        for name in [
            "rds!db-1f2e3d4c-5b6a-4978-8897-a6b5c4d3e2f1",
            "rds!cluster-1f2e3d4c",
            "redshift!my-cluster-admin",
            "ecs-sc!namespace",
            "aws/directory-service!d-1",
        ] {
            assert!(!name.parse::<SecretId>().unwrap().is_arn(), "{name}");
            for (partition, region) in [
                ("aws", "us-east-1"),
                ("aws-cn", "cn-north-1"),
                ("aws-us-gov", "us-gov-west-1"),
                ("aws-iso", "us-iso-east-1"),
                ("aws-iso-b", "us-isob-east-1"),
                ("aws-iso-e", "eu-isoe-west-1"),
                ("aws-iso-f", "us-isof-south-1"),
                ("aws-eusc", "eusc-de-east-1"),
            ] {
                assert_eq!(region.parse::<Region>().unwrap().partition(), partition);
                for suffix in ["", "-AbCdEf"] {
                    let arn = format!("arn:{partition}:secretsmanager:{region}:123456789012:secret:{name}{suffix}");
                    let id: SecretId = arn.parse().unwrap();
                    assert_eq!(id.arn_region().map(Region::as_str), Some(region), "{arn}");
                }
            }
        }
    }

    #[test]
    fn what_other_tools_would_understand_is_told_in_our_own_fields() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf";
        let told = |text: &str| text.parse::<SecretId>().unwrap_err().to_string();
        let message = told(&format!("{arn}:password:AWSPREVIOUS:"));
        let fields = format!("secretId `{arn}`, key `password`, versionStage `AWSPREVIOUS`");
        assert!(message.ends_with(&fields), "{message}");
        assert!(told(&format!("{arn}:::0123")).ends_with("versionId `0123`"));
        for text in ["app/$ENV/db", "${SECRET}", "$(SECRET)", &format!("{arn}-${{X}}")] {
            assert!(told(text).contains("nothing has replaced the variable"), "{text}");
        }
    }

    #[test]
    fn names_keep_to_the_api() {
        assert!("a/b_c+d=e.f@g-h!i".parse::<SecretId>().is_ok());
        assert!("ä".parse::<SecretId>().is_err());
        assert!("".parse::<SecretId>().is_err());
        assert!("x".repeat(2049).parse::<SecretId>().is_err());
    }
}
