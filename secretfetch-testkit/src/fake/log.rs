//! What was asked of a fake.

use std::fmt;

use secretfetch::Region;

use super::service::Service;

/// What a fake can be asked: the operations of Secrets Manager, of Parameter Store and of S3, and the sources of credentials that
/// [`FakeSecretsManager`](crate::FakeSecretsManager) has beside it.
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
    /// Changes a secret's description, key or value.
    UpdateSecret,
    /// Moves a staging label.
    UpdateSecretVersionStage,
    /// Reads everything about a secret but its value.
    DescribeSecret,
    /// Describes the secrets of a region, those that match filters, page by page.
    ListSecrets,
    /// Lists the versions of a secret.
    ListSecretVersionIds,
    /// Schedules a secret for deletion, or deletes it at once.
    DeleteSecret,
    /// Takes back a scheduled deletion.
    RestoreSecret,
    /// Sets how a secret is rotated, and rotates it.
    RotateSecret,
    /// Turns rotation off.
    CancelRotateSecret,
    /// Makes up a password.
    GetRandomPassword,
    /// Puts tags on a secret.
    TagResource,
    /// Takes tags off a secret.
    UntagResource,
    /// Attaches a resource policy to a secret.
    PutResourcePolicy,
    /// Reads a secret's resource policy.
    GetResourcePolicy,
    /// Takes the resource policy off a secret.
    DeleteResourcePolicy,
    /// Looks at a resource policy without attaching it.
    ValidateResourcePolicy,
    /// Copies a secret to other regions.
    ReplicateSecretToRegions,
    /// Removes a secret's copies in other regions.
    RemoveRegionsFromReplication,
    /// Makes a copy a secret of its own.
    StopReplicationToReplica,
    /// Parameter Store: reads one parameter.
    GetParameter,
    /// Parameter Store: reads up to ten parameters.
    GetParameters,
    /// Parameter Store: reads the parameters below a path, page by page.
    GetParametersByPath,
    /// Parameter Store: reads the versions of a parameter, page by page.
    GetParameterHistory,
    /// Parameter Store: creates a parameter, or a version of it.
    PutParameter,
    /// Parameter Store: moves labels to a version of a parameter.
    LabelParameterVersion,
    /// Parameter Store: deletes a parameter.
    DeleteParameter,
    /// Parameter Store: deletes up to ten parameters.
    DeleteParameters,
    /// S3: reads an object, or one of its versions.
    GetObject,
    /// S3: what is told of an object beside its bytes.
    HeadObject,
    /// S3: lists the objects of a bucket, those with a prefix, page by page.
    ListObjectsV2,
    /// S3: whether a bucket is there, and in which region.
    HeadBucket,
    /// S3: the region of a bucket.
    GetBucketLocation,
    /// S3: creates a bucket.
    CreateBucket,
    /// S3: sets whether a bucket keeps the versions of its objects.
    PutBucketVersioning,
    /// S3: puts an object.
    PutObject,
    /// S3: deletes an object, or one of its versions.
    DeleteObject,
    /// STS: a role for credentials of another one.
    AssumeRole,
    /// STS: a role for a service account's token (IRSA).
    AssumeRoleWithWebIdentity,
    /// STS: who the caller is.
    GetCallerIdentity,
    /// The credential endpoint of a container: EKS Pod Identity's agent, or ECS's.
    ContainerCredentials,
    /// The instance metadata service of EC2 (IMDSv2): its token, the region, a role's credentials.
    InstanceMetadata,
}

impl Operation {
    /// Those of Secrets Manager.
    pub const SECRETS_MANAGER: [Operation; 23] = [
        Operation::GetSecretValue,
        Operation::BatchGetSecretValue,
        Operation::CreateSecret,
        Operation::PutSecretValue,
        Operation::UpdateSecret,
        Operation::UpdateSecretVersionStage,
        Operation::DescribeSecret,
        Operation::ListSecrets,
        Operation::ListSecretVersionIds,
        Operation::DeleteSecret,
        Operation::RestoreSecret,
        Operation::RotateSecret,
        Operation::CancelRotateSecret,
        Operation::GetRandomPassword,
        Operation::TagResource,
        Operation::UntagResource,
        Operation::PutResourcePolicy,
        Operation::GetResourcePolicy,
        Operation::DeleteResourcePolicy,
        Operation::ValidateResourcePolicy,
        Operation::ReplicateSecretToRegions,
        Operation::RemoveRegionsFromReplication,
        Operation::StopReplicationToReplica,
    ];

    /// Those of Parameter Store that the fake has.
    pub const PARAMETER_STORE: [Operation; 8] = [
        Operation::GetParameter,
        Operation::GetParameters,
        Operation::GetParametersByPath,
        Operation::GetParameterHistory,
        Operation::PutParameter,
        Operation::LabelParameterVersion,
        Operation::DeleteParameter,
        Operation::DeleteParameters,
    ];

    /// Those of S3 that the fake has.
    pub const S3: [Operation; 9] = [
        Operation::GetObject,
        Operation::HeadObject,
        Operation::ListObjectsV2,
        Operation::HeadBucket,
        Operation::GetBucketLocation,
        Operation::CreateBucket,
        Operation::PutBucketVersioning,
        Operation::PutObject,
        Operation::DeleteObject,
    ];

