//! Requests over HTTP: connections, TLS, proxies and time limits, and what there is to say where no answer comes.
//!
//! Nothing here knows which service is asked, or with whose credentials.

mod body;
mod cause;
mod client;
mod client_identity;
mod connector;
mod diagnosis;
mod early;
mod error;
mod header;
mod pool;
mod proxy;
mod resolver;
mod stale;
mod stream;
mod tls;
mod trust;
mod url;
mod verifier;
mod way;

pub(crate) use cause::{chain, find};
pub(crate) use client::{Expecting, Response, Transport};
pub(crate) use client_identity::ClientIdentity;
pub(crate) use diagnosis::{attempt_timeout, broken_answer, no_answer, wants_password};
pub(crate) use error::{TransportError, WaitingFor};
pub(crate) use header::Unfit;
pub(crate) use url::{authority, check_endpoint_url, tell_if_plain};
