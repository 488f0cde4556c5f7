//! Files on disk: whole, with their mode, left alone when unchanged, and nothing left behind on failure.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod generation;
mod plain;
mod scene;
