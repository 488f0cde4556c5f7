//! A small HTTP service on PostgreSQL, whose password rotates while it runs: `POST /visits` counts one more.
//!
//! [`credentials`] is the secret as a type, [`database`] the pool that logs in with the newest one, [`routes`] what is
//! served. None of them knows where secrets live: `main.rs` gives them AWS, the tests a fake or a mock, and
//! `tests/rotation` a fake that rotates together with a real PostgreSQL, under load.

#![allow(missing_debug_implementations, reason = "nobody prints them, and what cannot be printed cannot leak")]

pub mod credentials;
pub mod database;
pub mod routes;
