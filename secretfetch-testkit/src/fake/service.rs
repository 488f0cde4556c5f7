//! The services that share a protocol, and what each calls itself there.

/// A service that speaks AWS JSON 1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    SecretsManager,
    ParameterStore,
}

impl Service {
    pub(crate) const ALL: [Service; 2] = [Service::SecretsManager, Service::ParameterStore];

    /// What stands before the operation in `x-amz-target`.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Service::SecretsManager => "secretsmanager",
            Service::ParameterStore => "AmazonSSM",
        }
    }

    /// The service in the scope of a signature.
    pub(crate) fn signing_name(self) -> &'static str {
        match self {
            Service::SecretsManager => "secretsmanager",
            Service::ParameterStore => "ssm",
        }
    }

    /// What stands before the action in a policy.
    pub(crate) fn iam_prefix(self) -> &'static str {
        self.signing_name()
    }
}
