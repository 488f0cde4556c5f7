//! Stores by name: what a configuration says of each, the table of their kinds, and the router between them.

mod capabilities;
mod config;
mod kind;
mod kms_key_arn;
mod policy;
mod secret_key_ref;
mod settings;
mod stores;
mod table;
mod text_or_secret;

pub use capabilities::Capabilities;
pub(crate) use config::Defaults;
pub use config::{Opening, StoreConfig};
pub use kind::StoreKind;
pub use kms_key_arn::{KmsKeyArn, ParseKmsKeyArnError};
pub use policy::{Asked, Condition, Permission, PolicyScope};
pub use secret_key_ref::SecretKeyRef;
pub use settings::StoreSettings;
pub use stores::Stores;
pub use table::StoreKinds;
pub use text_or_secret::TextOrSecret;
