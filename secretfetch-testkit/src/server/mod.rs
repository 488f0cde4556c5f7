//! The fake over the wire: AWS JSON 1.1 on loopback, from a [`FakeSecretStore`](crate::FakeSecretStore).
//!
//! A request goes one way: [`connection`] (over TLS or not: [`security`]) → [`protocol`] (which operation, which region, whose
//! signature) → [`operation`] (faults, then the account) → [`answer`] → [`body`].

mod answer;
mod body;
mod connection;
pub(crate) mod manager;
mod operation;
mod protocol;
mod read;
mod security;
mod write;
