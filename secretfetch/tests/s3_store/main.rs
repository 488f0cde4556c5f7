//! The store on S3, as a configuration opens it: against the testkit's service, which checks signatures, policies and
//! keys, and against servers that answer byte for byte as they are told.

#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod addressing;
#[path = "../ssm_store/apart.rs"]
mod apart;
mod contract;
mod denials;
mod elsewhere;
mod failover;
mod failures;
mod find;
#[path = "../https_store/labelled.rs"]
mod labelled;
mod objects;
mod scene;
#[path = "../ssm_store/scripted.rs"]
mod scripted;
mod size;
