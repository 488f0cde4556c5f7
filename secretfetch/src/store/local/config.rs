use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use super::store::LocalSecretStore;
use crate::error::Result;
use crate::store::named::{Capabilities, Opening, StoreConfig, StoreKind};
use crate::store::secret_store::SecretStore;

/// `file:PATH`: the local store. It stands in for AWS during development, and so takes what is said to AWS: it has the
/// secrets of every region, and of each secret the version at `AWSCURRENT`.
pub(in crate::store) const KIND: StoreKind = StoreKind {
    name: "file",
    fields: &["path"],
    place: Some("path"),
    needs_no_entry: false,
    capabilities: Capabilities {
        regions: true,
        version_ids: true,
        version_stages: true,
        find_by_prefix: true,
        ..Capabilities::NONE
    },
    read: |settings| {
        let path = settings.required("path")?.to_owned();
        Some(Arc::new(FileStoreConfig { path: settings.base().join(path) }))
    },
};

/// A JSON file of secrets, see [`LocalSecretStore`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileStoreConfig {
    /// Where the file is.
    pub path: PathBuf,
}

impl FileStoreConfig {
    /// The file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        FileStoreConfig { path: path.into() }
    }
}

#[async_trait]
impl StoreConfig for FileStoreConfig {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn capabilities(&self) -> Capabilities {
        KIND.capabilities
    }

    async fn open(&self, _: &Opening<'_>) -> Result<Arc<dyn SecretStore>> {
        Ok(Arc::new(LocalSecretStore::open(&self.path)?))
    }
}
