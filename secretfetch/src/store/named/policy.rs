//! What an identity must be allowed, for a policy.

use std::borrow::Cow;

use super::kms_key_arn::KmsKeyArn;
use crate::secret::{Region, SecretRequest};
use crate::store::find::Find;

/// What is known of where secrets are that do not say it themselves.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PolicyScope {
    /// The region of secrets that name none; `REGION` stands in the policy for one that is not known.
    pub region: Option<Region>,
    /// The account's 12 digits; `ACCOUNT` stands in the policy for one that is not known. What a role asks for by name is in the
    /// role's own account.
    pub account: Option<String>,
    /// Whether secrets may be asked for in batches.
    pub batch: crate::store::BatchMode,
    /// The customer managed KMS keys that secrets are encrypted with.
    pub kms_keys: Vec<KmsKeyArn>,
}

impl PolicyScope {
    /// What stands for a region that is not known, to be replaced by a person.
    pub const UNKNOWN_REGION: &'static str = "REGION";

    /// What stands for an account that is not known, to be replaced by a person.
    pub const UNKNOWN_ACCOUNT: &'static str = "ACCOUNT";

    /// Sets the region of secrets that name none.
    #[must_use]
    pub fn with_region(mut self, region: impl Into<Option<Region>>) -> Self {
        self.region = region.into();
        self
    }

    /// Adds a customer managed KMS key that secrets are encrypted with. It may then be used for all that is asked for in its
    /// region, of any service.
    #[must_use]
    pub fn with_kms_key(mut self, key: KmsKeyArn) -> Self {
        self.kms_keys.push(key);
        self
    }

    /// Sets the account of secrets that are given by name.
    #[must_use]
    pub fn with_account(mut self, account: impl Into<Option<String>>) -> Self {
        self.account = account.into();
        self
    }
}

/// What is asked of one store, all of it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Asked<'a> {
    /// Secrets by their ids.
    pub requests: Vec<&'a SecretRequest>,
    /// Secrets by what their names begin with, and by tags.
    pub finds: Vec<&'a Find>,
}

/// One action that an identity must be allowed, and on what.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Permission {
    /// The statement's id, in letters and digits.
    pub sid: &'static str,
    /// The action, such as `secretsmanager:GetSecretValue`.
    pub action: &'static str,
    /// The ARNs, or patterns of them.
    pub resources: Vec<String>,
    /// What a request must be like besides; all of them.
    pub conditions: Vec<Condition>,
    /// The ARN of the role that must be allowed it; `None` for the run's own identity.
    pub role: Option<String>,
}

impl Permission {
    /// An action of the run's own identity.
    pub fn new(sid: &'static str, action: &'static str, resources: Vec<String>) -> Self {
        Permission { sid, action, resources, conditions: Vec::new(), role: None }
    }
}

/// What a request must be like, for a statement to allow it
/// ([conditions](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html)).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// How it is compared, such as `StringEquals`.
    pub operator: &'static str,
    /// What is compared, such as `kms:ViaService`.
    pub key: Cow<'static, str>,
    /// With what; one of them must do.
    pub values: Vec<String>,
}

impl Condition {
    /// A condition of a statement.
    pub fn new(operator: &'static str, key: impl Into<Cow<'static, str>>, values: Vec<String>) -> Self {
        Condition { operator, key: key.into(), values }
    }
}
