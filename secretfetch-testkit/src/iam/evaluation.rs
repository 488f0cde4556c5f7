//! One decision of all policies.
//!
//! Source: "Policy evaluation logic" in the IAM User Guide; the texts of denials: "Troubleshoot access denied error
//! messages" there.

use std::fmt;

use super::policy::IamPolicy;
use super::principal::Naming;
use super::request::Request;

/// A kind of policy, as a denial names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Identity,
    Resource,
    Boundary,
    ServiceControl,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Identity => "identity-based",
            Kind::Resource => "resource-based",
            Kind::Boundary => "permissions boundary",
            Kind::ServiceControl => "service control",
        })
    }
}

/// Why a request is denied. `Display` is the end of AWS's own message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    Explicit(Kind),
    /// No policy of this kind allows the action.
    Implicit(Kind, String),
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Denial::Explicit(Kind::Boundary) => f.write_str("with an explicit deny in a permissions boundary"),
            Denial::Explicit(kind @ Kind::Identity) => write!(f, "with an explicit deny in an {kind} policy"),
            Denial::Explicit(kind) => write!(f, "with an explicit deny in a {kind} policy"),
            Denial::Implicit(Kind::Boundary, action) => {
                write!(f, "because no permissions boundary allows the {action} action")
            }
            Denial::Implicit(kind, action) => write!(f, "because no {kind} policy allows the {action} action"),
        }
    }
}

/// The policies that a request meets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policies<'a> {
    pub(crate) identity: &'a [IamPolicy],
    pub(crate) resource: Option<&'a IamPolicy>,
    pub(crate) boundary: Option<&'a IamPolicy>,
    pub(crate) service_control: &'a [IamPolicy],
    /// Whether the resource is in the caller's account.
    pub(crate) same_account: bool,
}

impl Policies<'_> {
    /// Whether the request is allowed.
    pub(crate) fn decide(&self, request: &Request<'_>) -> Result<(), Denial> {
        let identity: Vec<_> = self.identity.iter().map(|policy| policy.of_identity(request)).collect();
        let service_control: Vec<_> = self.service_control.iter().map(|policy| policy.of_identity(request)).collect();
        let boundary = self.boundary.map(|policy| policy.of_identity(request));
        let resource = self.resource.map(|policy| policy.of_resource(request)).unwrap_or_default();

        let implicit = |kind| Err(Denial::Implicit(kind, request.action.clone()));
        if service_control.iter().any(|opinion| opinion.denies) {
            return Err(Denial::Explicit(Kind::ServiceControl));
        }
        if resource.denies {
            return Err(Denial::Explicit(Kind::Resource));
        }
        if boundary.is_some_and(|opinion| opinion.denies) {
            return Err(Denial::Explicit(Kind::Boundary));
        }
        if identity.iter().any(|opinion| opinion.denies) {
            return Err(Denial::Explicit(Kind::Identity));
        }
        // Each policy of this kind is a limit of its own.
        if service_control.iter().any(|opinion| opinion.allows.is_none()) {
            return implicit(Kind::ServiceControl);
        }
        // A resource that names the session itself asks nobody else; one that names the account leaves it to that.
        let by_resource = resource.allows.filter(|naming| *naming > Naming::Account);
        if self.same_account && by_resource == Some(Naming::Session) {
            return Ok(());
        }
        let by_identity = identity.iter().any(|opinion| opinion.allows.is_some());
        let allowed = if self.same_account { by_identity || by_resource.is_some() } else { by_identity };
        if !allowed {
            return implicit(Kind::Identity);
        }
        if boundary.is_some_and(|opinion| opinion.allows.is_none()) {
            return implicit(Kind::Boundary);
        }
        if !self.same_account && resource.allows.is_none() {
            return implicit(Kind::Resource);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::request::{Caller, Circumstances};
    use super::*;

    const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/app/i-0";

    fn policy(effect: &str, more: &str) -> IamPolicy {
        format!(r#"{{"Statement": {{"Effect": "{effect}", "Action": "s:Get*", "Resource": "*"{more}}}}}"#)
            .parse()
            .unwrap()
    }

    fn decide(policies: Policies<'_>) -> String {
        let caller = Caller { arn: SESSION.to_owned() };
        let circumstances = Circumstances::default();
        let request = Request {
            caller: &caller,
            action: "s:GetIt".to_owned(),
            resource: "arn:aws:s:r:1:x".to_owned(),
            circumstances: &circumstances,
        };
        policies.decide(&request).map_or_else(|denial| denial.to_string(), |()| "allowed".to_owned())
    }

    #[test]
    fn each_kind_of_policy_has_its_say() {
        let allow = [policy("Allow", "")];
        let deny = policy("Deny", "");
        let other = policy("Allow", r#", "Condition": {"StringEquals": {"never": "there"}}"#);
        let named = |principal: &str| policy("Allow", &format!(r#", "Principal": {{"AWS": "{principal}"}}"#));
        let none = Policies { identity: &[], resource: None, boundary: None, service_control: &[], same_account: true };
        let some = Policies { identity: &allow, ..none };
        let (role, account, session) =
            (named("arn:aws:iam::123456789012:role/app"), named("123456789012"), named(SESSION));
        let denied_resource = policy("Deny", r#", "Principal": "*""#);
        let others = std::slice::from_ref(&other);
        for (policies, expected) in [
            (none, "because no identity-based policy allows the s:GetIt action"),
            (some, "allowed"),
            (
                Policies { identity: &[allow[0].clone(), deny.clone()], ..none },
                "with an explicit deny in an identity-based policy",
            ),
            (Policies { resource: Some(&role), ..none }, "allowed"),
            (
                Policies { resource: Some(&account), ..none },
                "because no identity-based policy allows the s:GetIt action",
            ),
            (Policies { resource: Some(&denied_resource), ..some }, "with an explicit deny in a resource-based policy"),
            (Policies { boundary: Some(&other), ..some }, "because no permissions boundary allows the s:GetIt action"),
            (
                Policies { boundary: Some(&other), resource: Some(&role), ..none },
                "because no permissions boundary allows the s:GetIt action",
            ),
            (Policies { boundary: Some(&other), resource: Some(&session), ..none }, "allowed"),
            (Policies { boundary: Some(&deny), ..some }, "with an explicit deny in a permissions boundary"),
            (
                Policies { service_control: others, ..some },
                "because no service control policy allows the s:GetIt action",
            ),
            (
                Policies { service_control: std::slice::from_ref(&deny), ..some },
                "with an explicit deny in a service control policy",
            ),
            (Policies { same_account: false, ..some }, "because no resource-based policy allows the s:GetIt action"),
            (Policies { same_account: false, resource: Some(&account), ..some }, "allowed"),
            (
                Policies { same_account: false, resource: Some(&role), ..none },
                "because no identity-based policy allows the s:GetIt action",
            ),
        ] {
            assert_eq!(decide(policies), expected, "{policies:?}");
        }
    }
}
