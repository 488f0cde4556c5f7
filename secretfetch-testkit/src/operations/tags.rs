//! `TagResource` and `UntagResource`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::action::{Action, Context};
use super::authorization::Conditions;
use super::checks::{self, Checks};
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::record::SecretRecord;
use crate::fake::refusal::Refusal;

/// The most tags of a secret.
const MOST: usize = 50;

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl Tag {
    pub(super) fn into_pair(self) -> (String, String) {
        (self.key, self.value)
    }

    pub(super) fn all_of(record: &SecretRecord) -> Option<Vec<Tag>> {
        let tag = |(key, value): &(String, String)| Tag { key: key.clone(), value: value.clone() };
        record.tags.as_ref().map(|tags| tags.iter().map(tag).collect())
    }
}

pub(super) fn check(tags: &[Tag]) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for (at, tag) in tags.iter().enumerate() {
        let member = |name: &str| format!("tags.{}.member.{name}", at + 1);
        Checks::default()
            .length(&member("key"), Some(&tag.key), 1..=128)
            .length(&member("value"), Some(&tag.value), 0..=256)
            .finish()?;
        if tag.key.to_lowercase().starts_with("aws:") {
            return Err(Refusal::InvalidParameter("Tag keys that start with aws: are reserved for AWS.".to_owned()));
        }
        if !seen.insert(&tag.key) {
            return Err(Refusal::InvalidParameter(format!("Duplicate tag key: {}", tag.key)));
        }
    }
    at_most(tags.len())
}

/// The condition keys of tags in a request.
pub(super) fn conditions(tags: &[Tag]) -> Conditions {
    if tags.is_empty() {
        return Conditions::new();
    }
    let keys = ("aws:TagKeys".to_owned(), tags.iter().map(|tag| tag.key.clone()).collect());
    let tag = |tag: &Tag| (format!("aws:RequestTag/{}", tag.key), vec![tag.value.clone()]);
    tags.iter().map(tag).chain([keys]).collect()
}

fn at_most(tags: usize) -> Result<(), Refusal> {
    if tags <= MOST {
        return Ok(());
    }
    Err(Refusal::InvalidParameter(format!("A secret can have at most {MOST} tags.")))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TagResource {
    secret_id: Option<String>,
    tags: Option<Vec<Tag>>,
}

/// The answer of what has none.
#[derive(Serialize)]
pub(crate) struct Nothing {}

impl TagResource {
    pub(crate) fn with_tags(id: &str, tags: &[(&str, &str)]) -> Self {
        let tag = |(key, value): &(&str, &str)| Tag { key: (*key).to_owned(), value: (*value).to_owned() };
        TagResource { secret_id: Some(id.to_owned()), tags: Some(tags.iter().map(tag).collect()) }
    }
}

impl Action for TagResource {
    const OPERATION: Operation = Operation::TagResource;
    type Output = Nothing;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn check(&self) -> Result<(), Refusal> {
        Checks::default().secret_id(self.secret_id.as_ref()).required("tags", self.tags.as_ref()).finish()?;
        checks::secret_id(self.secret_id.as_ref())?;
        check(self.tags.as_deref().unwrap_or_default())
    }

    fn conditions(&self) -> Conditions {
        conditions(self.tags.as_deref().unwrap_or_default())
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Nothing, Refusal> {
        account.change(context.region, &checks::checked(self.secret_id), |record| {
            record.put_tags(self.tags.into_iter().flatten().map(Tag::into_pair));
            record.changed = context.now;
            at_most(record.tags().count()).map(|()| Nothing {})
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagResource {
    secret_id: Option<String>,
    tag_keys: Option<Vec<String>>,
}

impl Action for UntagResource {
    const OPERATION: Operation = Operation::UntagResource;
    type Output = Nothing;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn check(&self) -> Result<(), Refusal> {
        Checks::default().secret_id(self.secret_id.as_ref()).required("tagKeys", self.tag_keys.as_ref()).finish()?;
        checks::secret_id(self.secret_id.as_ref())
    }

    fn conditions(&self) -> Conditions {
        vec![("aws:TagKeys".to_owned(), self.tag_keys.clone().unwrap_or_default())]
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Nothing, Refusal> {
        account.change(context.region, &checks::checked(self.secret_id), |record| {
            let keys = self.tag_keys.unwrap_or_default();
            if let Some(tags) = &mut record.tags {
                tags.retain(|(key, _)| !keys.contains(key));
            }
            record.changed = context.now;
            Ok(Nothing {})
        })
    }
}
