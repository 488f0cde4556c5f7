//! What Secrets Manager takes for a secret's id.

use crate::error::{ErrorKind, Failure, Result};
use crate::secret::{Region, SecretId, SecretRequest, is_account};

/// The longest name (`Name` of CreateSecret).
const LONGEST_NAME: usize = 512;

/// Whether a secret of Secrets Manager can be asked for by this id: its name, its ARN, or a partial ARN (without the six
/// random characters).
///
/// The grammar is that of an id to ask for
/// ([GetSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html)): in the name
/// letters, digits and `-/_+=.@!` (what the service's `Invalid name` error lists). That is more than
/// [CreateSecret](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html) documents
/// for a name to create: the `!` stands in the names of
/// [managed secrets](https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html),
/// after the prefix of the service that owns them (`rds!db-…`, `redshift!…`).
///
/// An ARN may be of any partition.
pub(in crate::store) fn check(id: &SecretId) -> Result<()> {
    checked(id.as_str()).map_err(|refusal| Failure::new(ErrorKind::Config, refusal.to_string()).into())
}

/// Whether a secret can have the version that is asked for: its id has 32 to 64 characters
/// ([GetSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html)).
pub(in crate::store) fn check_version(request: &SecretRequest) -> Result<()> {
    match request.version_id() {
        Some(id) if !(32..=64).contains(&id.as_str().len()) => {
            let what = format!("{} is not the id of a secret's version", crate::text::quoted(id.as_str()));
            let hint = "it has 32 to 64 characters, and is usually a UUID; `aws secretsmanager list-secret-version-ids` \
                        shows those of a secret";
            Err(Failure::new(ErrorKind::Config, what).with_hint(hint).into())
        }
        _ => Ok(()),
    }
}

/// Whether names of secrets can begin so. What an ARN begins with is no beginning of a name.
pub(super) fn check_prefix(prefix: &str) -> Result<()> {
    let refuse = |why: String| {
        let failure =
            Failure::new(ErrorKind::Config, format!("no secret's name begins with {}", crate::text::quoted(prefix)));
        Err(failure.with_hint(why).into())
    };
    if let Some(hint) = crate::text::unreplaced_variable(prefix) {
        return refuse(format!("it has a variable in it: {hint}"));
    }
    match prefix.chars().find(|&c| !is_of_name(c)) {
        Some(c) => {
            refuse(format!("it has the character `{}`; a name has letters, digits and -/_+=.@!", c.escape_default()))
        }
        None if prefix.len() > LONGEST_NAME => refuse(format!("a name has at most {LONGEST_NAME} characters")),
        None => Ok(()),
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-/_+=.@!".contains(c)
}

fn checked(text: &str) -> Result<(), Refusal> {
    if let Some(hint) = crate::text::unreplaced_variable(text) {
        return Err(Refusal::Variable { id: crate::text::quoted(text), hint });
    }
    let is_arn = text.starts_with("arn:");
    if is_arn {
        check_arn(text)?;
    }
    let name = if is_arn { &text[text.rfind(':').map_or(0, |i| i + 1)..] } else { text };
    match name.chars().find(|&c| !is_of_name(c)) {
        Some(c) => Err(Refusal::Character { id: crate::text::quoted(text), character: c.escape_default().to_string() }),
        None if name.is_empty() => Err(Refusal::Arn(crate::text::quoted(text))),
        None => Ok(()),
    }
}

/// `arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME`.
fn check_arn(text: &str) -> Result<(), Refusal> {
    let invalid = || Refusal::Arn(crate::text::quoted(text));
    match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", partition, "secretsmanager", region, account, "secret", _name]
            if !partition.is_empty() && is_account(account) =>
        {
            region.parse::<Region>().map(drop).map_err(|_| invalid())
        }
        ["arn", _, "secretsmanager", _, _, "secret", _, key, stage, id] => Err(Refusal::EcsReference {
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

/// Why no secret can be asked for by an id.
#[derive(Clone, Debug, thiserror::Error)]
enum Refusal {
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
            assert!(matches!(checked(text), Err(Refusal::Arn(_))), "{text}");
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
            assert!(checked(name).is_ok() && !name.parse::<SecretId>().unwrap().is_arn(), "{name}");
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
                    checked(&arn).unwrap();
                    let id: SecretId = arn.parse().unwrap();
                    assert_eq!(id.arn_region().map(Region::as_str), Some(region), "{arn}");
                }
            }
        }
    }

    #[test]
    fn what_other_tools_would_understand_is_told_in_our_own_fields() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf";
        let told = |text: &str| checked(text).unwrap_err().to_string();
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
        assert!(checked("a/b_c+d=e.f@g-h!i").is_ok());
        for name in ["ä", "no spaces", "a\\b", "arn:x"] {
            assert!(checked(name).is_err(), "{name}");
        }
    }

    #[cfg(feature = "aws")]
    #[test]
    fn a_prefix_is_what_a_name_can_begin_with() {
        for prefix in ["", "team/app/", "!", "rds!", &"x".repeat(512)] {
            check_prefix(prefix).unwrap();
        }
        for (prefix, words) in [
            ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:a", "the character `:`"),
            ("team/*", "the character `*`"),
            ("team/\u{e4}", "the character"),
            ("${TEAM}/", "nothing has replaced the variable"),
            (&"x".repeat(513), "at most 512"),
        ] {
            let error = check_prefix(prefix).unwrap_err();
            assert!(error.kind() == ErrorKind::Config && error.to_string().contains(words), "{error}");
        }
    }
}