    /// The operation's name, as it stands in `x-amz-target` and in IAM policies; the endpoints that are no
    /// API of AWS have the name of their variant.
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
            Operation::UpdateSecret => "UpdateSecret",
            Operation::UpdateSecretVersionStage => "UpdateSecretVersionStage",
            Operation::DescribeSecret => "DescribeSecret",
            Operation::ListSecrets => "ListSecrets",
            Operation::ListSecretVersionIds => "ListSecretVersionIds",
            Operation::DeleteSecret => "DeleteSecret",
            Operation::RestoreSecret => "RestoreSecret",
            Operation::RotateSecret => "RotateSecret",
            Operation::CancelRotateSecret => "CancelRotateSecret",
            Operation::GetRandomPassword => "GetRandomPassword",
            Operation::TagResource => "TagResource",
            Operation::UntagResource => "UntagResource",
            Operation::PutResourcePolicy => "PutResourcePolicy",
            Operation::GetResourcePolicy => "GetResourcePolicy",
            Operation::DeleteResourcePolicy => "DeleteResourcePolicy",
            Operation::ValidateResourcePolicy => "ValidateResourcePolicy",
            Operation::ReplicateSecretToRegions => "ReplicateSecretToRegions",
            Operation::RemoveRegionsFromReplication => "RemoveRegionsFromReplication",
            Operation::StopReplicationToReplica => "StopReplicationToReplica",
            Operation::GetParameter => "GetParameter",
            Operation::GetParameters => "GetParameters",
            Operation::GetParametersByPath => "GetParametersByPath",
            Operation::GetParameterHistory => "GetParameterHistory",
            Operation::PutParameter => "PutParameter",
            Operation::LabelParameterVersion => "LabelParameterVersion",
            Operation::DeleteParameter => "DeleteParameter",
            Operation::DeleteParameters => "DeleteParameters",
            Operation::GetObject => "GetObject",
            Operation::HeadObject => "HeadObject",
            Operation::ListObjectsV2 => "ListObjectsV2",
            Operation::HeadBucket => "HeadBucket",
            Operation::GetBucketLocation => "GetBucketLocation",
            Operation::CreateBucket => "CreateBucket",
            Operation::PutBucketVersioning => "PutBucketVersioning",
            Operation::PutObject => "PutObject",
            Operation::DeleteObject => "DeleteObject",
            Operation::AssumeRole => "AssumeRole",
            Operation::AssumeRoleWithWebIdentity => "AssumeRoleWithWebIdentity",
            Operation::GetCallerIdentity => "GetCallerIdentity",
            Operation::ContainerCredentials => "ContainerCredentials",
            Operation::InstanceMetadata => "InstanceMetadata",
        }
    }

    /// The service that it is of; `None` for a source of credentials.
    pub(crate) fn service(self) -> Option<Service> {
        if Self::SECRETS_MANAGER.contains(&self) {
            Some(Service::SecretsManager)
        } else if Self::PARAMETER_STORE.contains(&self) {
            Some(Service::ParameterStore)
        } else {
            None
        }
    }

    /// What policies call it: `ssm:GetParameter`.
    pub(crate) fn iam_action(self) -> String {
        format!("{}:{self}", self.service().map_or("sts", Service::iam_prefix))
    }

    /// Whether it is one of S3's.
    pub(crate) fn is_about_objects(self) -> bool {
        Self::S3.contains(&self)
    }

    /// The operation of S3 with this name.
    pub(crate) fn of_s3(name: &str) -> Option<Self> {
        Self::S3.into_iter().find(|operation| operation.name() == name)
    }

    /// The operation with this name, of those that are called by `X-Amz-Target`.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let all = Self::SECRETS_MANAGER.into_iter().chain(Self::PARAMETER_STORE);
        all.into_iter().find(|operation| operation.name() == name)
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
    /// The region that was asked; for a request that names none, the one that the server's store is in.
    pub region: Region,
    /// The names or ARNs of secrets, or of parameters, in the request, as they were given; of S3 the object's key.
    pub secret_ids: Vec<String>,
    /// The bucket that was asked; `None` for a request that is not to S3.
    pub bucket: Option<String>,
    /// The version id in the request.
    pub version_id: Option<String>,
    /// The version stage in the request.
    pub version_stage: Option<String>,
    /// On which connection to the [`FakeSecretsManager`](crate::FakeSecretsManager) it came, counted from
    /// 1; `None` for a request in memory.
    pub connection: Option<u64>,
    /// The access key id that it was signed with; `None` for a request in memory or unsigned.
    pub access_key_id: Option<String>,
    /// The ARN of the user or of the role's session that this key is of, as
    /// [`identity_of`](crate::FakeSecretStore::identity_of) tells it.
    pub principal: Option<String>,
}

/// What was asked, of whom, and how it came: ``GetSecretValue "prod/db" in us-east-1, stage AWSPREVIOUS``.
impl fmt::Display for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.operation)?;
        for (n, id) in self.secret_ids.iter().enumerate() {
            write!(f, "{} {id:?}", if n == 0 { "" } else { "," })?;
        }
        write!(f, " in {}", self.region)?;
        if let Some(bucket) = &self.bucket {
            write!(f, ", bucket {bucket}")?;
        }
        if let Some(id) = &self.version_id {
            write!(f, ", version {id}")?;
        }
        if let Some(stage) = &self.version_stage {
            write!(f, ", stage {stage}")?;
        }
        match self.connection {
            Some(connection) => write!(f, ", on connection {connection}"),
            None => f.write_str(", in memory"),
        }
    }
}
