//! Secrets that the caller may not read, or whose key it may not use.

use crate::error::{ErrorKind, Failure};
use crate::store::aws::secrets_manager::asked::Asked;
use crate::store::identity::{Denial, PolicyKind, Verdict, account};

/// The default key belongs to the account, and its policy cannot be changed ("Permissions for users in a different
/// account" in the Secrets Manager guide); AWS answers InvalidRequest.
pub(super) fn default_key_of_another_account(message: &str) -> bool {
    message.contains("different AWS account") && message.contains("KMS")
}

pub(super) fn kms(message: &str, asked: Asked<'_>) -> Failure {
    let denial = Denial::read(message);
    let who = denial.as_ref().map(|denial| format!(" for {}", denial.principal)).unwrap_or_default();
    let what = format!("the KMS key of the secret may not be used{who}");
    let hint = match (Verdict::read(message).explicit(), Accounts::of(denial.as_ref(), asked)) {
        (Some(policy), _) => format!("{policy}: {}", "what denies kms:Decrypt must be changed"),
        (None, Accounts::Two { caller, owner }) => format!(
            "allow kms:Decrypt in both accounts: to the caller in the key's policy, which is in {owner}, and on that key \
             in the caller's own policy, in {caller}; the default key `aws/secretsmanager` can never be used from another \
             account"
        ),
        (None, Accounts::OneOrUnknown) => {
            "allow kms:Decrypt on that key, in the role's policy and in the key's policy, and check that the key is \
             enabled; a secret of another account needs both, and a customer managed key"
                .to_owned()
        }
    };
    Failure::new(ErrorKind::KmsAccessDenied, what).with_hint(hint)
}

pub(super) fn denied(message: &str, asked: Asked<'_>) -> Failure {
    let denial = Denial::read(message);
    let action = denial.as_ref().map_or("secretsmanager:GetSecretValue", |denial| denial.action);
    let who = denial.as_ref().map_or("the caller", |denial| denial.principal);
    let verdict = Verdict::read(message);
    let remedy = match (verdict.explicit().or_else(|| verdict.limit()), Accounts::of(denial.as_ref(), asked)) {
        (Some(policy), _) => policy,
        (None, Accounts::OneOrUnknown) => match verdict {
            Verdict::Missing(PolicyKind::Resource) => {
                "allow it in the role's policy, or to that role in the secret's resource policy".to_owned()
            }
            _ => "allow it in the role's policy".to_owned(),
        },
        (None, Accounts::Two { caller, owner }) => match verdict {
            Verdict::Missing(PolicyKind::Identity) => {
                format!("allow it in the caller's own policy, in account {caller}, for the secret of account {owner}")
            }
            Verdict::Missing(PolicyKind::Resource) => {
                format!("allow it to that caller in the secret's resource policy, in account {owner}")
            }
            _ => format!(
                "the secret is in account {owner}, which needs two policies: the caller's own, in {caller}, and the \
                 secret's resource policy, in {owner}"
            ),
        },
    };
    Failure::new(ErrorKind::AccessDenied, format!("{who} may not call {action}")).with_hint(format!(
        "{remedy}; the secret's ARN is in {}, and AWS answers the same for a secret that does not exist",
        asked.region
    ))
}

/// Whether the caller and the secret are in two accounts.
enum Accounts<'a> {
    Two { caller: &'a str, owner: &'a str },
    OneOrUnknown,
}

impl<'a> Accounts<'a> {
    fn of(denial: Option<&Denial<'a>>, asked: Asked<'a>) -> Self {
        let id = asked.request.secret_id();
        let owner = match id.is_arn() {
            true => account(id.as_str()),
            // The resource of a denied KMS call is the key, whose account need not be the secret's.
            false => denial.and_then(Denial::owner),
        };
        match (denial.and_then(Denial::account), owner) {
            (Some(caller), Some(owner)) if caller != owner => Accounts::Two { caller, owner },
            _ => Accounts::OneOrUnknown,
        }
    }
}
