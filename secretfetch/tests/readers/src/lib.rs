//! What programs read in the files that secretfetch writes, and the checks that it is what was written.
//!
//! [`programs`] are written from the grammars of the programs that they stand for, not from the converters; two are
//! the real thing (`dotenvy`, and a YAML parser). [`dialect`] says which of them a dialect of `env` promises to be right
//! for. With the feature `checks` there is `check`: for any secret, what a format writes is read back exactly, or is
//! refused for good reason.
//!
//! The library's round-trip tests bring secrets to these checks, the fuzz targets bring whatever a fuzzer finds, and
//! `.ci/readers` runs a reader of this crate as one program among the real ones.

#![allow(clippy::unwrap_used, reason = "a check fails by a panic")]

#[cfg(feature = "checks")]
mod candidate;
#[cfg(feature = "checks")]
pub mod check;
pub mod dialect;
#[cfg(feature = "checks")]
pub mod json;
pub mod programs;
pub mod tree;
