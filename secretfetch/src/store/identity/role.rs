//! A role, as an option, a profile or the environment names it.

use std::fmt;
use std::time::Duration;

use crate::error::{ErrorKind, Failure, Result};
use crate::secret::is_account;
use crate::text::quoted;

/// A role, and the session that is wanted of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) external_id: Option<String>,
    pub(super) session_name: Option<String>,
    /// Without one, an hour: the default of AssumeRole.
    pub(super) duration: Option<Duration>,
}

/// A token's file, and the variable that names it; none if a profile does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TokenFile {
    pub(super) path: String,
    pub(super) variable: Option<&'static str>,
}

impl fmt::Display for TokenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the token file {}", quoted(&self.path))?;
        self.variable.map_or(Ok(()), |name| write!(f, " ({name})"))
    }
}

pub(crate) fn check_role_arn(arn: &str) -> Result<()> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "iam", "", account, name]
            if !partition.is_empty()
                && is_account(account)
                && name.strip_prefix("role/").is_some_and(|name| !name.is_empty()) =>
        {
            Ok(())
        }
        _ => Err(Failure::new(ErrorKind::Config, format!("{} is not the ARN of a role", quoted(arn)))
            .with_hint("write it as `arn:aws:iam::ACCOUNT:role/NAME`")
            .into()),
    }
}

/// The pattern of `ExternalId` in [AssumeRole](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
/// It is no secret, but somebody may take it for one: it is not shown.
pub(crate) fn check_external_id(id: &str, has_role: bool) -> Result<()> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&b);
    let (what, hint) = if !has_role {
        ("an external id is given without a role", "give the role's ARN with it, or leave the external id out")
    } else if (2..=1224).contains(&id.len()) && id.bytes().all(allowed) {
        return Ok(());
    } else {
        ("the external id is not valid", "it has 2 to 1224 characters: letters, digits and _+=,.@:/-")
    };
    Err(Failure::new(ErrorKind::Config, what).with_hint(hint).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_ids_are_checked() {
        for id in ["ab", "acme-42", "a_+=,.@:/-b"] {
            assert!(check_external_id(id, true).is_ok(), "{id}");
            assert_eq!(check_external_id(id, false).unwrap_err().kind(), ErrorKind::Config, "{id}");
        }
        for id in ["", "a", "hunter2 x", "hunter2\n", "hünter2", &"x".repeat(1225)] {
            let error = check_external_id(id, true).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!error.to_string().contains("nter2"), "{error}");
        }
    }

    #[test]
    fn role_arns_are_checked() {
        assert!(check_role_arn("arn:aws:iam::123456789012:role/path/name").is_ok());
        assert!(check_role_arn("arn:aws-cn:iam::123456789012:role/name").is_ok());
        for arn in
            ["name", "arn:aws:iam::123:role/x", "arn:aws:iam::123456789012:user/x", "arn:aws:iam::123456789012:role/"]
        {
            assert_eq!(check_role_arn(arn).unwrap_err().kind(), ErrorKind::Config, "{arn}");
        }
    }
}
