//! What a converter writes is what the reader gets back, for values nobody would think of.
//!
//! The secrets are here; the readers and the checks are in the crate `secretfetch-readers`, for the fuzz targets too.
//! For any secret, each format and dialect either writes bytes that every one of its readers reads back exactly, or
//! refuses: all keys to blame and no value in the message, and only where no spelling at all would be read back.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod env;
mod generate;
mod json;
mod logins;
mod properties;
mod template;
mod toml;
mod yaml;
