//! A small HTTP service on PostgreSQL, whose password rotates while it runs: `POST /visits` counts one more.
//!
//! [`credentials`] is the secret as a type, [`database`] the pool that logs in with the newest one, [`routes`] what is
//! served. None of them knows where secrets live: `main.rs` gives them AWS, the tests what each of them needs of the testkit.
//! `tests/with_the_fake.rs` has the secrets of an account in memory, `tests/with_the_mock.rs` the calls that are expected,
//! `tests/with_the_server.rs` the program itself and a server that it takes for AWS; `tests/rotation` a fake that rotates
//! together with a real PostgreSQL, under load.

#![allow(missing_debug_implementations, reason = "nobody prints them, and what cannot be printed cannot leak")]

pub mod credentials;
pub mod database;
pub mod routes;
