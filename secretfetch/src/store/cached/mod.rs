//! Secrets that are remembered: what is known for how long ([`memory`]), who is being asked for what ([`flights`]), and
//! the store around another one that puts the two together.

mod cache;
mod flights;
mod hash;
mod memory;
mod store;

pub use store::CachedSecretStore;
