//! The calls to Secrets Manager, what they answer, and what there is to say where they do not.

mod answer;
mod asked;
pub(crate) mod batch;
mod connection;
mod diagnosis;
mod endpoint;
pub(crate) mod get;

pub(crate) use asked::Place;
pub(crate) use connection::Connection;
pub(crate) use endpoint::SECRETS_MANAGER;
