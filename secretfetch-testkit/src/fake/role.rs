//! Roles that a test declares, and whom they trust.

use std::collections::BTreeMap;
use std::time::Duration;

use super::identity::Identity;

/// A role of the fake account: who may assume it, and for how long.
///
/// STS gives a role that was not declared to everyone. One that was is given to the principals and web identities that
/// it trusts; if it names none, to everyone who knows its external id. Where the account
/// [enforces policies](crate::FakeSecretStore::enforce), they must allow `sts:AssumeRole` as well, unless the role is of the
/// caller's account and trusts the caller by its ARN.
///
/// ```
/// use secretfetch_testkit::{FakeSecretStore, Role, WebIdentity};
///
/// let store = FakeSecretStore::new();
/// store.add_role(
///     Role::new("arn:aws:iam::123456789012:role/deploy")
///         .trusting("arn:aws:iam::123456789012:user/alice")
///         .with_external_id("ticket-17"),
/// );
/// store.add_role(Role::new("arn:aws:iam::123456789012:role/pod").trusting_web_identity(
///     WebIdentity::new("https://oidc.eks.example/id/1").with_subject("system:serviceaccount:default:app"),
/// ));
/// ```
#[derive(Clone, Debug)]
pub struct Role {
    arn: String,
    principals: Vec<String>,
    web_identities: Vec<WebIdentity>,
    external_id: Option<String>,
    max_session_duration: Duration,
    tags: BTreeMap<String, String>,
}

impl Role {
    /// The role with this ARN, for everyone, for at most an hour.
    pub fn new(arn: impl Into<String>) -> Self {
        Role {
            arn: arn.into(),
            principals: Vec::new(),
            web_identities: Vec::new(),
            external_id: None,
            max_session_duration: Duration::from_secs(3600),
            tags: BTreeMap::new(),
        }
    }

    /// The same role, which also trusts this principal: the ARN of a user, of a role (all of its sessions), or of one
    /// session; an account's number or the ARN of its root for everyone in it.
    #[must_use]
    pub fn trusting(mut self, principal: impl Into<String>) -> Self {
        self.principals.push(principal.into());
        self
    }

    /// The same role, which also trusts these web identities.
    #[must_use]
    pub fn trusting_web_identity(mut self, identity: WebIdentity) -> Self {
        self.web_identities.push(identity);
        self
    }

    /// The same role, which a principal can only assume with this external id.
    #[must_use]
    pub fn with_external_id(self, id: impl Into<String>) -> Self {
        Role { external_id: Some(id.into()), ..self }
    }

    /// The same role with another longest time of a session; IAM allows one hour to twelve.
    #[must_use]
    pub fn with_max_session_duration(self, duration: Duration) -> Self {
        Role { max_session_duration: duration, ..self }
    }

    /// The same role with a tag, which its sessions have too.
    #[must_use]
    pub fn with_tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    pub(crate) fn arn(&self) -> &str {
        &self.arn
    }

    pub(crate) fn max_session_duration(&self) -> Duration {
        self.max_session_duration
    }

    pub(crate) fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    /// Whether the caller may assume the role by `AssumeRole`.
    pub(crate) fn trusts(&self, caller: &Identity, external_id: Option<&str>) -> bool {
        let named = self.trusts_everyone() || self.principals.iter().any(|principal| stands_for(principal, caller));
        named && self.external_id.as_deref().is_none_or(|id| external_id == Some(id))
    }

    /// Whether it trusts the caller by an ARN, and not as one of an account: then the caller's own policies need not allow it.
    pub(crate) fn names(&self, caller: &Identity) -> bool {
        let is_own = |principal: &String| *principal == caller.arn || Some(principal) == caller.role_arn.as_ref();
        self.principals.iter().any(is_own)
    }

    /// The web identities that may assume the role; `None` for any.
    pub(crate) fn web_identities(&self) -> Option<&[WebIdentity]> {
        (!self.trusts_everyone()).then_some(&self.web_identities)
    }

    fn trusts_everyone(&self) -> bool {
        self.principals.is_empty() && self.web_identities.is_empty()
    }
}

/// Whether a trust policy's principal is the caller, or what the caller belongs to.
fn stands_for(principal: &str, caller: &Identity) -> bool {
    let of_account = || {
        let root = principal.strip_prefix("arn:").and_then(|rest| rest.split_once(":iam::"));
        root.is_some_and(|(_, rest)| rest.strip_suffix(":root") == Some(caller.account.as_str()))
    };
    principal == caller.arn
        || Some(principal) == caller.role_arn.as_deref()
        || principal == caller.account
        || of_account()
}

/// Web identities that a [`Role`] trusts: tokens of one issuer, such as a Kubernetes cluster's.
#[derive(Clone, Debug)]
pub struct WebIdentity {
    issuer: String,
    audience: String,
    subject: Option<String>,
}

impl WebIdentity {
    /// Every token of this issuer (`iss`) whose audience (`aud`) is `sts.amazonaws.com`.
    pub fn new(issuer: impl Into<String>) -> Self {
        WebIdentity { issuer: issuer.into(), audience: "sts.amazonaws.com".to_owned(), subject: None }
    }

    /// The same with another audience (`aud`).
    #[must_use]
    pub fn with_audience(self, audience: impl Into<String>) -> Self {
        WebIdentity { audience: audience.into(), ..self }
    }

    /// Only the tokens with this subject (`sub`).
    #[must_use]
    pub fn with_subject(self, subject: impl Into<String>) -> Self {
        WebIdentity { subject: Some(subject.into()), ..self }
    }

    pub(crate) fn is_of(&self, issuer: &str) -> bool {
        self.issuer == issuer
    }

    pub(crate) fn is_for(&self, audiences: &[String]) -> bool {
        audiences.contains(&self.audience)
    }

    pub(crate) fn is_about(&self, subject: &str) -> bool {
        self.subject.as_deref().is_none_or(|wanted| wanted == subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:iam::1:role/deploy";

    #[test]
    fn a_principal_is_trusted_by_its_own_arn_and_by_what_it_belongs_to() {
        let caller = Identity::session("arn:aws:iam::1:role/team/app", "s").unwrap();
        for (principal, trusted) in [
            ("arn:aws:sts::1:assumed-role/app/s", true),
            ("arn:aws:iam::1:role/team/app", true),
            ("arn:aws:iam::1:root", true),
            ("1", true),
            ("arn:aws:sts::1:assumed-role/app/t", false),
            ("arn:aws:iam::1:role/app", false),
            ("arn:aws:iam::2:root", false),
            ("2", false),
        ] {
            assert_eq!(Role::new(ARN).trusting(principal).trusts(&caller, None), trusted, "{principal}");
        }
        assert!(Role::new(ARN).trusts(&caller, None));
    }

    #[test]
    fn an_external_id_is_wanted_of_those_who_are_trusted_too() {
        let caller = Identity::of("arn:aws:iam::1:user/alice").unwrap();
        for role in [Role::new(ARN), Role::new(ARN).trusting("1")] {
            let role = role.with_external_id("x");
            assert!(role.trusts(&caller, Some("x")));
            assert!(!role.trusts(&caller, Some("y")) && !role.trusts(&caller, None));
        }
        assert!(!Role::new(ARN).trusting("2").with_external_id("x").trusts(&caller, Some("x")));
    }

    #[test]
    fn a_role_that_trusts_principals_only_trusts_no_web_identity() {
        assert_eq!(Role::new(ARN).trusting("1").web_identities().map(<[_]>::len), Some(0));
        assert!(Role::new(ARN).web_identities().is_none());
    }
}
