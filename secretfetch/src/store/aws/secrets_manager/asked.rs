//! What is asked of Secrets Manager, and where.

use crate::error::Failure;
use crate::secret::{Region, SecretRequest};

/// Where secrets are asked for.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) region: &'a Region,
    /// Host and port, if they were configured.
    pub(crate) endpoint: Option<&'a str>,
}

/// What was asked of Secrets Manager when it failed.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) request: &'a SecretRequest,
    pub(super) region: &'a Region,
    /// Host and port, if they were configured: else the region tells them.
    pub(super) endpoint: Option<&'a str>,
}

impl Asked<'_> {
    /// Adds which secret and which region it was.
    pub(super) fn about(&self, failure: Failure) -> Failure {
        failure.with_secret_id(self.request.secret_id()).with_region(Some(self.region))
    }
}
