//! A store of what answers to GET under a URL, against a server that is scripted byte for byte, plain and over TLS.

#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod answers;
mod configuration;
mod contract;
mod labelled;
mod login;
mod redirects;
mod scene;
mod server;
mod tags;
mod tls;
