//! The fake over the wire: AWS's protocols on loopback, from a [`FakeSecretStore`](crate::FakeSecretStore).
//!
//! A request goes one way: [`connection`] (over TLS or not: [`security`]) → [`message`] → [`protocol`]
//! (which operation, which region, whose [`signature`]) → [`operations`](crate::operations) (faults, then the
//! account) → [`answer`] → [`body`]. One for credentials goes from [`message`] to [`credentials`] to [`answer`], and one
//! to S3 from [`message`] to [`objects`] to [`answer`].

pub(crate) mod address;
mod answer;
mod body;
mod connection;
pub(crate) mod control;
mod credentials;
pub(crate) mod manager;
mod message;
mod objects;
mod percent;
mod protocol;
mod security;
mod signature;
mod state;
mod xml;
