//! Access keys that a test gives to an account.

use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use super::identity::Identity;

/// An access key of the fake account: of a user, or of a session.
///
/// ```
/// use secretfetch_testkit::{AccessKey, FakeSecretStore};
///
/// let store = FakeSecretStore::new();
/// store.add_access_key(
///     &AccessKey::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
///         .of("arn:aws:iam::123456789012:user/alice")
///         .with_tag("team", "blue"),
/// );
/// assert_eq!(store.identity_of("AKIAIOSFODNN7EXAMPLE").unwrap().tags["team"], "blue");
/// ```
#[derive(Clone)]
pub struct AccessKey {
    id: String,
    secret: String,
    session_token: Option<String>,
    principal: String,
    tags: BTreeMap<String, String>,
    expires: Option<SystemTime>,
}

impl AccessKey {
    /// An access key that does not end, of `arn:aws:sts::123456789012:assumed-role/app/i-0`.
    pub fn new(id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        AccessKey {
            id: id.into(),
            secret: secret_access_key.into(),
            session_token: None,
            principal: Identity::anyone().arn,
            tags: BTreeMap::new(),
            expires: None,
        }
    }

    /// The same key of the principal with this ARN: a user, a role's session, the account's root.
    #[must_use]
    pub fn of(self, principal: impl Into<String>) -> Self {
        AccessKey { principal: principal.into(), ..self }
    }

    /// The same key with a session token, which every request that it signs has to bring.
    #[must_use]
    pub fn with_session_token(self, token: impl Into<String>) -> Self {
        AccessKey { session_token: Some(token.into()), ..self }
    }

    /// The same key with a tag of its principal.
    #[must_use]
    pub fn with_tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// The same key, which ends at this time of the account's clock.
    #[must_use]
    pub fn expiring(self, time: SystemTime) -> Self {
        AccessKey { expires: Some(time), ..self }
    }

    /// The access key id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The secret access key.
    pub fn secret_access_key(&self) -> &str {
        &self.secret
    }

    /// The session token, if the key has one.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    pub(super) fn principal(&self) -> &str {
        &self.principal
    }

    /// Whose the key is; `None` if the principal's ARN is not one of a principal.
    pub(super) fn identity(&self) -> Option<Identity> {
        let identity = Identity::of(&self.principal)?;
        Some(Identity { tags: self.tags.clone(), expires: self.expires, ..identity })
    }
}

/// Neither the secret access key nor the session token.
impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("id", &self.id)
            .field("principal", &self.principal)
            .field("tags", &self.tags)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_key_does_not_print_its_secrets() {
        let key = AccessKey::new("AKIA", "s3cr3t").with_session_token("t0ken");
        let printed = format!("{key:?}");
        assert!(printed.contains("AKIA") && !printed.contains("s3cr3t") && !printed.contains("t0ken"), "{printed}");
    }
}
