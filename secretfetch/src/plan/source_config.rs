//! A source of a file, or of an environment, as it is written.

use crate::entries::{KeyStyle, Selection};
use crate::secret::{Encoding, Region, SecretDigest, SecretId, StoreName, VersionId, VersionStage};
use crate::store::Find;

/// Which secrets a source is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceSecrets {
    /// The one with this name or ARN.
    Id(SecretId),
    /// All that fit, as one object: name without the prefix, and value. The source's store and region win over those that
    /// are named here.
    Find(Box<Find>),
}

/// One secret of a file, or those that are found together.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SourceConfig {
    /// Which it is.
    pub secrets: SourceSecrets,
    /// The store that has it; the configuration's default one, if none is given.
    pub store: Option<StoreName>,
    /// Its region; an ARN's own one wins.
    pub region: Option<Region>,
    /// The staging label of the version.
    pub version_stage: Option<VersionStage>,
    /// The id of the version.
    pub version_id: Option<VersionId>,
    /// The one key whose value is written (`raw` only).
    pub key: Option<String>,
    /// How its text, or that of its key, stands for the bytes that are meant.
    pub decode: Option<Encoding>,
    /// The digest of its bytes as they are stored.
    pub sha256: Option<SecretDigest>,
    /// The entries that it contributes, and their names.
    pub selection: Selection,
    /// Whether a secret or version that does not exist contributes nothing instead of failing.
    pub optional: bool,
    /// Where it stands in the configuration's text.
    pub(super) line: Option<usize>,
}

impl SourceConfig {
    /// The current version of this secret, all of it.
    pub fn new(secret_id: SecretId) -> Self {
        Self::of(SourceSecrets::Id(secret_id))
    }

    /// The current versions of all secrets that fit, as one object: name without the prefix, and value. What is an object
    /// itself stays nested; everything else is a text.
    ///
    /// ```
    /// use secretfetch::{Config, FileConfig, Find, Format, Plan, SourceConfig};
    ///
    /// let source = SourceConfig::find(Find::by_prefix("team/app/"));
    /// let file = FileConfig::new("app.json", source).with_format(Format::parse("json", None)?);
    /// let plan = Plan::new(Config::default().with_store("file:secrets.json".parse()?).with_file(file))?;
    /// assert_eq!(plan.finds()[0].prefix(), "team/app/");
    /// # Ok::<(), secretfetch::Error>(())
    /// ```
    pub fn find(find: Find) -> Self {
        Self::of(SourceSecrets::Find(Box::new(find)))
    }

    fn of(secrets: SourceSecrets) -> Self {
        SourceConfig {
            secrets,
            store: None,
            region: None,
            version_stage: None,
            version_id: None,
            key: None,
            decode: None,
            sha256: None,
            selection: Selection::default(),
            optional: false,
            line: None,
        }
    }

    /// Sets the store that has it.
    #[must_use]
    pub fn with_store(mut self, name: StoreName) -> Self {
        self.store = Some(name);
        self
    }

    /// Sets its region.
    #[must_use]
    pub fn with_region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Sets the staging label of the version.
    #[must_use]
    pub fn with_version_stage(mut self, stage: VersionStage) -> Self {
        self.version_stage = Some(stage);
        self
    }

    /// Sets the id of the version.
    #[must_use]
    pub fn with_version_id(mut self, id: VersionId) -> Self {
        self.version_id = Some(id);
        self
    }

    /// Sets the one key whose value is written.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets how its text stands for bytes: the whole secret's before it is parsed, or with a key that key's value.
    #[must_use]
    pub fn with_decode(mut self, encoding: Encoding) -> Self {
        self.decode = Some(encoding);
        self
    }

    /// Pins its bytes as they are stored: with another content, a run fails.
    #[must_use]
    pub fn with_sha256(mut self, digest: SecretDigest) -> Self {
        self.sha256 = Some(digest);
        self
    }

    /// Selects entries, and renames them: name in the file, key in the secret.
    #[must_use]
    pub fn with_keys<N: Into<String>, K: Into<String>>(mut self, keys: impl IntoIterator<Item = (N, K)>) -> Self {
        self.selection.keys = keys.into_iter().map(|(name, key)| (name.into(), key.into())).collect();
        self
    }

    /// Sets what stands before every name.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.selection.prefix = prefix.into();
        self
    }

    /// Sets how names are written.
    #[must_use]
    pub fn with_key_style(mut self, style: KeyStyle) -> Self {
        self.selection.key_style = style;
        self
    }

    /// Takes the whole secret's text as one entry of this name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.selection.as_name = Some(name.into());
        self
    }

    /// Has a secret that does not exist contribute nothing.
    #[must_use]
    pub fn with_optional(mut self, optional: bool) -> Self {
        self.optional = optional;
        self
    }
}
