//! The store on Parameter Store, as a configuration opens it: against the testkit's service, which checks signatures,
//! policies and keys, and against servers that answer byte for byte as they are told.

#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod apart;
mod batches;
mod contract;
mod denials;
mod failover;
mod failures;
mod find;
mod identities;
mod odd_answers;
mod scene;
mod scripted;
mod versions;
