//! Session tokens of instance metadata.

use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::issue::random;

/// The session tokens that were handed out, and when they end.
#[derive(Default)]
pub(in crate::server) struct Tokens(Mutex<Vec<(String, SystemTime)>>);

impl Tokens {
    pub(super) fn issue(&self, end: SystemTime) -> String {
        let token = random(56);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((token.clone(), end));
        token
    }

    /// Whether the token is one of these and has not ended.
    pub(super) fn hold(&self, token: &str, now: SystemTime) -> bool {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.iter().any(|(known, end)| known == token && now < *end)
    }
}
