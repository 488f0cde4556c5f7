//! Who asks, of any service of AWS: settings, profiles, roles and credentials; in which region, and at which endpoint.
//!
//! Nothing here knows what is asked for. A further service is a [`Service`], and has the rest from a [`Loader`].

mod configured;
mod credentials;
mod denial;
mod diagnosis;
mod endpoint;
mod loader;
mod metadata;
mod profiles;
mod refusal;
mod region;
mod role;
mod sendable;
mod service;
mod session;
mod settings;
mod shared;
mod source;
mod sources;
mod sts;
mod variable;

pub(crate) use denial::{Denial, Verdict};
pub(crate) use diagnosis::{
    Scope, Thing, credentials_refused, denied, key_denied, not_signed, service_refused, unanswered,
};
pub(crate) use refusal::{Answer, Refusal};
#[cfg(test)]
pub(crate) use service::STS;
pub(crate) use service::Service;
pub(crate) use session::{Opened, Session, no_region};
pub(crate) use shared::{Identities, Times, Who};
