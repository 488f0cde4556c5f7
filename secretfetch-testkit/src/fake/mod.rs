//! The stateful fake: the secrets of one AWS account, in memory.
//!
//! [`FakeSecretStore`] is the handle that tests hold. Behind it are an [`account`] with the service's own
//! rules, a [`script`] of faults and a [`log`] of requests. The server of this crate answers from the same
//! three, so a test over the wire and one in memory see one state.

pub(crate) mod access_key;
pub(crate) mod account;
mod chance;
pub(crate) mod clock;
pub(crate) mod fault;
pub(crate) mod fetch;
pub(crate) mod guard;
pub(crate) mod identities;
pub(crate) mod identity;
pub(crate) mod log;
mod pages;
mod principals;
mod rate;
pub(crate) mod record;
pub(crate) mod refusal;
pub(crate) mod request;
pub(crate) mod role;
pub(crate) mod rotation;
pub(crate) mod script;
pub(crate) mod shared;
pub(crate) mod store;
mod time;
