//! What an identity must be allowed, for a policy.

use crate::secret::{Region, SecretRequest};
use crate::store::find::Find;

/// What is known of where secrets are that do not say it themselves.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PolicyScope {
    /// The region of secrets that name none; `REGION` stands in the policy for one that is not known.
    pub region: Option<Region>,
    /// The account's 12 digits; `ACCOUNT` stands in the policy for one that is not known.
    pub account: Option<String>,
    /// Whether secrets may be asked for in batches.
    pub batch: crate::store::BatchMode,
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
    /// The ARN of the role that must be allowed it; `None` for the run's own identity.
    pub role: Option<String>,
}

impl Permission {
    /// An action of the run's own identity.
    pub fn new(sid: &'static str, action: &'static str, resources: Vec<String>) -> Self {
        Permission { sid, action, resources, role: None }
    }
}
