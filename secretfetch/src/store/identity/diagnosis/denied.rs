//! What the caller may not read, or whose key it may not use.

use crate::error::{ErrorKind, Failure};
use crate::secret::Region;
use crate::store::identity::denial::{Denial, PolicyKind, Verdict, account};

/// What was asked for, in the words of its service.
#[derive(Clone, Copy)]
pub(crate) struct Thing<'a> {
    /// What it is called, such as `secret`.
    pub(crate) noun: &'static str,
    /// What must be allowed, if the answer does not say.
    pub(crate) action: &'static str,
    /// The alias of the key that is used where none is named.
    pub(crate) default_key: &'static str,
    /// Its ARN, if it was asked for by that.
    pub(crate) arn: Option<&'a str>,
    pub(crate) region: &'a Region,
}

/// Diagnoses a key that may not be used.
pub(crate) fn key_denied(message: &str, thing: Thing<'_>) -> Failure {
    let denial = Denial::read(message);
    let who = denial.as_ref().map(|denial| format!(" for {}", denial.principal)).unwrap_or_default();
    let Thing { noun, default_key, .. } = thing;
    let what = format!("the KMS key of the {noun} may not be used{who}");
    let hint = match (Verdict::read(message).explicit(), Accounts::of(denial.as_ref(), thing)) {
        (Some(policy), _) => format!("{policy}: {}", "what denies kms:Decrypt must be changed"),
        (None, Accounts::Two { caller, owner }) => format!(
            "allow kms:Decrypt in both accounts: to the caller in the key's policy, which is in {owner}, and on that key \
             in the caller's own policy, in {caller}; the default key `{default_key}` can never be used from another \
             account"
        ),
        (None, Accounts::OneOrUnknown) => format!(
            "allow kms:Decrypt on that key, in the role's policy and in the key's policy, and check that the key is \
             enabled; a {noun} of another account needs both, and a customer managed key"
        ),
    };
    Failure::new(ErrorKind::KmsAccessDenied, what).with_hint(hint)
}

/// Diagnoses what may not be read.
pub(crate) fn denied(message: &str, thing: Thing<'_>) -> Failure {
    let denial = Denial::read(message);
    let Thing { noun, region, .. } = thing;
    let action = denial.as_ref().map_or(thing.action, |denial| denial.action);
    let who = denial.as_ref().map_or("the caller", |denial| denial.principal);
    let verdict = Verdict::read(message);
    let remedy = match (verdict.explicit().or_else(|| verdict.limit()), Accounts::of(denial.as_ref(), thing)) {
        (Some(policy), _) => policy,
        (None, Accounts::OneOrUnknown) => match verdict {
            Verdict::Missing(PolicyKind::Resource) => {
                format!("allow it in the role's policy, or to that role in the {noun}'s resource policy")
            }
            _ => "allow it in the role's policy".to_owned(),
        },
        (None, Accounts::Two { caller, owner }) => match verdict {
            Verdict::Missing(PolicyKind::Identity) => {
                format!("allow it in the caller's own policy, in account {caller}, for the {noun} of account {owner}")
            }
            Verdict::Missing(PolicyKind::Resource) => {
                format!("allow it to that caller in the {noun}'s resource policy, in account {owner}")
            }
            _ => format!(
                "the {noun} is in account {owner}, which needs two policies: the caller's own, in {caller}, and the \
                 {noun}'s resource policy, in {owner}"
            ),
        },
    };
    Failure::new(ErrorKind::AccessDenied, format!("{who} may not call {action}")).with_hint(format!(
        "{remedy}; the {noun}'s ARN is in {region}, and AWS answers the same for a {noun} that does not exist"
    ))
}

/// Whether the caller and what it asked for are in two accounts.
enum Accounts<'a> {
    Two { caller: &'a str, owner: &'a str },
    OneOrUnknown,
}

impl<'a> Accounts<'a> {
    fn of(denial: Option<&Denial<'a>>, thing: Thing<'a>) -> Self {
        let owner = match thing.arn {
            Some(arn) => account(arn),
            // The resource of a denied KMS call is the key, whose account need not be the secret's.
            None => denial.and_then(Denial::owner),
        };
        match (denial.and_then(Denial::account), owner) {
            (Some(caller), Some(owner)) if caller != owner => Accounts::Two { caller, owner },
            _ => Accounts::OneOrUnknown,
        }
    }
}
