use crate::secret::SecretRequest;
use crate::store::find::Find;

/// What the stores of a kind can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// Whether a request may name a region.
    pub regions: bool,
    /// Whether a request may name a version by its id.
    pub version_ids: bool,
    /// Whether a request may name a version by its stage.
    pub version_stages: bool,
    /// How many secrets one request can bring, where it can bring several.
    pub batch: Option<usize>,
    /// Whether secrets can be found by what their names begin with.
    pub find_by_prefix: bool,
    /// Whether secrets can be found by their tags.
    pub find_by_tags: bool,
}

impl Capabilities {
    /// To fetch a secret by its id, and nothing more.
    pub const NONE: Capabilities = Capabilities {
        regions: false,
        version_ids: false,
        version_stages: false,
        batch: None,
        find_by_prefix: false,
        find_by_tags: false,
    };

    /// The fields of a request that such a store does not know.
    pub(crate) fn unknown_fields(&self, request: &SecretRequest) -> impl Iterator<Item = &'static str> {
        let fields = [
            ("region", request.region().is_some() && !request.secret_id().is_arn(), self.regions),
            ("versionId", request.version_id().is_some(), self.version_ids),
            ("versionStage", request.version_stage().is_some(), self.version_stages),
        ];
        fields.into_iter().filter_map(|(field, is_given, is_known)| (is_given && !is_known).then_some(field))
    }

    /// What a find names that such a store does not know.
    pub(crate) fn unknown_fields_of_find(&self, find: &Find) -> impl Iterator<Item = &'static str> {
        let fields = [
            ("region", find.region().is_some(), self.regions),
            ("prefix", !find.prefix().is_empty(), self.find_by_prefix),
            ("tags", !find.tags().is_empty(), self.find_by_tags),
        ];
        fields.into_iter().filter_map(|(field, is_given, is_known)| (is_given && !is_known).then_some(field))
    }
}
