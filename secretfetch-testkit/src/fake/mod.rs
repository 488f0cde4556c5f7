//! The stateful fake: the secrets of one AWS account, in memory.
//!
//! [`FakeSecretStore`](crate::FakeSecretStore) is the handle that tests hold. What all handles share is an [`account`], a [`script`] of faults, a
//! [`log`] of requests, a [`clock`], the [`identities`] that ask and the policies that they have. The
//! [operations](crate::operations) work on these, for a request in memory ([`fetch`], [`request`]) as for one that comes to
//! the server of this crate.

pub(crate) mod access_key;
pub(crate) mod account;
mod account_id;
mod chance;
pub(crate) mod clock;
pub(crate) mod fault;
pub(crate) mod fetch;
pub(crate) mod guard;
pub(crate) mod identities;
pub(crate) mod identity;
pub(crate) mod log;
mod pages;
pub(crate) mod parameter;
mod parameter_store;
mod principals;
mod rate;
pub(crate) mod record;
pub(crate) mod refusal;
pub(crate) mod request;
pub(crate) mod role;
pub(crate) mod rotation;
pub(crate) mod script;
pub(crate) mod service;
pub(crate) mod shared;
pub(crate) mod store;
mod time;
