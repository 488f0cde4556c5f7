//! The filters of `ListSecrets` and `BatchGetSecretValue`.
//!
//! Source: "Filter" and "Find secrets in AWS Secrets Manager". Several values of a filter are alternatives, several
//! filters must all match; a value that begins with `!` matches what does not. Not every name or tag can be a value.

use serde::Deserialize;

use super::checks::Checks;
use crate::fake::record::SecretRecord;
use crate::fake::refusal::Refusal;

/// The most filters of a request.
pub(crate) const MOST: usize = 10;

/// The longest value.
const LONGEST_VALUE: usize = 512;

const VALUE_CONSTRAINTS: &str = "Member must have length less than or equal to 512, Member must have length greater than or \
                                 equal to 0, Member must satisfy regular expression pattern: \
                                 ^\\!?[a-zA-Z0-9 :_@\\/\\+\\=\\.\\-\\!]*$";

const KEYS: [&str; 7] = ["all", "name", "tag-key", "description", "tag-value", "owning-service", "primary-region"];

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Filter {
    pub(crate) key: Option<String>,
    pub(crate) values: Option<Vec<String>>,
}

impl Filter {
    /// What matches everything that has this text there, and may match more; none where no filter can.
    pub(crate) fn beginning(key: &str, text: &str) -> Option<Self> {
        let end = text.find(|c| !is_of_value(c)).unwrap_or(text.len()).min(LONGEST_VALUE);
        let value = Some(&text[..end]).filter(|value| !value.is_empty() && !value.starts_with('!'))?;
        Some(Filter { key: Some(key.to_owned()), values: Some(vec![value.to_owned()]) })
    }
}

/// What the service takes as a value.
fn is_value(text: &str) -> bool {
    text.chars().count() <= LONGEST_VALUE && text.chars().all(is_of_value)
}

/// A character of the pattern.
fn is_of_value(c: char) -> bool {
    c.is_ascii_alphanumeric() || " :_@/+=.-!".contains(c)
}

pub(super) fn check(filters: &[Filter]) -> Result<(), Refusal> {
    Checks::default().count("filters", filters.len(), 0..=MOST).finish()?;
    filters.iter().enumerate().try_fold((), |(), (at, filter)| {
        let member = |name: &str| format!("filters.{}.member.{name}", at + 1);
        Checks::default()
            .one_of(&member("key"), filter.key.as_ref(), &KEYS)
            .list(&member("values"), filter.values.as_ref(), 1..=10)
            .all(&member("values"), filter.values.as_ref(), |value| is_value(value), VALUE_CONSTRAINTS)
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
        "description" => has_words(value, &record.description),
        "tag-key" => record.tags().any(|(key, _)| key.starts_with(value)),
        "tag-value" => record.tags().any(|(_, held)| held.starts_with(value)),
        "owning-service" => record.owning_service.as_deref().is_some_and(|service| service.starts_with(value)),
        "primary-region" => primary.is_some_and(|region| region.starts_with(value)),
        _ => {
            let tags = record.tags().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
            let mut all = [record.name.as_str(), record.description.as_str()].into_iter().chain(tags);
            all.any(|text| has_words(value, text))
        }
    }
}

/// Whether each word of `value` begins some word of `text`, whatever the case. What has no word matches nothing.
fn has_words(value: &str, text: &str) -> bool {
    let (value, text) = (words(value), words(text));
    !value.is_empty() && value.iter().all(|wanted| text.iter().any(|word| word.starts_with(wanted)))
}

/// The words of a text in lower case: between white space and punctuation, and from each capital that begins a word in
/// camel case (`AppBeta`, `HTTPServer`).
fn words(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut words = vec![String::new()];
    for (at, &c) in chars.iter().enumerate() {
        let is_separator = |c: char| c.is_whitespace() || "/_+=.@-".contains(c);
        let before = at.checked_sub(1).map_or(' ', |before| chars[before]);
        let after_is_small = chars.get(at + 1).is_some_and(|after| after.is_lowercase());
        let begins = c.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && after_is_small));
        if is_separator(c) || begins {
            words.push(String::new());
        }
        if !is_separator(c)
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_that_aws_finds() {
        for (text, expected) in [
            ("an old secret", vec!["an", "old", "secret"]),
            ("prod/AppBeta/1", vec!["prod", "app", "beta", "1"]),
            ("SecretFTag", vec!["secret", "f", "tag"]),
            ("uat/COMPANYthings", vec!["uat", "compan", "ythings"]),
            ("COMPANY", vec!["company"]),
            ("+", vec![]),
        ] {
            assert_eq!(words(text), expected);
        }
        assert!(has_words("d t", "DescTwo") && !has_words("ret", "secret") && !has_words("+", "a+b"));
    }
}
