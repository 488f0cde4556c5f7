//! Testkit for services that use [`secretfetch`].
mod fake;
mod mock;
mod server;
mod uuid;

pub use fake::fault::Fault;
pub use fake::log::{Operation, RecordedRequest};
pub use fake::record::SecretVersion;
pub use fake::store::FakeSecretStore;
pub use mock::MockSecretStore;
pub use mockall;
pub use server::manager::FakeSecretsManager;
