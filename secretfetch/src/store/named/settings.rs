//! The settings of a store in a configuration's text.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use super::config::StoreConfig;
use super::kind::StoreKind;
use super::secret_key_ref::SecretKeyRef;
use crate::document::{Fields, Node, Value};
use crate::error::Failure;

/// The settings of one store as a configuration has them, for a [`StoreKind`] to read.
///
/// What is wrong is noted, with its line, and told with everything else that is wrong in the configuration.
pub struct StoreSettings<'f, 'd> {
    fields: &'f mut Fields<'d, 'd>,
    base: &'f Path,
}

impl<'f, 'd> StoreSettings<'f, 'd> {
    /// Reads the settings in `fields`, which may have none that its kind does not know.
    pub(crate) fn read(
        kind: &StoreKind,
        fields: &'f mut Fields<'d, 'd>,
        base: &'f Path,
    ) -> Option<Arc<dyn StoreConfig>> {
        fields.only(&[kind.fields]);
        (kind.read)(&mut StoreSettings { fields, base })
    }

    /// Reads the one setting that is a part of a store's name.
    pub(super) fn of_place(
        kind: &StoreKind,
        place: Option<(&str, &str)>,
        base: &Path,
        mistakes: &mut Vec<Failure>,
    ) -> Option<Arc<dyn StoreConfig>> {
        let scalar = |text: &str| Node { line: 0, value: Value::Scalar { text: text.to_owned(), quoted: true } };
        let members = place.into_iter().map(|(field, text)| (field.to_owned(), scalar(text))).collect();
        let node = Node { line: 0, value: Value::Map(members) };
        let mut fields = Fields::of(&node, "", mistakes);
        (kind.read)(&mut StoreSettings { fields: &mut fields, base })
    }

    /// The text of a field, if it is there.
    pub fn text(&mut self, field: &str) -> Option<&str> {
        self.fields.text(field)
    }

    /// The text of a field that must be there.
    pub fn required(&mut self, field: &str) -> Option<&str> {
        self.fields.required(field)
    }

    /// A field as a type, if it is there.
    pub fn parse<T: FromStr<Err: Display>>(&mut self, field: &str) -> Option<T> {
        self.fields.parse(field)
    }

    /// `true` or `false`, if it is there.
    pub fn flag(&mut self, field: &str) -> Option<bool> {
        self.fields.flag(field)
    }

    /// A secret of another store, which must be there before this store can be opened.
    pub fn secret(&mut self, field: &str) -> Option<SecretKeyRef> {
        let node = self.fields.node(field)?;
        let mut fields = Fields::of(node, format!("`{field}`"), self.fields.mistakes);
        SecretKeyRef::read(&mut fields)
    }

    /// Notes what is wrong with a field.
    pub fn mistake(&mut self, field: &str, what: impl AsRef<str>) {
        self.fields.mistake(field, what);
    }

    /// What relative paths are relative to.
    pub fn base(&self) -> &Path {
        self.base
    }
}
