//! A kind of store, as a row of data: what a configuration may say of it, and what it can do.

use std::path::Path;
use std::sync::Arc;

use super::capabilities::Capabilities;
use super::config::StoreConfig;
use super::settings::StoreSettings;
use crate::document::{Fields, Node, Value};
use crate::error::Failure;
use crate::secret::StoreName;

/// A kind of store: how a configuration names it and has it read, and what it can do.
///
/// The kinds that come with the crate are [`StoreKinds::default`](crate::StoreKinds). One of your own is another row:
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
///     fn kind(&self) -> &'static str {
///         GREETING.name
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
    pub read: fn(&mut StoreSettings<'_, '_, '_>) -> Option<Arc<dyn StoreConfig>>,
}

impl StoreKind {
    /// Reads the settings in `fields`, which may have none that the kind does not know.
    pub(crate) fn read_settings(&self, fields: &mut Fields<'_, '_>, base: &Path) -> Option<Arc<dyn StoreConfig>> {
        fields.only(&[self.fields]);
        (self.read)(&mut StoreSettings::new(fields, base))
    }

    /// The store that a name says by itself: `aws`, `file:PATH`. A relative path is relative to `base`.
    ///
    /// `Err` has what is wrong with it.
    pub(crate) fn named(&self, name: &StoreName, base: &Path) -> Option<Result<Arc<dyn StoreConfig>, Vec<Failure>>> {
        let (kind, place) = match name.kind_and_place() {
            Some((kind, place)) => (kind, Some((self.place?, place))),
            None if self.needs_no_entry => (name.as_str(), None),
            None => return None,
        };
        if kind != self.name {
            return None;
        }
        // The one setting that is a part of the name, as a map would have it.
        let scalar = |text: &str| Node { line: 0, value: Value::Scalar { text: text.to_owned(), quoted: true } };
        let members = place.into_iter().map(|(field, text)| (field.to_owned(), scalar(text))).collect();
        let node = Node { line: 0, value: Value::Map(members) };
        let mut mistakes = Vec::new();
        let read = self.read_settings(&mut Fields::of(&node, "", &mut mistakes), base);
        Some(match read {
            Some(config) if mistakes.is_empty() => Ok(config),
            _ => Err(mistakes),
        })
    }
}
