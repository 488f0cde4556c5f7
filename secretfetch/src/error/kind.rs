//! Why something failed, and what a person must mend first.

/// Why an operation failed.
///
/// Kinds to which a caller would react in the same way share an [`ErrorCategory`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A defect in secretfetch itself.
    Internal,
    /// The arguments, the configuration or the local store are wrong. Nothing was fetched.
    Config,
    /// The endpoint's TLS certificate is not signed by a trusted authority.
    UntrustedCertificate,
    /// No secret of that name exists in that region.
    SecretNotFound,
    /// The secret exists, the requested version or version stage does not.
    VersionNotFound,
    /// The secret has no such key.
    KeyNotFound,
    /// The secret is scheduled for deletion.
    ScheduledForDeletion,
    /// No source of AWS credentials is configured.
    NoCredentials,
    /// A configured source of credentials could not be read (for example the web-identity token file).
    CredentialsUnreadable,
    /// The credentials are expired, or AWS does not know them.
    CredentialsRejected,
    /// The identity may not read the secret.
    AccessDenied,
    /// The identity may read the secret, but not decrypt it with its KMS key.
    KmsAccessDenied,
    /// The time allowed for the whole run, or for one step of it, is over.
    Timeout,
    /// AWS asks to slow down.
    Throttled,
    /// The endpoint's host name cannot be resolved.
    Dns,
    /// The endpoint cannot be reached, or the connection broke.
    Connect,
    /// The endpoint answered with a server error (5xx).
    ServiceUnavailable,
    /// The answer is not one that Secrets Manager gives.
    InvalidResponse,
    /// The secret's content has not the shape that the request needs, for example no JSON object.
    WrongShape,
    /// The secret's content is another one than its `sha256` pins.
    DigestMismatch,
    /// A name or value cannot be written in the format so that its reader gets it back.
    Unrepresentable,
    /// A file cannot be written.
    CannotWrite,
}

