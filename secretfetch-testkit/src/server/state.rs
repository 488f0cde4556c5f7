//! What the connections share.

use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(feature = "tls")]
use std::sync::{Mutex, PoisonError};

use super::control::Control;
use super::credentials::tokens::Tokens;
use super::security::Security;
use crate::fake::store::FakeSecretStore;
#[cfg(feature = "tls")]
use crate::key_exchange::KeyExchange;

/// What the connections share.
pub(super) struct Server {
    store: FakeSecretStore,
    security: Security,
    control: Control,
    connections: AtomicU64,
    tokens: Tokens,
    #[cfg(feature = "tls")]
    key_exchanges: Mutex<Vec<KeyExchange>>,
}

impl Server {
    pub(super) fn new(store: FakeSecretStore, security: Security, control: Control) -> Self {
        Server {
            store,
            security,
            control,
            connections: AtomicU64::new(0),
            tokens: Tokens::default(),
            #[cfg(feature = "tls")]
            key_exchanges: Mutex::default(),
        }
    }

    pub(super) fn store(&self) -> &FakeSecretStore {
        &self.store
    }

    pub(super) fn security(&self) -> &Security {
        &self.security
    }

    /// The session tokens of instance metadata.
    pub(super) fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Who may use the control API.
    pub(super) fn control(&self) -> Control {
        self.control
    }

    pub(super) fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }

    /// The number of a connection that has just been accepted.
    pub(super) fn count_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::SeqCst) + 1
    }

    #[cfg(feature = "tls")]
    pub(super) fn key_exchanges(&self) -> Vec<KeyExchange> {
        self.key_exchanges.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes how the key of a connection was agreed on. A resumed one may have agreed on none.
    #[cfg(feature = "tls")]
    pub(super) fn note_key_exchange(&self, connection: &tokio_rustls::rustls::ServerConnection) {
        let group = connection.negotiated_key_exchange_group();
        if let Some(exchange) = group.and_then(|group| KeyExchange::of(group.name())) {
            self.key_exchanges.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
        }
    }
}
