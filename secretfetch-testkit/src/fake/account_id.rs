//! The number of the fake account.

/// The account in every ARN, the one that AWS uses in its own documentation.
pub(crate) const ACCOUNT: &str = "123456789012";
