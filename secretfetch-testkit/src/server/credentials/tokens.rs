//! Session tokens of instance metadata.

use std::sync::{Mutex, PoisonError};

use super::issue::random;

/// The session tokens that were handed out.
#[derive(Default)]
pub(in crate::server) struct Tokens(Mutex<Vec<String>>);

impl Tokens {
    pub(super) fn issue(&self) -> String {
        let token = random(56);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(token.clone());
        token
    }

    pub(super) fn knows(&self, token: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|known| known == token)
    }
}
