//! Credentials that are handed out.

use std::sync::Arc;
use std::time::Duration;

use crate::calendar::iso8601;
use crate::fake::identities::Known;
use crate::fake::identity::Identity;
use crate::fake::shared::Shared;

/// Credentials of a session, as every source gives them.
pub(super) struct Issued {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    pub(super) token: String,
    /// In ISO 8601.
    pub(super) expiration: String,
}

impl Issued {
    /// Credentials of this identity, which the account knows from now on.
    ///
    /// The access key id begins with `ASIA`, as all of sessions do, and `source`, which tells a test where
    /// its client got it.
    pub(super) fn to(shared: &Arc<Shared>, identity: Identity, source: &str, lifetime: Duration) -> Self {
        let mut access_key_id = format!("ASIA{source}");
        while access_key_id.len() < 20 {
            access_key_id.push(fastrand::uppercase());
        }
        let expires = shared.clock().now() + lifetime;
        let issued =
            Issued { access_key_id, secret_access_key: random(40), token: random(120), expiration: iso8601(expires) };
        let known = Known {
            secret: issued.secret_access_key.clone(),
            session_token: Some(issued.token.clone()),
            identity: Identity { expires: Some(expires), ..identity },
        };
        shared.identities().remember(&issued.access_key_id, known);
        issued
    }
}

/// Letters and digits that nobody guesses.
pub(super) fn random(length: usize) -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_key_id_has_its_length_and_its_source() {
        let shared = Arc::default();
        let issued = Issued::to(&shared, Identity::anyone(), "ROLE", Duration::ZERO);
        assert_eq!(issued.access_key_id.len(), 20);
        assert!(issued.access_key_id.starts_with("ASIAROLE"));
        assert!(shared.identities().key(&issued.access_key_id).is_some());
    }
}
