//! Who is behind a request: a user, a session of a role, an account's root.

use std::collections::BTreeMap;
use std::time::SystemTime;

/// Who a caller counts as whose access key nobody knows.
const DEFAULT_ROLE: &str = "arn:aws:iam::123456789012:role/app";
const DEFAULT_SESSION: &str = "i-0";

/// Who is behind an access key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The principal's ARN, such as `arn:aws:iam::123456789012:user/alice` or
    /// `arn:aws:sts::123456789012:assumed-role/app/i-0`.
    pub arn: String,
    /// The number of the account that the principal belongs to.
    pub account: String,
    /// What the principal is.
    pub kind: PrincipalKind,
    /// The unique id, as policies know it by `aws:userid`.
    pub user_id: String,
    /// The role's own ARN, with its path, if this is a session of a role.
    pub role_arn: Option<String>,
    /// Tags of the principal and of its session: what policies know as `aws:PrincipalTag`.
    pub tags: BTreeMap<String, String>,
    /// When the access key ends; `None` for one that does not.
    pub expires: Option<SystemTime>,
}

/// What can sign a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PrincipalKind {
    /// The account itself.
    Root,
    /// A user of IAM.
    User,
    /// A session of a role.
    AssumedRole,
    /// A session of a federated user.
    FederatedUser,
}

impl Identity {
    /// The principal with this ARN; `None` if it is not one of a principal.
    pub(crate) fn of(arn: &str) -> Option<Self> {
        let (partition, service, account, resource) = parts(arn)?;
        let (kind, name) = match (service, resource.split_once('/')) {
            ("iam", None) if resource == "root" => (PrincipalKind::Root, ""),
            ("iam", Some(("user", name))) => (PrincipalKind::User, name),
            ("sts", Some(("assumed-role", name))) => (PrincipalKind::AssumedRole, name),
            ("sts", Some(("federated-user", name))) => (PrincipalKind::FederatedUser, name),
            _ => return None,
        };
        let user_id = match kind {
            PrincipalKind::Root => account.to_owned(),
            PrincipalKind::User => "AIDAFAKE000000000000".to_owned(),
            PrincipalKind::AssumedRole => format!("AROAFAKE000000000000:{}", name.split_once('/')?.1),
            PrincipalKind::FederatedUser => format!("{account}:{name}"),
        };
        let role = name.split_once('/').filter(|_| kind == PrincipalKind::AssumedRole);
        Some(Identity {
            arn: arn.to_owned(),
            account: account.to_owned(),
            kind,
            user_id,
            role_arn: role.map(|(role, _)| format!("arn:{partition}:iam::{account}:role/{role}")),
            tags: BTreeMap::new(),
            expires: None,
        })
    }

    /// A session of the role with this ARN; `None` if it is not one of a role.
    pub(crate) fn session(role_arn: &str, session: &str) -> Option<Self> {
        let (partition, account, name) = role_parts(role_arn)?;
        let identity = Identity::of(&format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}"))?;
        Some(Identity { role_arn: Some(role_arn.to_owned()), ..identity })
    }

    /// Who a caller counts as whose access key nobody knows.
    pub(crate) fn anyone() -> Self {
        Identity::session(DEFAULT_ROLE, DEFAULT_SESSION).expect("the default role's ARN is one")
    }
}

/// Partition, service, account and resource of an ARN that has no region, as all of IAM and STS.
fn parts(arn: &str) -> Option<(&str, &str, &str, &str)> {
    match arn.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        ["arn", partition, service, "", account, resource] if !account.is_empty() => {
            Some((partition, service, account, resource))
        }
        _ => None,
    }
}

/// Partition, account and name of a role, from its ARN.
pub(super) fn role_parts(arn: &str) -> Option<(&str, &str, &str)> {
    let (partition, service, account, resource) = parts(arn)?;
    let name = resource.strip_prefix("role/")?.rsplit('/').next()?;
    (service == "iam" && !name.is_empty()).then_some((partition, account, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_tells_what_a_principal_is() {
        for (arn, kind, user_id) in [
            ("arn:aws:iam::123456789012:root", PrincipalKind::Root, "123456789012"),
            ("arn:aws:iam::123456789012:user/team/alice", PrincipalKind::User, "AIDAFAKE000000000000"),
            ("arn:aws-cn:sts::1:assumed-role/app/s", PrincipalKind::AssumedRole, "AROAFAKE000000000000:s"),
            ("arn:aws:sts::1:federated-user/bob", PrincipalKind::FederatedUser, "1:bob"),
        ] {
            let identity = Identity::of(arn).unwrap();
            assert_eq!((identity.kind, identity.user_id.as_str()), (kind, user_id), "{arn}");
        }
        for arn in ["", "alice", "arn:aws:iam::1:role/app", "arn:aws:sts::1:assumed-role/app", "arn:aws:iam:::root"] {
            assert_eq!(Identity::of(arn), None, "{arn}");
        }
    }

    #[test]
    fn a_session_has_the_name_of_its_role_and_keeps_its_path() {
        let identity = Identity::session("arn:aws-cn:iam::1:role/team/app", "s").unwrap();
        assert_eq!(identity.arn, "arn:aws-cn:sts::1:assumed-role/app/s");
        assert_eq!(identity.role_arn.as_deref(), Some("arn:aws-cn:iam::1:role/team/app"));
        assert_eq!(Identity::session("arn:aws:iam::1:user/app", "s"), None);
        assert_eq!(Identity::anyone().arn, "arn:aws:sts::123456789012:assumed-role/app/i-0");
    }
}
