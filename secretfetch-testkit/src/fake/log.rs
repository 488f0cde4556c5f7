//! What was asked of a fake.

use std::fmt;

use secretfetch::Region;

/// An operation of Secrets Manager that the fakes know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Reads one secret: what `fetch` means.
    GetSecretValue,
    /// Reads up to twenty secrets at `AWSCURRENT`.
    BatchGetSecretValue,
    /// Creates a secret.
    CreateSecret,
    /// Adds a version to a secret.
    PutSecretValue,
    /// Moves a staging label.
    UpdateSecretVersionStage,
    /// Reads everything about a secret but its value.
    DescribeSecret,
    /// Schedules a secret for deletion, or deletes it at once.
    DeleteSecret,
    /// Takes back a scheduled deletion.
    RestoreSecret,
}

impl Operation {
    const ALL: [Operation; 8] = [
        Operation::GetSecretValue,
        Operation::BatchGetSecretValue,
        Operation::CreateSecret,
        Operation::PutSecretValue,
        Operation::UpdateSecretVersionStage,
        Operation::DescribeSecret,
        Operation::DeleteSecret,
        Operation::RestoreSecret,
    ];

    /// The operation's name, as it stands in `x-amz-target` and in IAM policies.
    ///
    /// ```
    /// use secretfetch_testkit::Operation;
    /// assert_eq!(Operation::GetSecretValue.name(), "GetSecretValue");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Operation::GetSecretValue => "GetSecretValue",
            Operation::BatchGetSecretValue => "BatchGetSecretValue",
            Operation::CreateSecret => "CreateSecret",
            Operation::PutSecretValue => "PutSecretValue",
            Operation::UpdateSecretVersionStage => "UpdateSecretVersionStage",
            Operation::DescribeSecret => "DescribeSecret",
            Operation::DeleteSecret => "DeleteSecret",
            Operation::RestoreSecret => "RestoreSecret",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One request that a fake has answered, or failed to.
///
/// Requests in memory and over the wire are in one list, in the order of their arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// What was asked.
    pub operation: Operation,
    /// The region that was asked.
    pub region: Region,
    /// The names or ARNs in the request, as they were given. One, but for `BatchGetSecretValue`.
    pub secret_ids: Vec<String>,
    /// The version id in the request.
    pub version_id: Option<String>,
    /// The version stage in the request.
    pub version_stage: Option<String>,
    /// On which connection to the [`FakeSecretsManager`](crate::FakeSecretsManager) it came, counted from
    /// 1; `None` for a request in memory.
    pub connection: Option<u64>,
}
