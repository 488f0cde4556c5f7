//! Requests to services of AWS that no SDK crate makes: built, signed by the SDK's own signer, sent over the one HTTP client
//! as the one caller, with bounded answers and typed failures.
//!
//! An SDK crate of a further service costs a megabyte of the program; the requests that are needed of it are two or three.

mod client;
mod endpoint;
mod request;

pub(crate) use client::{SignedClient, Unanswered};
pub(crate) use endpoint::{Api, Variants};
pub(crate) use request::{Request, Target};
