//! S3: the buckets of the account, their objects, and what the service says of them.
//!
//! [`buckets`] is the state, a [`listing`] what is told of it, an [`authorization`] whether the account's policies allow a
//! request, a [`refusal`] how the service says no. Tests make buckets and objects by [`prepare`]; the server of this
//! crate reads them by the service's protocol.
//!
//! Source: the API reference of Amazon S3, and answers of it in public reports.

pub(crate) mod authorization;
pub(crate) mod buckets;
pub(crate) mod encryption;
pub(crate) mod listing;
mod md5;
pub(crate) mod object;
mod prepare;
pub(crate) mod refusal;
