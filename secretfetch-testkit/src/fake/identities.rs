//! The access keys and roles that an account knows, and whose a key is.

use std::collections::HashMap;

use super::identity::Identity;
use super::role::Role;

/// The access keys and roles of an account, and what is asked of a signature.
#[derive(Default)]
pub(crate) struct Identities {
    keys: HashMap<String, Known>,
    roles: HashMap<String, Role>,
    signatures_are_required: bool,
}

/// An access key, and whose it is.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) secret: String,
    pub(crate) session_token: Option<String>,
    pub(crate) identity: Identity,
}

impl Identities {
    pub(crate) fn remember(&mut self, access_key_id: impl Into<String>, known: Known) {
        self.keys.insert(access_key_id.into(), known);
    }

    pub(crate) fn key(&self, access_key_id: &str) -> Option<&Known> {
        self.keys.get(access_key_id)
    }

    /// Whose the key is; `None` for one that nobody knows, once signatures are checked.
    pub(crate) fn identity_of(&self, access_key_id: &str) -> Option<Identity> {
        let known = self.keys.get(access_key_id).map(|known| known.identity.clone());
        known.or_else(|| (!self.signatures_are_required).then(Identity::anyone))
    }

    pub(crate) fn require_signatures(&mut self) {
        self.signatures_are_required = true;
    }

    pub(crate) fn signatures_are_required(&self) -> bool {
        self.signatures_are_required
    }

    pub(crate) fn add_role(&mut self, role: Role) {
        self.roles.insert(role.arn().to_owned(), role);
    }

    pub(crate) fn role(&self, arn: &str) -> Option<&Role> {
        self.roles.get(arn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_nobody_knows_is_anyones_until_signatures_are_required() {
        let mut identities = Identities::default();
        assert_eq!(identities.identity_of("AKIA"), Some(Identity::anyone()));
        identities.require_signatures();
        assert_eq!(identities.identity_of("AKIA"), None);
    }
}
