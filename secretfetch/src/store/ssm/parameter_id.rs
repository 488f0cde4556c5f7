//! What Parameter Store takes for a parameter's id, and for its version.

use crate::error::{ErrorKind, Failure, Result};
use crate::secret::{Arn, SecretId, SecretRequest};
use crate::store::find::Find;
use crate::text::quoted;

/// Whether a parameter can be asked for by this id: its name or ARN.
///
/// A name has letters, digits and `_.-`, and `/` between the levels of a hierarchy
/// ([PutParameter](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html)). The version
/// that other tools write behind a colon has fields of its own.
pub(super) fn check(id: &SecretId) -> Result<()> {
    let text = id.as_str();
    if let Some(hint) = crate::text::unreplaced_variable(text) {
        return refuse(format!("the parameter's name {} has a variable in it", quoted(text)), hint);
    }
    let arn = id.arn();
    let name = match &arn {
        None if text.starts_with("arn:") => return not_arn(text),
        None => text,
        Some(arn) => match name_in(arn) {
            Some(name) => name,
            None => return not_arn(text),
        },
    };
    if let Some((name, version)) = name.split_once(':') {
        let field = if is_number(version) { "versionId" } else { "versionStage" };
        let what = format!("{} is a parameter and its version", quoted(text));
        let whole = &text[..text.len() - version.len() - 1];
        debug_assert!(whole.ends_with(name));
        return refuse(what, format!("write secretId {}, {field} {}", quoted(whole), quoted(version)));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    if let Some(c) = name.chars().find(|&c| !allowed(c)) {
        let what = format!("the parameter's name {} has the character `{}`", quoted(text), c.escape_default());
        return refuse(what, "a name has letters, digits and _.-, and `/` between its levels");
    }
    if name.ends_with('/') || name.contains("//") {
        let what = format!("the parameter's name {} has an empty level", quoted(text));
        return refuse(what, "`find` brings the parameters below a path");
    }
    Ok(())
}

/// The name in `arn:PARTITION:ssm:REGION:ACCOUNT:parameter/NAME`, without a slash before it.
fn name_in(arn: &Arn) -> Option<&str> {
    arn.region()?;
    let name = arn.resource().strip_prefix("parameter/")?;
    (arn.service() == "ssm" && !name.is_empty()).then_some(name)
}

fn not_arn(text: &str) -> Result<()> {
    let what = format!("{} is not the ARN of a parameter", quoted(text));
    refuse(what, "write it as `arn:aws:ssm:REGION:ACCOUNT:parameter/NAME`")
}

/// A request that no parameter can answer, whatever versions it has, and that is not sent therefore.
#[cfg(feature = "aws")]
pub(super) fn check_answerable(request: &SecretRequest) -> Result<()> {
    // Two versions are a mistake of who asks; one that cannot be is one that the parameter does not have.
    let has_both = request.version_id().is_some() && request.version_stage().is_some();
    let kind = if has_both { ErrorKind::Config } else { ErrorKind::VersionNotFound };
    check_version(request).map_err(|error| {
        error.map_failures(|failure| {
            Failure::new(kind, failure.message()).with_hint_of(&failure).with_secret_id(request.secret_id())
        })
    })
}

/// Whether a parameter can have the version that is asked for: a number, or a label
/// ([parameter labels](https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html)).
pub(super) fn check_version(request: &SecretRequest) -> Result<()> {
    match (request.version_id(), request.version_stage()) {
        (Some(id), Some(_)) => {
            let what = format!("both the version {} and a label are given", quoted(id.as_str()));
            refuse(what, "give one of `versionId` and `versionStage`")
        }
        (Some(id), None) if !is_number(id.as_str()) => {
            let what = format!("{} is not a parameter's version", quoted(id.as_str()));
            refuse(what, "it is a number, such as `3`; a label is given as `versionStage`")
        }
        (None, Some(stage)) if !request.wants_current() && !is_label(stage.as_str()) => {
            let what = format!("{} is not a parameter's label", quoted(stage.as_str()));
            refuse(
                what,
                "it has 1 to 100 letters, digits and _.-, and begins with no digit, `aws` or `ssm`; a number is a `versionId`",
            )
        }
        _ => Ok(()),
    }
}

fn is_number(text: &str) -> bool {
    text.parse::<u32>().is_ok_and(|number| number > 0) && !text.starts_with(['0', '+'])
}

fn is_label(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    // What AWS keeps to itself it refuses in either case.
    let is_reserved =
        text.get(..3).is_some_and(|start| ["aws", "ssm"].iter().any(|own| start.eq_ignore_ascii_case(own)));
    let has_digit = text.starts_with(|c: char| c.is_ascii_digit());
    (1..=100).contains(&text.len()) && text.bytes().all(allowed) && !has_digit && !is_reserved
}

/// Whether parameters can be looked for by this: a path, with a slash at both its ends.
pub(super) fn check_path(find: &Find) -> Result<()> {
    let path = find.prefix();
    let fit = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    if !path.starts_with('/') || !path.ends_with('/') {
        let what = format!("the prefix {} is not a path of Parameter Store", quoted(path));
        return refuse(what, "it begins and ends with a slash, such as `/team/app/`");
    }
    if path.contains("//") || !path.chars().all(fit) {
        let what = format!("the path {} has an empty level, or a character that no parameter's name has", quoted(path));
        return refuse(what, "a name has letters, digits and _.-, and `/` between its levels");
    }
    Ok(())
}

fn refuse(what: String, hint: impl Into<String>) -> Result<()> {
    Err(Failure::new(ErrorKind::Config, what).with_hint(hint).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(id: &str) -> Option<String> {
        check(&id.parse().unwrap()).err().map(|error| error.to_string())
    }

    #[test]
    fn names_and_arns_of_every_partition_are_parameters() {
        for id in [
            "password",
            "/team/app/db.password_1-x",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/team/app",
            "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/x",
            // A public parameter belongs to no account.
            "arn:aws:ssm:eu-west-1::parameter/aws/service/x",
        ] {
            assert_eq!(told(id), None);
        }
    }

    #[test]
    fn what_other_tools_would_understand_is_told_in_our_own_fields() {
        assert!(told("/a:3").unwrap().contains("secretId `/a`, versionId `3`"));
        assert!(told("/a:prod").unwrap().contains("secretId `/a`, versionStage `prod`"));
        let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/a";
        assert!(told(&format!("{arn}:7")).unwrap().contains(&format!("secretId `{arn}`, versionId `7`")));
        assert!(told("/app/${ENV}").unwrap().contains("has a variable in it"));
    }

    #[test]
    fn other_arns_and_names_that_cannot_be_are_refused() {
        for id in [
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x",
            "arn:aws:ssm::123456789012:parameter/x",
            "arn:aws:ssm:eu-west-1:123456789012:document/x",
            "arn:nonsense",
            "a b",
            "ä",
            "/a/",
            "/a//b",
        ] {
            assert!(told(id).is_some(), "{id}");
        }
    }

    #[test]
    fn a_version_is_a_number_and_a_stage_a_label() {
        let request = || SecretRequest::new("/a".parse().unwrap());
        let id = |text: &str| check_version(&request().with_version_id(text.parse().unwrap())).is_ok();
        assert!(id("1") && id("100"));
        assert!(!id("0") && !id("01") && !id("+1") && !id("x") && !id("01234567-89ab-cdef-0123-456789abcdef"));
        let stage = |text: &str| check_version(&request().with_version_stage(text.parse().unwrap())).is_ok();
        assert!(stage("prod") && stage("a.b-c_d") && stage("AWSCURRENT"));
        assert!(!stage("1st") && !stage("ä") && !stage(&"x".repeat(101)));
        assert!(!stage("AWSPREVIOUS") && !stage("ssm-x") && stage("as") && stage("my-aws"));
        let both = request().with_version_id("1".parse().unwrap()).with_version_stage("prod".parse().unwrap());
        assert!(check_version(&both).is_err());
    }

    #[test]
    fn a_path_has_a_slash_at_both_its_ends() {
        for path in ["/", "/team/app/"] {
            assert!(check_path(&Find::by_prefix(path)).is_ok(), "{path}");
        }
        for path in ["", "team", "team/app/", "/team/app", "/a//b/", "/a b/", "/ä/", "/a*/"] {
            assert!(check_path(&Find::by_prefix(path)).is_err(), "{path}");
        }
    }
}