impl ErrorKind {
    /// Every kind, in declaration order.
    pub const ALL: &'static [ErrorKind] = &[
        ErrorKind::Internal,
        ErrorKind::Config,
        ErrorKind::UntrustedCertificate,
        ErrorKind::SecretNotFound,
        ErrorKind::VersionNotFound,
        ErrorKind::KeyNotFound,
        ErrorKind::ScheduledForDeletion,
        ErrorKind::NoCredentials,
        ErrorKind::CredentialsUnreadable,
        ErrorKind::CredentialsRejected,
        ErrorKind::AccessDenied,
        ErrorKind::KmsAccessDenied,
        ErrorKind::Timeout,
        ErrorKind::Throttled,
        ErrorKind::Dns,
        ErrorKind::Connect,
        ErrorKind::ServiceUnavailable,
        ErrorKind::InvalidResponse,
        ErrorKind::WrongShape,
        ErrorKind::DigestMismatch,
        ErrorKind::Unrepresentable,
        ErrorKind::CannotWrite,
    ];

    /// Whether a secret, or a version of it, does not exist.
    pub(crate) fn is_absence(self) -> bool {
        matches!(self, ErrorKind::SecretNotFound | ErrorKind::VersionNotFound | ErrorKind::ScheduledForDeletion)
    }

    /// The kind's name in reports and logs, in camelCase.
    ///
    /// ```
    /// assert_eq!(secretfetch::ErrorKind::SecretNotFound.name(), "secretNotFound");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::Internal => "internal",
            ErrorKind::Config => "config",
            ErrorKind::UntrustedCertificate => "untrustedCertificate",
            ErrorKind::SecretNotFound => "secretNotFound",
            ErrorKind::VersionNotFound => "versionNotFound",
            ErrorKind::KeyNotFound => "keyNotFound",
            ErrorKind::ScheduledForDeletion => "scheduledForDeletion",
            ErrorKind::NoCredentials => "noCredentials",
            ErrorKind::CredentialsUnreadable => "credentialsUnreadable",
            ErrorKind::CredentialsRejected => "credentialsRejected",
            ErrorKind::AccessDenied => "accessDenied",
            ErrorKind::KmsAccessDenied => "kmsAccessDenied",
            ErrorKind::Timeout => "timeout",
            ErrorKind::Throttled => "throttled",
            ErrorKind::Dns => "dns",
            ErrorKind::Connect => "connect",
            ErrorKind::ServiceUnavailable => "serviceUnavailable",
            ErrorKind::InvalidResponse => "invalidResponse",
            ErrorKind::WrongShape => "wrongShape",
            ErrorKind::DigestMismatch => "digestMismatch",
            ErrorKind::Unrepresentable => "unrepresentable",
            ErrorKind::CannotWrite => "cannotWrite",
        }
    }

    /// The kinds that it belongs to, by who can mend it and how.
    ///
    /// ```
    /// use secretfetch::{ErrorCategory, ErrorKind};
    /// assert_eq!(ErrorKind::Throttled.category(), ErrorCategory::Unavailable);
    /// ```
    pub fn category(self) -> ErrorCategory {
        match self {
            ErrorKind::Internal => ErrorCategory::Internal,
            ErrorKind::Config | ErrorKind::UntrustedCertificate => ErrorCategory::Configuration,
            ErrorKind::SecretNotFound
            | ErrorKind::VersionNotFound
            | ErrorKind::KeyNotFound
            | ErrorKind::ScheduledForDeletion => ErrorCategory::NotFound,
            ErrorKind::NoCredentials
            | ErrorKind::CredentialsUnreadable
            | ErrorKind::CredentialsRejected
            | ErrorKind::AccessDenied
            | ErrorKind::KmsAccessDenied => ErrorCategory::Access,
            ErrorKind::Timeout
            | ErrorKind::Throttled
            | ErrorKind::Dns
            | ErrorKind::Connect
            | ErrorKind::ServiceUnavailable
            | ErrorKind::InvalidResponse => ErrorCategory::Unavailable,
            ErrorKind::WrongShape | ErrorKind::DigestMismatch | ErrorKind::Unrepresentable => ErrorCategory::Content,
            ErrorKind::CannotWrite => ErrorCategory::Write,
        }
    }
}

/// What kinds of failures have in common for whoever must react to them.
///
/// Categories are in the order in which a person mends them: of several failures the one of the least category decides
/// what an [`Error`](super::Error) is.
///
/// ```
/// use secretfetch::ErrorCategory;
/// assert!(ErrorCategory::Access < ErrorCategory::NotFound, "who may not ask is not told what exists");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorCategory {
    /// A defect in secretfetch itself.
    Internal,
    /// The configuration, the arguments or the trusted authorities are wrong.
    Configuration,
    /// Credentials are missing or wrong, or do not permit it.
    Access,
    /// A secret, version or key does not exist.
    NotFound,
    /// A secret's content does not fit what it is wanted for.
    Content,
    /// A file cannot be written.
    Write,
    /// It may pass by itself: a later attempt can succeed without any change.
    Unavailable,
}

impl ErrorCategory {
    /// Every category, in the order in which a person mends them.
    pub const ALL: &'static [ErrorCategory] = &[
        ErrorCategory::Internal,
        ErrorCategory::Configuration,
        ErrorCategory::Access,
        ErrorCategory::NotFound,
        ErrorCategory::Content,
        ErrorCategory::Write,
        ErrorCategory::Unavailable,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lists_every_kind_once() {
        let names: std::collections::BTreeSet<_> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), ErrorKind::ALL.len());
    }

    #[test]
    fn all_lists_every_category_in_its_order() {
        assert!(ErrorCategory::ALL.is_sorted());
        assert!(ErrorKind::ALL.iter().all(|kind| ErrorCategory::ALL.contains(&kind.category())));
    }
}
