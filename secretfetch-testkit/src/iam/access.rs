//! What an account has of IAM.

use super::evaluation::{Denial, Kind, Policies};
use super::kms::KmsKey;
use super::policy::{IamPolicy, ParsePolicyError};
use super::principal::Naming;
use super::request::{Caller, Request};

/// The policies of a fake account. With them it denies what they do not allow, in AWS's words.
///
/// A secret's resource policy is the one that is attached to it.
///
/// ```
/// use secretfetch::{ErrorKind, SecretRequest, SecretStore};
/// use secretfetch_testkit::{FakeSecretStore, Iam};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = FakeSecretStore::new();
/// store.create_text("prod/db", "1");
/// store.create_text("prod/api", "2");
/// let policy = r#"{
///     "Version": "2012-10-17",
///     "Statement": [{
///         "Effect": "Allow",
///         "Action": "secretsmanager:GetSecretValue",
///         "Resource": "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-??????"
///     }]
/// }"#;
/// store.enforce(Iam::new().with_identity_policy(policy.parse()?)?);
///
/// assert!(store.fetch(&SecretRequest::new("prod/db".parse()?)).await.is_ok());
/// let denied = store.fetch(&SecretRequest::new("prod/api".parse()?)).await.unwrap_err();
/// assert_eq!(denied.kind(), ErrorKind::AccessDenied);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Iam {
    /// Each with the ARN of the one that it is of; without one it is everybody's.
    identity: Vec<(Option<String>, IamPolicy)>,
    boundary: Option<IamPolicy>,
    service_control: Vec<IamPolicy>,
    keys: Vec<KmsKey>,
}

impl Iam {
    /// An account without policies, which allows nothing.
    pub fn new() -> Self {
        Iam::default()
    }

    /// Adds a policy of every identity.
    ///
    /// # Errors
    /// If it has a principal: that is for policies of resources.
    pub fn with_identity_policy(mut self, policy: IamPolicy) -> Result<Self, ParsePolicyError> {
        policy.check_principals(false)?;
        self.identity.push((None, policy));
        Ok(self)
    }

    /// Adds a policy of one role or user, by its ARN. Others have it not.
    ///
    /// # Errors
    /// As [`with_identity_policy`](Iam::with_identity_policy).
    pub fn with_policy_of(mut self, arn: impl Into<String>, policy: IamPolicy) -> Result<Self, ParsePolicyError> {
        policy.check_principals(false)?;
        self.identity.push((Some(arn.into()), policy));
        Ok(self)
    }

    /// Sets the permissions boundary of the identities.
    ///
    /// # Errors
    /// As [`with_identity_policy`](Iam::with_identity_policy).
    pub fn with_permissions_boundary(mut self, policy: IamPolicy) -> Result<Self, ParsePolicyError> {
        policy.check_principals(false)?;
        self.boundary = Some(policy);
        Ok(self)
    }

    /// Adds a service control policy of the account's organization.
    ///
    /// # Errors
    /// As [`with_identity_policy`](Iam::with_identity_policy).
    pub fn with_service_control_policy(mut self, policy: IamPolicy) -> Result<Self, ParsePolicyError> {
        policy.check_principals(false)?;
        self.service_control.push(policy);
        Ok(self)
    }

    /// Adds a key with its policy and grants.
    #[must_use]
    pub fn with_key(mut self, key: KmsKey) -> Self {
        self.keys.push(key);
        self
    }

    /// Whether a request is allowed; `resource_policy` is that of the secret.
    pub(crate) fn decide(&self, request: &Request<'_>, resource_policy: Option<&IamPolicy>) -> Result<(), Denial> {
        let owner = request.resource.split(':').nth(4).filter(|account| !account.is_empty());
        let own = request.caller.identity_arn();
        let identity: Vec<&IamPolicy> = self
            .identity
            .iter()
            .filter(|(arn, _)| arn.as_ref().is_none_or(|arn| *arn == own))
            .map(|(_, p)| p)
            .collect();
        Policies {
            identity: &identity,
            resource: resource_policy,
            boundary: self.boundary.as_ref(),
            service_control: &self.service_control,
            same_account: owner.is_none_or(|owner| owner == request.caller.account()),
        }
        .decide(request)
    }

    /// Whether a role may be assumed that trusts the caller; `is_named`: as itself, and not as one of its account.
    #[cfg_attr(not(feature = "server"), expect(dead_code, reason = "roles come by the wire alone"))]
    pub(crate) fn may_assume(&self, request: &Request<'_>, is_named: bool) -> bool {
        match self.decide(request, None) {
            // The trust policy is the role's resource policy.
            Ok(()) | Err(Denial::Implicit(Kind::Resource, _)) => true,
            Err(Denial::Implicit(Kind::Identity, _)) => is_named,
            Err(_) => false,
        }
    }

    /// Whether the caller may use a key: by the key's policy, by a grant, or by the account's policies where the key's
    /// policy leaves it to them.
    pub(crate) fn may_use_key(&self, request: &Request<'_>) -> bool {
        let key = self.keys.iter().find(|key| key.arn == request.resource);
        let operation = request.action.trim_start_matches("kms:");
        let granted = |caller: &Caller| {
            let is_caller = |principal: &str| principal == caller.arn || principal == caller.identity_arn();
            key.is_some_and(|key| key.grants.iter().any(|(who, what)| what == operation && is_caller(who)))
        };
        let opinion = key.and_then(|key| key.policy.as_ref()).map(|policy| policy.of_resource(request));
        match opinion {
            Some(opinion) if opinion.denies => false,
            Some(opinion) if opinion.allows >= Some(Naming::Identity) => true,
            Some(opinion) if opinion.allows.is_none() => granted(request.caller),
            _ => granted(request.caller) || self.decide(request, None).is_ok(),
        }
    }
}
