//! What a converter writes is what the reader gets back, for values nobody would think of.
//!
//! The readers are written from the grammars of the programs that they stand for, not from the converters; two
//! are the real thing (`dotenvy`, and a YAML parser). For any secret, each format and dialect either writes bytes
//! that every one of its readers reads back exactly, or refuses: all keys to blame and no value in the message,
//! and only where no spelling at all would be read back.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod candidate;
mod check;
mod dialect;
mod env;
mod generate;
mod json;
mod properties;
mod readers;
mod tree;
mod yaml;
