use crate::secret::{Region, StoreName};

/// Which secrets to look for, where their names are not known one by one.
///
/// ```
/// use secretfetch::Find;
/// let find = Find::by_prefix("team/app/").with_region("eu-west-1".parse()?);
/// assert_eq!(find.prefix(), "team/app/");
/// # Ok::<(), secretfetch::ParseRegionError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[must_use = "it is looked for by `SecretStore::find`"]
pub struct Find {
    store: Option<StoreName>,
    prefix: String,
    tags: Vec<(String, String)>,
    region: Option<Region>,
}

impl Find {
    /// Every secret whose name begins with this text, character for character; the empty one begins every name.
    pub fn by_prefix(prefix: impl Into<String>) -> Self {
        Find { prefix: prefix.into(), ..Find::default() }
    }

    /// Only those that have this tag, with exactly this value; of several tags, all.
    pub fn with_tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }

    /// Sets the region to look in; without it, the store's default one.
    pub fn with_region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Sets the store to look in, for [`Stores`](crate::Stores).
    pub fn with_store(mut self, store: StoreName) -> Self {
        self.store = Some(store);
        self
    }

    /// What the names begin with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The tags that they have, all of them.
    pub fn tags(&self) -> &[(String, String)] {
        &self.tags
    }

    /// The region to look in; `None` for the store's default.
    pub fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }

    /// The store to look in; `None` for the default one.
    pub fn store(&self) -> Option<&StoreName> {
        self.store.as_ref()
    }

    /// The same in the store that it names.
    pub(crate) fn within_store(&self) -> Self {
        Find { store: None, ..self.clone() }
    }
}
