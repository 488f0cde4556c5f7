//! The environment of a plan, rendered.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::{ErrorKind, Failure};
use crate::report::SourceReport;
use crate::secret::SecretId;

/// The variables, and the secrets that they are made of.
#[derive(Default)]
pub(super) struct RenderedEnvironment {
    pub(super) variables: Vec<EnvironmentVariable>,
    pub(super) sources: Vec<SourceReport>,
}

/// One variable of the environment of the program that starts next. Its value is wiped on drop, and is no part of its
/// `Debug`.
pub struct EnvironmentVariable {
    pub(super) name: String,
    pub(super) value: Zeroizing<Vec<u8>>,
    pub(super) secret_id: Option<SecretId>,
}

impl EnvironmentVariable {
    /// Its name, which is not empty and has no `=` and no NUL in it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value: the bytes of the secret's text, or of what `decode` made of it, without NUL.
    pub fn expose_value(&self) -> &[u8] {
        &self.value
    }

    /// The secret that it is of.
    pub fn secret_id(&self) -> Option<&SecretId> {
        self.secret_id.as_ref()
    }

    /// A failure about this variable.
    pub fn failure(&self, kind: ErrorKind, message: impl Into<String>) -> Failure {
        let failure = Failure::new(kind, message).with_key(&self.name);
        match &self.secret_id {
            Some(id) => failure.with_secret_id(id),
            None => failure,
        }
    }
}

impl fmt::Debug for EnvironmentVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EnvironmentVariable { name, secret_id, value: _ } = self;
        f.debug_struct("EnvironmentVariable").field("name", name).field("secret_id", secret_id).finish_non_exhaustive()
    }
}
