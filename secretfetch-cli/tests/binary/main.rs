//! The binary as its users meet it: its arguments and environment, its files and messages, its exit codes.
//!
//! One crate, and so one [`scene`] for all of it. What a test changes of a process, it changes of the binary's own, so
//! that tests can run beside each other.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod aws;
mod bounds;
mod cli;
mod convert;
mod crash;
mod deadline;
mod empty_root;
mod exec;
mod failures;
mod find;
mod help;
mod install;
mod leak;
mod listen;
mod manifest;
mod network;
mod policy;
mod scene;
mod schema;
mod stores;
mod tls;
mod watch;
mod writing;
