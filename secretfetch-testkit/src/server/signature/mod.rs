//! AWS Signature Version 4 in the `Authorization` header: who signed a request, for which region, and, where a test
//! wants it checked, whether that is true.
//!
//! A message goes from the [`header`] to the [`check`], which makes the signature that should be from the caller's
//! [`key`] and the [`canonical`] request.
//!
//! Source: "AWS Signature Version 4 for API requests", IAM User Guide.

mod canonical;
mod check;
mod header;
mod key;

pub(super) use check::verified;
pub(super) use header::{Signature, Unsigned};
