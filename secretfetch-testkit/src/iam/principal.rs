//! Whom a policy of a resource is about.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::request::Caller;

/// A text or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Texts {
    One(String),
    Many(Vec<String>),
}

impl Texts {
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Texts::One(text) => std::slice::from_ref(text).iter().map(String::as_str),
            Texts::Many(texts) => texts.iter().map(String::as_str),
        }
    }
}

/// The `Principal` of a statement.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum PrincipalElement {
    Everyone(Everyone),
    Kinds(BTreeMap<Kind, Texts>),
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) enum Everyone {
    #[serde(rename = "*")]
    Star,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) enum Kind {
    #[serde(rename = "AWS")]
    Aws,
    Service,
    Federated,
    CanonicalUser,
}

/// How closely a policy names a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// By the account: the account's own policies decide.
    Account,
    /// By the role or user.
    Identity,
    /// By the session itself, or as everyone: not limited by a permissions boundary's silence.
    Session,
}

impl PrincipalElement {
    /// How the caller is named, if at all.
    pub(super) fn names(&self, caller: &Caller) -> Option<Naming> {
        match self {
            PrincipalElement::Everyone(Everyone::Star) => Some(Naming::Session),
            PrincipalElement::Kinds(kinds) => {
                kinds.get(&Kind::Aws)?.iter().filter_map(|principal| names(principal, caller)).max()
            }
        }
    }
}

fn names(principal: &str, caller: &Caller) -> Option<Naming> {
    let account = caller.account();
    let is_root = |text: &str| text.ends_with(":root") && text.split(':').nth(4) == Some(account);
    if principal == "*" || principal == caller.arn {
        Some(Naming::Session)
    } else if principal == caller.identity_arn() {
        Some(Naming::Identity)
    } else {
        (principal == account || is_root(principal)).then_some(Naming::Account)
    }
}
