//! How a server and its clients agree on a key.

use tokio_rustls::rustls::NamedGroup;
use tokio_rustls::rustls::crypto::SupportedKxGroup;
use tokio_rustls::rustls::crypto::aws_lc_rs::kx_group;

/// How a server and a client agree on the key of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyExchange {
    /// X25519 and ML-KEM-768 together: what is recorded today stays secret from a quantum computer.
    X25519MlKem768,
    /// X25519 alone.
    X25519,
    /// Diffie-Hellman on NIST's curve P-256.
    P256,
    /// Diffie-Hellman on NIST's curve P-384.
    P384,
}

impl KeyExchange {
    const ALL: [KeyExchange; 4] =
        [KeyExchange::X25519MlKem768, KeyExchange::X25519, KeyExchange::P256, KeyExchange::P384];

    pub(crate) fn group(self) -> &'static dyn SupportedKxGroup {
        match self {
            KeyExchange::X25519MlKem768 => kx_group::X25519MLKEM768,
            KeyExchange::X25519 => kx_group::X25519,
            KeyExchange::P256 => kx_group::SECP256R1,
            KeyExchange::P384 => kx_group::SECP384R1,
        }
    }

    pub(crate) fn of(group: NamedGroup) -> Option<Self> {
        KeyExchange::ALL.into_iter().find(|exchange| exchange.group().name() == group)
    }
}
