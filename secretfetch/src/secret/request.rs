use std::hash::{Hash, Hasher};

use super::{ParseSecretIdError, Region, SecretId, StoreName, VersionId, VersionStage};

/// One secret to fetch: which, which version of it, and where.
///
/// What takes a request takes a name or ARN as well (`&str`, `String`, [`SecretId`]): its current version is meant.
///
/// Two equal requests have one answer, so a [`Fetcher`](crate::Fetcher) asks only once.
///
/// ```
/// use secretfetch::SecretRequest;
/// let request = SecretRequest::new("vinsguru/prod".parse()?)
///     .with_version_stage("AWSPREVIOUS".parse()?);
/// assert!(!request.wants_current());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRequest {
    store: Option<StoreName>,
    secret_id: SecretId,
    version_id: Option<VersionId>,
    version_stage: Option<VersionStage>,
    region: Option<Region>,
}

impl SecretRequest {
    /// The version at `AWSCURRENT`, in the ARN's region or else in the store's default one.
    pub fn new(secret_id: SecretId) -> Self {
        let region = secret_id.arn_region().cloned();
        SecretRequest { store: None, secret_id, version_id: None, version_stage: None, region }
    }

    /// Asks for the version with this id.
    #[must_use]
    pub fn with_version_id(mut self, id: VersionId) -> Self {
        self.version_id = Some(id);
        self
    }

    /// Asks for the version with this staging label.
    #[must_use]
    pub fn with_version_stage(mut self, stage: VersionStage) -> Self {
        self.version_stage = Some(stage);
        self
    }

    /// Sets the region, unless the secret id is an ARN: an ARN's own region wins.
    #[must_use]
    pub fn with_region(mut self, region: Region) -> Self {
        if !self.secret_id.is_arn() {
            self.region = Some(region);
        }
        self
    }

    /// Sets the store that has it, for [`Stores`](crate::Stores).
    #[must_use]
    pub fn with_store(mut self, store: StoreName) -> Self {
        self.store = Some(store);
        self
    }

    /// The store that has it; `None` for the default one.
    pub fn store(&self) -> Option<&StoreName> {
        self.store.as_ref()
    }

    /// The secret's name or ARN.
    pub fn secret_id(&self) -> &SecretId {
        &self.secret_id
    }

    /// The version id that was asked for.
    pub fn version_id(&self) -> Option<&VersionId> {
        self.version_id.as_ref()
    }

    /// The version stage that was asked for; without it and without an id, `AWSCURRENT` is meant.
    pub fn version_stage(&self) -> Option<&VersionStage> {
        self.version_stage.as_ref()
    }

    /// The region to ask; `None` for the store's default.
    pub fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }

    /// Whether the version at `AWSCURRENT` is meant (which is all that a batch request can fetch).
    pub fn wants_current(&self) -> bool {
        self.version_id.is_none() && self.version_stage.as_ref().is_none_or(VersionStage::is_current)
    }

    /// Sets what is known, if it is.
    pub(crate) fn with<T>(self, value: Option<T>, set: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => set(self, value),
            None => self,
        }
    }

    /// The one spelling of requests that mean the same: a plain `AWSCURRENT` is left out.
    pub(crate) fn normalized(mut self) -> Self {
        if self.wants_current() {
            self.version_stage = None;
        }
        self
    }

    /// The same in another region, where a replica has the same name, and an ARN with that region in it.
    pub(crate) fn moved_to(&self, region: &Region) -> Self {
        let mut moved = self.clone();
        if let Some(arn) = self.secret_id.arn() {
            moved.secret_id = arn.in_region(region).into();
        }
        moved.region = Some(region.clone());
        moved
    }

    /// The same in the store that it names.
    pub(crate) fn within_store(&self) -> Self {
        SecretRequest { store: None, ..self.clone() }
    }
}

/// By what is there: most requests are an id and nothing else, and a cache looks one up for each hit.
impl Hash for SecretRequest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let SecretRequest { store, secret_id, version_id, version_stage, region } = self;
        secret_id.hash(state);
        store.iter().for_each(|store| store.hash(state));
        version_id.iter().for_each(|id| id.hash(state));
        version_stage.iter().for_each(|stage| stage.hash(state));
        region.iter().for_each(|region| region.hash(state));
    }
}

impl From<SecretId> for SecretRequest {
    fn from(id: SecretId) -> Self {
        SecretRequest::new(id)
    }
}

impl From<&SecretId> for SecretRequest {
    fn from(id: &SecretId) -> Self {
        SecretRequest::new(id.clone())
    }
}

impl From<&SecretRequest> for SecretRequest {
    fn from(request: &SecretRequest) -> Self {
        request.clone()
    }
}

impl TryFrom<&str> for SecretRequest {
    type Error = ParseSecretIdError;

    /// The current version of the secret with this name or ARN.
    fn try_from(id: &str) -> Result<Self, Self::Error> {
        id.parse().map(SecretRequest::new)
    }
}

impl TryFrom<String> for SecretRequest {
    type Error = ParseSecretIdError;

    /// The current version of the secret with this name or ARN.
    fn try_from(id: String) -> Result<Self, Self::Error> {
        id.as_str().try_into()
    }
}

impl TryFrom<&String> for SecretRequest {
    type Error = ParseSecretIdError;

    /// The current version of the secret with this name or ARN.
    fn try_from(id: &String) -> Result<Self, Self::Error> {
        id.as_str().try_into()
    }
}
