//! IAM's answer to a request: may this principal do this?
//!
//! Policies are parsed ([`policy`]), each statement is put to the request ([`request`]) by [`pattern`]s,
//! [`principal`]s and [`condition`]s, and [`evaluation`] makes one decision of all of them. [`access`] is what an
//! account has of it.
//!
//! Source: "IAM JSON policy element reference" and "Policy evaluation logic" in the IAM User Guide.

pub(crate) mod access;
mod condition;
mod evaluation;
pub(crate) mod kms;
mod pattern;
pub(crate) mod policy;
mod principal;
pub(crate) mod request;
