//! How a test gives an account its access keys and roles.

use super::access_key::AccessKey;
use super::identities::Known;
use super::identity::{self, Identity};
use super::role::Role;
use super::store::FakeSecretStore;

impl FakeSecretStore {
    /// Makes the account know an access key; one that has the same id is replaced.
    ///
    /// # Panics
    /// If the key's principal is not the ARN of a user, a session or a root.
    #[track_caller]
    pub fn add_access_key(&self, key: &AccessKey) {
        let Some(identity) = key.identity() else {
            panic!("{:?} is not the ARN of a principal that has access keys", key.principal());
        };
        let session_token = key.session_token().map(str::to_owned);
        let known = Known { secret: key.secret_access_key().to_owned(), session_token, identity };
        self.shared().identities().remember(key.id(), known);
    }

    /// Gives an access key to the principal with this ARN, as IAM's `CreateAccessKey` does.
    ///
    /// # Panics
    /// If it is not the ARN of a user, a session or a root.
    #[track_caller]
    pub fn create_access_key(&self, principal: &str) -> AccessKey {
        let random = |length| -> String { std::iter::repeat_with(fastrand::alphanumeric).take(length).collect() };
        let id = format!("AKIA{}", random(16).to_ascii_uppercase());
        let key = AccessKey::new(id, random(40)).of(principal);
        self.add_access_key(&key);
        key
    }

    /// Who is behind an access key: one that was [added](Self::add_access_key), or that a
    /// [`FakeSecretsManager`](crate::FakeSecretsManager) has issued.
    ///
    /// A key that nobody knows counts as one of `arn:aws:sts::123456789012:assumed-role/app/i-0`, unless
    /// [signatures are required](crate::FakeSecretsManager::require_signatures).
    pub fn identity_of(&self, access_key_id: &str) -> Option<Identity> {
        self.shared().identities().identity_of(access_key_id)
    }

    /// Declares a role; one that has the same ARN is replaced.
    ///
    /// # Panics
    /// If the role's ARN is not one of a role.
    #[track_caller]
    pub fn add_role(&self, role: Role) {
        assert!(identity::role_parts(role.arn()).is_some(), "{:?} is not the ARN of a role", role.arn());
        self.shared().identities().add_role(role);
    }
}
