//! Keys of KMS that secrets are encrypted with, and who may use them.

use super::policy::{IamPolicy, ParsePolicyError};

/// A customer's key: its policy decides who may use it, and its grants.
///
/// A key that a fake account knows nothing of has the policy that AWS gives it by default: the account's own policies
/// decide.
#[derive(Clone, Debug)]
pub struct KmsKey {
    pub(crate) arn: String,
    pub(super) policy: Option<IamPolicy>,
    /// Principals and the operations (`Decrypt`) that they are granted.
    pub(super) grants: Vec<(String, String)>,
}

impl KmsKey {
    /// A key with the policy that AWS gives it by default.
    pub fn new(arn: impl Into<String>) -> Self {
        KmsKey { arn: arn.into(), policy: None, grants: Vec::new() }
    }

    /// The key's own policy, which alone decides unless it leaves the decision to the account.
    ///
    /// # Errors
    /// If the policy has no principal.
    pub fn with_policy(mut self, policy: IamPolicy) -> Result<Self, ParsePolicyError> {
        policy.check_principals(true)?;
        self.policy = Some(policy);
        Ok(self)
    }

    /// Grants an operation, such as `Decrypt`, to the principal with this ARN.
    #[must_use]
    pub fn with_grant(mut self, principal: impl Into<String>, operation: impl Into<String>) -> Self {
        self.grants.push((principal.into(), operation.into()));
        self
    }
}
