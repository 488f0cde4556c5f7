//! Who may not do what, by which policy, and in whose account that policy is.

use crate::secret::is_account;

/// What a denial's message says, each part only if its characters prove what it is: an answer of something else than
/// AWS must not get its text into our logs.
///
/// The forms are those of "Troubleshoot access denied error messages" in the IAM guide: `User: ARN is not authorized to
/// perform: ACTION on resource: ARN`, then `because no KIND policy allows the ACTION action` or `with an explicit deny in
/// a KIND policy`, lately with that policy's ARN.
pub(crate) struct Denial<'a> {
    pub(crate) principal: &'a str,
    pub(crate) action: &'a str,
    resource: Option<&'a str>,
}

impl<'a> Denial<'a> {
    pub(crate) fn read(message: &'a str) -> Option<Self> {
        let (_, rest) = message.split_once("User: ")?;
        let (principal, rest) = rest.split_once(" is not authorized to perform: ")?;
        let action = rest.split([' ', ',']).next()?;
        let (service, name) = action.split_once(':')?;
        let valid = is_arn(principal)
            && action.len() <= 64
            && service.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !service.is_empty()
            && !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric());
        let resource = rest.split_once(" on resource: ").and_then(|(_, rest)| rest.split([' ', ',']).next());
        valid.then_some(Denial { principal, action, resource: resource.filter(|resource| is_arn(resource)) })
    }

    /// The account of who asked.
    pub(crate) fn account(&self) -> Option<&'a str> {
        account(self.principal)
    }

    /// The account of what was asked for.
    pub(crate) fn owner(&self) -> Option<&'a str> {
        account(self.resource?)
    }
}

fn is_arn(text: &str) -> bool {
    let in_arn = |b: u8| b.is_ascii_alphanumeric() || b":/_+=,.@!*-".contains(&b);
    text.starts_with("arn:aws") && text.len() <= 512 && text.bytes().all(in_arn)
}

/// The account of an ARN.
pub(crate) fn account(arn: &str) -> Option<&str> {
    let account = arn.split(':').nth(4)?;
    is_account(account).then_some(account)
}

/// The kinds of policy that a denial names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyKind {
    Identity,
    Resource,
    ServiceControl,
    ResourceControl,
    Boundary,
    Session,
    VpcEndpoint,
    Trust,
}

impl PolicyKind {
    /// AWS's words, and whose policy it is. "resource control policy" stands before "resource-based policy" in no
    /// message, so their order does not matter.
    const WORDS: [(&'static str, PolicyKind, &'static str); 8] = [
        ("identity-based policy", PolicyKind::Identity, "a policy of the role or user"),
        ("resource-based policy", PolicyKind::Resource, "the resource policy"),
        ("service control policy", PolicyKind::ServiceControl, "a service control policy (SCP) of the organization"),
        ("resource control policy", PolicyKind::ResourceControl, "a resource control policy (RCP) of the organization"),
        ("permissions boundary", PolicyKind::Boundary, "the permissions boundary of the role or user"),
        ("session policy", PolicyKind::Session, "the session policy that the role was assumed with"),
        ("VPC endpoint policy", PolicyKind::VpcEndpoint, "the policy of the VPC endpoint"),
        ("role trust policy", PolicyKind::Trust, "the trust policy of the role"),
    ];

    fn owner(self) -> &'static str {
        PolicyKind::WORDS.iter().find(|(_, kind, _)| *kind == self).map_or("a policy", |(.., owner)| owner)
    }
}

/// Why it is denied: what the end of the message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict<'a> {
    /// A policy says no, whatever others allow; with its ARN, where AWS gives it.
    Explicit(Option<PolicyKind>, Option<&'a str>),
    /// No policy of this kind says yes.
    Missing(PolicyKind),
    Unknown,
}

impl<'a> Verdict<'a> {
    pub(crate) fn read(message: &'a str) -> Self {
        let kind = |text: &str| {
            let found = PolicyKind::WORDS.iter().filter_map(|(words, kind, _)| Some((text.find(words)?, *kind)));
            found.min_by_key(|(at, _)| *at).map(|(_, kind)| kind)
        };
        if let Some((_, rest)) = message.split_once("with an explicit deny") {
            let arn = rest.split([' ', ',', ';']).find(|word| is_arn(word));
            return Verdict::Explicit(kind(rest), arn);
        }
        match message.split_once("because no ").and_then(|(_, rest)| kind(rest)) {
            Some(kind) => Verdict::Missing(kind),
            None => Verdict::Unknown,
        }
    }

    /// The policy that denies, which no other can overrule.
    pub(crate) fn explicit(self) -> Option<String> {
        let Verdict::Explicit(kind, arn) = self else { return None };
        let owner = kind.map_or("a policy", PolicyKind::owner);
        let arn = arn.map(|arn| format!(" ({arn})")).unwrap_or_default();
        Some(format!("{owner}{arn} denies it explicitly"))
    }

    /// The policy that would have to allow it and is neither the identity's nor the resource's own.
    pub(crate) fn limit(self) -> Option<String> {
        match self {
            Verdict::Missing(PolicyKind::Identity | PolicyKind::Resource)
            | Verdict::Explicit(..)
            | Verdict::Unknown => None,
            Verdict::Missing(kind) => Some(format!("{} does not allow it", kind.owner())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The endings of the IAM guide's table.
    #[test]
    fn the_policy_that_denies_is_read_from_aws_own_words() {
        use PolicyKind::*;
        for (words, kind) in [
            ("identity-based policy", Identity),
            ("resource-based policy", Resource),
            ("service control policy", ServiceControl),
            ("resource control policy", ResourceControl),
            ("permissions boundary", Boundary),
            ("session policy", Session),
            ("VPC endpoint policy", VpcEndpoint),
            ("role trust policy", Trust),
        ] {
            let implicit = format!("… because no {words} allows the secretsmanager:GetSecretValue action");
            assert_eq!(Verdict::read(&implicit), Verdict::Missing(kind));
            let explicit = format!("… with an explicit deny in a {words}");
            assert_eq!(Verdict::read(&explicit), Verdict::Explicit(Some(kind), None));
            let arn = "arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-1";
            assert_eq!(Verdict::read(&format!("{explicit}: {arn}")), Verdict::Explicit(Some(kind), Some(arn)));
        }
        assert_eq!(Verdict::read("with an explicit deny"), Verdict::Explicit(None, None));
        assert_eq!(Verdict::read("with an explicit deny in hunter2"), Verdict::Explicit(None, None));
        assert_eq!(Verdict::read(""), Verdict::Unknown);
    }

    #[test]
    fn accounts_are_those_of_the_arns() {
        let denial = Denial::read(
            "User: arn:aws:sts::111122223333:assumed-role/app/s is not authorized to perform: \
             secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:eu-west-1:444455556666:secret:a!b-AbCdEf \
             because no resource-based policy allows the secretsmanager:GetSecretValue action",
        );
        let denial = denial.unwrap();
        assert_eq!((denial.account(), denial.owner()), (Some("111122223333"), Some("444455556666")));
        assert_eq!(account("arn:aws:iam::1:user/x"), None);
    }
}
