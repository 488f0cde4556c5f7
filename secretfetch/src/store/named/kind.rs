//! A kind of store, as a row of data: what a configuration may say of it, and what it can do.

use std::path::Path;
use std::sync::Arc;

use super::config::StoreConfig;
use super::settings::StoreSettings;
use crate::secret::SecretRequest;

/// A kind of store: how a configuration names it and has it read, and what it can do.
///
/// The kinds that come with the crate are [`StoreKinds::default`]. One of your own is another row:
///
/// ```
/// use std::sync::Arc;
/// use async_trait::async_trait;
/// use secretfetch::{
///     Capabilities, Config, LocalSecretStore, Opening, Plan, Result, SecretStore, StoreConfig, StoreKind, StoreKinds,
/// };
///
/// /// `stores: {mine: {greeting: {word: hello}}}`
/// const GREETING: StoreKind = StoreKind {
///     name: "greeting",
///     fields: &["word"],
///     place: None,
///     needs_no_entry: false,
///     capabilities: Capabilities::NONE,
///     read: |settings| Some(Arc::new(Greeting { word: settings.required("word")?.to_owned() })),
/// };
///
/// #[derive(Debug)]
/// struct Greeting {
///     word: String,
/// }
///
/// #[async_trait]
/// impl StoreConfig for Greeting {
///     fn kind(&self) -> &'static StoreKind {
///         &GREETING
///     }
///
///     async fn open(&self, _: &Opening<'_>) -> Result<Arc<dyn SecretStore>> {
///         Ok(Arc::new(LocalSecretStore::from_json(&format!(r#"{{"greeting": "{}"}}"#, self.word))?))
///     }
/// }
///
/// let text = "
///     stores: {mine: {greeting: {word: hello}}}
///     files: [{path: greeting.txt, secretId: greeting, store: mine}]";
/// let kinds = StoreKinds::default().with(&GREETING);
/// let plan = Plan::new(Config::from_text_with(text, "/etc/app".as_ref(), &kinds)?)?;
/// assert_eq!(plan.requests()[0].store().unwrap().as_str(), "mine");
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StoreKind {
    /// Its name, such as `aws`.
    pub name: &'static str,
    /// The fields of its settings: of `stores: {NAME: {KIND: {…}}}`.
    pub fields: &'static [&'static str],
    /// The field that is given behind a colon where a store needs no entry: `path` of `file:PATH`.
    pub place: Option<&'static str>,
    /// Whether its name alone is a store, with no settings at all.
    pub needs_no_entry: bool,
    /// What its stores can do.
    pub capabilities: Capabilities,
    /// Reads its settings, and notes what is wrong with them; fields that are not in the table have been noted already.
    pub read: fn(&mut StoreSettings<'_, '_>) -> Option<Arc<dyn StoreConfig>>,
}

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
}

impl StoreKind {
    /// The store that a name says by itself: `aws`, `file:PATH`. A relative path is relative to `base`.
    ///
    /// `Err` has what is wrong with it.
    pub(crate) fn named(
        &self,
        name: &crate::secret::StoreName,
        base: &Path,
    ) -> Option<Result<Arc<dyn StoreConfig>, Vec<crate::error::Failure>>> {
        let (kind, place) = match name.kind_and_place() {
            Some((kind, place)) => (kind, Some((self.place?, place))),
            None if self.needs_no_entry => (name.as_str(), None),
            None => return None,
        };
        if kind != self.name {
            return None;
        }
        let mut mistakes = Vec::new();
        let read = StoreSettings::of_place(self, place, base, &mut mistakes);
        Some(match read {
            Some(config) if mistakes.is_empty() => Ok(config),
            _ => Err(mistakes),
        })
    }
}
