//! What a parameter is called: names, ARNs and selectors.
//!
//! Source: "Requirements and constraints for parameter names" in the Systems Manager User Guide.

use secretfetch::Region;

use super::refusal::ParameterRefusal;
use crate::fake::account_id::ACCOUNT;

/// The longest name, with the ARN that stands before it.
const LONGEST_ARN: usize = 1011;

/// The most levels of a hierarchy.
const MOST_LEVELS: usize = 15;

/// The ARN of a parameter, or of a path; a leading slash is not doubled.
pub(crate) fn parameter_arn(region: &Region, id: &str) -> String {
    let Some(Reference { key, .. }) = Reference::of(region, id) else { return id.to_owned() };
    let name = key.strip_prefix('/').unwrap_or(key);
    format!("arn:{}:ssm:{region}:{ACCOUNT}:parameter/{name}", region.partition())
}

/// How a request means a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    /// The name as it is unique: `/name` of one level is the same parameter as `name`.
    pub(crate) key: &'a str,
    /// A version's number or label.
    pub(crate) selector: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Reads `name`, `name:3`, `name:label`, or an ARN with or without one of these ends; `None` for an ARN that is of
    /// no parameter of this account and region.
    pub(crate) fn of(region: &Region, id: &'a str) -> Option<Self> {
        let name = if id.starts_with("arn:") {
            let here = format!("arn:{}:ssm:{region}:{ACCOUNT}:parameter", region.partition());
            id.strip_prefix(&here).filter(|name| name.starts_with('/'))?
        } else {
            id
        };
        let (name, selector) = match name.split_once(':') {
            Some((name, selector)) => (name, Some(selector)),
            None => (name, None),
        };
        Some(Reference { key: key(name), selector })
    }
}

/// What a name is kept under.
pub(crate) fn key(name: &str) -> &str {
    match name.strip_prefix('/') {
        Some(rest) if !rest.contains('/') => rest,
        _ => name,
    }
}

/// Whether a parameter may be created under a name.
pub(super) fn check(region: &Region, name: &str) -> Result<(), ParameterRefusal> {
    let path = name.strip_prefix('/').unwrap_or(name);
    let lower = path.to_ascii_lowercase();
    if lower.starts_with("aws") && name.starts_with('/') && path.contains('/') {
        return Err(ParameterRefusal::Reserved(name.to_owned()));
    }
    if (lower.starts_with("aws") || lower.starts_with("ssm")) && !path.contains('/') {
        return Err(ParameterRefusal::ReservedPrefix);
    }
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let has_empty_level = path.split('/').any(str::is_empty);
    if lower.starts_with("ssm") || has_empty_level || !path.bytes().all(is_allowed) {
        return Err(ParameterRefusal::Name);
    }
    if path.contains('/') && !name.starts_with('/') {
        return Err(ParameterRefusal::NotFullyQualified);
    }
    if path.split('/').count() > MOST_LEVELS {
        return Err(ParameterRefusal::TooManyLevels);
    }
    if parameter_arn(region, name).len() > LONGEST_ARN {
        return Err(ParameterRefusal::NameTooLong);
    }
    Ok(())
}

/// Whether an id can be that of a parameter.
pub(crate) fn check_id(id: &str) -> Result<(), ParameterRefusal> {
    let (name, selector) = id.split_once(':').unwrap_or((id, ""));
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let is_name = !name.is_empty() && name.bytes().chain(selector.bytes()).all(is_allowed);
    if id.starts_with("arn:") || is_name { Ok(()) } else { Err(ParameterRefusal::Name) }
}

/// Whether parameters can be read by a path.
pub(crate) fn check_path(path: &str) -> Result<(), ParameterRefusal> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let is_path = path.starts_with('/') && path.bytes().all(is_allowed) && !path.contains("//");
    if is_path { Ok(()) } else { Err(ParameterRefusal::Path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Region {
        "eu-west-1".parse().unwrap()
    }

    #[test]
    fn an_arn_has_no_double_slash() {
        for (name, arn) in [
            ("plain", "arn:aws:ssm:eu-west-1:123456789012:parameter/plain"),
            ("/plain:3", "arn:aws:ssm:eu-west-1:123456789012:parameter/plain"),
            ("/a/b", "arn:aws:ssm:eu-west-1:123456789012:parameter/a/b"),
        ] {
            assert_eq!(parameter_arn(&here(), name), arn);
        }
    }

    #[test]
    fn a_parameter_is_meant_by_name_arn_and_selector() {
        for (id, key, selector) in [
            ("a", "a", None),
            ("/a", "a", None),
            ("/a/b:3", "/a/b", Some("3")),
            ("arn:aws:ssm:eu-west-1:123456789012:parameter/a", "a", None),
            ("arn:aws:ssm:eu-west-1:123456789012:parameter/a/b:live", "/a/b", Some("live")),
        ] {
            assert_eq!(Reference::of(&here(), id), Some(Reference { key, selector }), "{id}");
        }
        for id in [
            "arn:aws:ssm:us-east-1:123456789012:parameter/a",
            "arn:aws:ssm:eu-west-1:210987654321:parameter/a",
            "arn:aws:ssm:eu-west-1:123456789012:parametera",
        ] {
            assert_eq!(Reference::of(&here(), id), None, "{id}");
        }
    }

    #[test]
    fn names_keep_to_the_grammar() {
        let deep = |levels: usize| "/x".repeat(levels);
        for (name, refusal) in [
            ("a".to_owned(), None),
            ("/a/b.c/d-e_f".to_owned(), None),
            (deep(15), None),
            (deep(16), Some(ParameterRefusal::TooManyLevels)),
            ("a/b".to_owned(), Some(ParameterRefusal::NotFullyQualified)),
            ("a b".to_owned(), Some(ParameterRefusal::Name)),
            ("/a//b".to_owned(), Some(ParameterRefusal::Name)),
            ("/".to_owned(), Some(ParameterRefusal::Name)),
            ("AWSx".to_owned(), Some(ParameterRefusal::ReservedPrefix)),
            ("/ssmx".to_owned(), Some(ParameterRefusal::ReservedPrefix)),
            ("/SSM/x".to_owned(), Some(ParameterRefusal::Name)),
            ("/aws/x".to_owned(), Some(ParameterRefusal::Reserved("/aws/x".to_owned()))),
            ("x".repeat(966), None),
            ("x".repeat(967), Some(ParameterRefusal::NameTooLong)),
        ] {
            assert_eq!(check(&here(), &name).err(), refusal, "{name}");
        }
    }
}
