//! The calls to Secrets Manager, what they answer, and what there is to say where they do not.

mod answer;
mod asked;
pub(crate) mod batch;
mod connection;
mod diagnosis;
mod endpoint;
mod filter;
pub(crate) mod find;
mod found;
pub(crate) mod get;
pub(crate) mod list;
mod pages;

pub(crate) use asked::Place;
pub(crate) use connection::Connection;
pub(crate) use endpoint::SECRETS_MANAGER;
pub(crate) use filter::name_filter;
pub(crate) use found::Found;
