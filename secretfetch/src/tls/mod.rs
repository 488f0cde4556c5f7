//! Certificates and private keys: reading them however they are stored, checking that they belong together, and writing
//! them as the files that servers load. Knows nothing of secrets and their keys.

mod certificate;
mod chain;
mod der;
mod item;
mod pem;
mod pkcs12;
mod private_key;

pub(crate) use certificate::{Certificate, Moment};
pub(crate) use chain::{in_order, issued};
pub(crate) use item::{Item, MOST, read};
pub(crate) use pem::{block, block_len};
pub(crate) use pkcs12::{KeyStore, is_alias, is_password};
pub(crate) use private_key::{Plain, PrivateKey};
