//! A file of secrets: what a local store has, and whole secrets with versions, tags and policies.
//!
//! It is the local store's format, one JSON object from name to value, in which a value may also be
//! `{"$secret": {…}}`. What is wrong in it is told with its line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use secretfetch::{Error, ErrorKind, Failure, LocalSecretStore, Result, SecretValue};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A secret of the file.
pub(crate) struct Seed {
    pub(crate) name: String,
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) secret: SeedSecret,
}

pub(crate) struct SeedSecret {
    pub(crate) description: Option<String>,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    /// The text of a resource policy.
    pub(crate) policy: Option<String>,
    pub(crate) scheduled_for_deletion: bool,
    /// The oldest first.
    pub(crate) versions: Vec<SeedVersion>,
}

pub(crate) struct SeedVersion {
    pub(crate) value: SecretValue,
    pub(crate) id: Option<String>,
    pub(crate) stages: Vec<String>,
}

/// The members of `$secret`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written<'a> {
    description: Option<String>,
    kms_key_id: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(borrow)]
    policy: Option<&'a RawValue>,
    #[serde(default)]
    scheduled_for_deletion: bool,
    #[serde(borrow, default)]
    versions: Vec<WrittenVersion<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenVersion<'a> {
    #[serde(borrow)]
    value: &'a RawValue,
    id: Option<String>,
    #[serde(default)]
    stages: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole<'a> {
    #[serde(borrow, rename = "$secret")]
    secret: &'a RawValue,
}

/// Reads the text of a file of secrets.
pub(crate) fn parse(text: &str) -> Result<Vec<Seed>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // serde_json's messages can quote a value: only the position is told.
    let Members(members) = serde_json::from_str(text).map_err(|error| {
        let what = if error.is_data() { "is not one JSON object" } else { "is not valid JSON" };
        config(error.line(), format!("the file of secrets {what} (column {})", error.column()))
    })?;
    let mut names = BTreeSet::new();
    members
        .into_iter()
        .map(|(name, raw)| {
            let line = line_of(text, raw);
            if !names.insert(name.clone()) {
                return Err(config(line, format!("the secret {name:?} stands here a second time")));
            }
            let secret = match serde_json::from_str::<Whole<'_>>(raw.get()) {
                Ok(Whole { secret }) => whole(text, &name, secret)?,
                Err(_) => simple(text, &name, raw)?,
            };
            Ok(Seed { name, line, secret })
        })
        .collect()
}

/// A value as the local store has it: one version.
fn simple(text: &str, name: &str, raw: &RawValue) -> Result<SeedSecret> {
    let version = SeedVersion { value: value(text, name, raw)?, id: None, stages: Vec::new() };
    Ok(SeedSecret {
        description: None,
        kms_key_id: None,
        tags: BTreeMap::new(),
        policy: None,
        scheduled_for_deletion: false,
        versions: vec![version],
    })
}

fn whole(text: &str, name: &str, raw: &RawValue) -> Result<SeedSecret> {
    let written: Written<'_> = serde_json::from_str(raw.get()).map_err(|error| {
        let line = line_of(text, raw) + error.line() - 1;
        config(line, format!("the secret {name:?}: {}", without_position(&error)))
    })?;
    let version = |version: WrittenVersion<'_>| {
        Ok(SeedVersion { value: value(text, name, version.value)?, id: version.id, stages: version.stages })
    };
    // A policy is written as JSON, or as the text of it.
    let policy = written
        .policy
        .map(|policy| serde_json::from_str::<String>(policy.get()).unwrap_or_else(|_| policy.get().to_owned()));
    Ok(SeedSecret {
        description: written.description,
        kms_key_id: written.kms_key_id,
        tags: written.tags,
        policy,
        scheduled_for_deletion: written.scheduled_for_deletion,
        versions: written.versions.into_iter().map(version).collect::<Result<_>>()?,
    })
}

/// A value by the rules of the local store.
fn value(text: &str, name: &str, raw: &RawValue) -> Result<SecretValue> {
    let failed = |what: &dyn fmt::Display| config(line_of(text, raw), format!("the secret {name:?}: {what}"));
    let local = LocalSecretStore::from_json(&format!("{{\"value\": {}}}", raw.get()));
    let local = local.map_err(|error| failed(&error.primary().message().replace("`value`", "its value")))?;
    let value = local.iter().next().map(|(_, value)| value.clone());
    value.ok_or_else(|| failed(&"has no value"))
}

/// What is wrong, of which serde_json tells the line within the secret.
fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let end = message.rfind(" at line ").unwrap_or(message.len());
    // Names of members alone are quoted; a value of the wrong type could be a secret's.
    if message.starts_with("invalid") { "a member has the wrong type".to_owned() } else { message[..end].to_owned() }
}

/// The line where a part of the text begins.
fn line_of(text: &str, raw: &RawValue) -> usize {
    let offset = (raw.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    text.as_bytes().get(..offset).map_or(1, |before| before.iter().filter(|&&byte| byte == b'\n').count() + 1)
}

/// Something is wrong in this line.
pub(crate) fn config(line: usize, message: impl fmt::Display) -> Error {
    Failure::new(ErrorKind::Config, format!("line {line}: {message}")).into()
}

/// The members of an object, each with its text as it stands, those of equal names too.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse(text).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_value_stands_as_in_a_local_store_and_a_whole_secret_beside_it() {
        let seeds = parse(
            r#"{
                "a": {"n": 1.0},
                "b": {"$secret": {"tags": {"team": "blue"}, "policy": {"Version": "2012-10-17"}, "versions": [
                    {"value": "1", "stages": ["AWSPREVIOUS"]},
                    {"value": {"$binary": "AAH/"}}
                ]}}
            }"#,
        )
        .unwrap();
        assert_eq!(seeds[0].secret.versions[0].value.expose_text(), Some(r#"{"n": 1.0}"#));
        let whole = &seeds[1].secret;
        assert_eq!(whole.policy.as_deref(), Some(r#"{"Version": "2012-10-17"}"#));
        assert_eq!(whole.versions[1].value.expose_bytes(), [0, 1, 255]);
        assert_eq!(whole.versions[0].stages, ["AWSPREVIOUS"]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_no_value() {
        for (text, line, said) in [
            ("{\n\"a\": \"1\",\n\"a\": \"2\"\n}", 3, "a second time"),
            ("[\"s3cr3t\"]", 1, "is not one JSON object"),
            ("{\n\"a\": \"s3cr3t", 2, "is not valid JSON"),
            ("{\"a\":\n{\"$secret\": {\n\"tag\": 1}}}", 3, "unknown field `tag`"),
            ("{\"a\":\n{\"$secret\": {\"tags\": \"s3cr3t\"}}}", 2, "a member has the wrong type"),
            ("{\"a\": {\"$secret\": {\"versions\": [\n{\"value\": 5}]}}}", 2, "secret"),
        ] {
            let message = refused(text);
            assert!(message.contains(&format!("line {line}: ")) && message.contains(said), "{text}: {message}");
            assert!(!message.contains("s3cr3t"), "{message}");
        }
    }
}
