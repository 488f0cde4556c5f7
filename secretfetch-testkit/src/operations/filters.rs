//! The filters of `ListSecrets` and `BatchGetSecretValue`.
//!
//! Source: "Filter" and "Find secrets in AWS Secrets Manager". Several values of a filter are alternatives, several
//! filters must all match; a value that begins with `!` matches what does not.

use serde::Deserialize;

use super::checks::Checks;
use crate::fake::record::SecretRecord;
use crate::fake::refusal::Refusal;

const KEYS: [&str; 7] = ["all", "name", "tag-key", "description", "tag-value", "owning-service", "primary-region"];

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Filter {
    pub(crate) key: Option<String>,
    pub(crate) values: Option<Vec<String>>,
}

impl Filter {
    pub(crate) fn of(key: &str, value: &str) -> Self {
        Filter { key: Some(key.to_owned()), values: Some(vec![value.to_owned()]) }
    }

    /// Whether there is something that it does not match.
    pub(crate) fn is_restriction(&self) -> bool {
        self.values.iter().flatten().all(|value| !value.is_empty())
    }
}

pub(super) fn check(filters: &[Filter]) -> Result<(), Refusal> {
    filters.iter().enumerate().try_fold((), |(), (at, filter)| {
        let member = |name: &str| format!("filters.{}.member.{name}", at + 1);
        Checks::default()
            .one_of(&member("key"), filter.key.as_ref(), &KEYS)
            .list(&member("values"), filter.values.as_ref(), 1..=10)
            .finish()?;
        if filter.key.is_none() {
            return Err(Refusal::InvalidParameter("Invalid filter key".to_owned()));
        }
        if filter.values.is_none() {
            let key = filter.key.as_deref().unwrap_or_default();
            return Err(Refusal::InvalidParameter(format!("Invalid filter values for key: {key}")));
        }
        Ok(())
    })
}

/// Whether all filters match; of no filters they do.
pub(super) fn match_all(filters: &[Filter], record: &SecretRecord) -> bool {
    filters.iter().all(|filter| {
        let key = filter.key.as_deref().unwrap_or_default();
        filter.values.iter().flatten().any(|value| match value.strip_prefix('!') {
            Some(value) => !matches(key, value, record),
            None => matches(key, value, record),
        })
    })
}

fn matches(key: &str, value: &str, record: &SecretRecord) -> bool {
    let primary = record.replication.as_ref().map(|replication| replication.primary.as_str());
    match key {
        "name" => record.name.starts_with(value),
        "description" => starts_with(&record.description, value),
        "tag-key" => record.tags.keys().any(|key| key.starts_with(value)),
        "tag-value" => record.tags.values().any(|held| held.starts_with(value)),
        "owning-service" => record.owning_service.as_deref().is_some_and(|service| service.starts_with(value)),
        "primary-region" => primary.is_some_and(|region| region.starts_with(value)),
        _ => {
            let tags = record.tags.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
            let all = [record.name.as_str(), record.description.as_str()];
            let all: Vec<&str> = all.into_iter().chain(tags).chain(record.owning_service.as_deref()).collect();
            // Each word of the value is looked for in each word of what the secret has.
            words(value).any(|wanted| all.iter().any(|text| words(text).any(|word| starts_with(word, wanted))))
        }
    }
}

/// Whatever the case.
fn starts_with(text: &str, prefix: &str) -> bool {
    text.to_lowercase().starts_with(&prefix.to_lowercase())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "/_+=.@-".contains(c)).filter(|word| !word.is_empty())
}
