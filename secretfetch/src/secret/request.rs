use super::{ParseSecretIdError, Region, SecretId, VersionId, VersionStage};

/// One secret to fetch: which, which version of it, and where.
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SecretRequest {
    secret_id: SecretId,
    version_id: Option<VersionId>,
    version_stage: Option<VersionStage>,
    region: Option<Region>,
}

impl SecretRequest {
    /// The version at `AWSCURRENT`, in the ARN's region or else in the store's default one.
    pub fn new(secret_id: SecretId) -> Self {
        let region = secret_id.arn_region().cloned();
        SecretRequest { secret_id, version_id: None, version_stage: None, region }
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

    /// The one spelling of requests that mean the same: a plain `AWSCURRENT` is left out.
    pub(crate) fn normalized(&self) -> Self {
        let mut request = self.clone();
        if request.wants_current() {
            request.version_stage = None;
        }
        request
    }
}

impl From<SecretId> for SecretRequest {
    fn from(id: SecretId) -> Self {
        SecretRequest::new(id)
    }
}

impl TryFrom<&str> for SecretRequest {
    type Error = ParseSecretIdError;

    /// The current version of the secret with this name or ARN.
    fn try_from(id: &str) -> Result<Self, Self::Error> {
        id.parse().map(SecretRequest::new)
    }
}
