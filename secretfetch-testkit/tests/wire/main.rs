//! `FakeSecretsManager` over plain TCP: what a client that nobody here wrote would see.

// clippy.toml allows `unwrap` in test functions, not in what they share.
#![allow(clippy::unwrap_used)]

mod client;
mod control;
mod signer;

mod assume_role;
mod breakage;
mod clock;
mod credentials;
mod doors;
mod endpoints;
mod objects;
mod operations;
mod parameters;
mod protocol;
mod service;
mod signatures;
mod web_identity;

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager};

/// A server in `ca-central-1`, with `count` secrets `s00`, `s01`, ….
fn serving(count: usize) -> FakeSecretsManager {
    let store = FakeSecretStore::new().in_region("ca-central-1");
    for n in 0..count {
        store.create_text(&format!("s{n:02}"), format!("value {n:02}"));
    }
    FakeSecretsManager::start(&store)
}
