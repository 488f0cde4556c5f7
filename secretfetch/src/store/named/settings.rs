//! The settings of a store in a configuration's text.

use std::fmt::{self, Display};
use std::path::Path;
use std::str::FromStr;

use super::secret_key_ref::SecretKeyRef;
use super::text_or_secret::TextOrSecret;
use crate::document::{Fields, Value};

/// The settings of one store as a configuration has them, for a [`StoreKind`](crate::StoreKind) to read.
///
/// What is wrong is noted, with its line, and told with everything else that is wrong in the configuration.
pub struct StoreSettings<'s, 'a, 'm> {
    fields: &'s mut Fields<'a, 'm>,
    base: &'s Path,
}

impl<'s, 'a, 'm> StoreSettings<'s, 'a, 'm> {
    pub(super) fn new(fields: &'s mut Fields<'a, 'm>, base: &'s Path) -> Self {
        StoreSettings { fields, base }
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

    /// A secret of another store, which must be named.
    pub fn required_secret(&mut self, field: &str) -> Option<SecretKeyRef> {
        self.is_there(field).then(|| self.secret(field))?
    }

    /// A text, or in its place a secret of another store, one of which must be there.
    pub fn required_text_or_secret(&mut self, field: &str) -> Option<TextOrSecret> {
        match self.fields.node(field).map(|node| &node.value) {
            Some(Value::Map(_)) => self.secret(field).map(TextOrSecret::Secret),
            _ => self.required(field).map(|text| TextOrSecret::Text(text.to_owned())),
        }
    }

    /// Whether a field that must be there is.
    fn is_there(&mut self, field: &str) -> bool {
        self.fields.node(field).is_some() || self.fields.required(field).is_some()
    }

    /// Each text in a map of names to texts, in their order; what `take` does not take is noted.
    pub fn each_text<E: Display>(&mut self, field: &str, mut take: impl FnMut(&str, &str) -> Result<(), E>) {
        let Some(node) = self.fields.node(field) else { return };
        let mut texts = Fields::of(node, format!("`{field}`"), self.fields.mistakes);
        for name in texts.names() {
            if let Some(Err(error)) = texts.text(name).map(|text| take(name, text)) {
                texts.mistake(name, format!("`{field}`: {error}"));
            }
        }
    }

    /// A map of further settings, of which these are all the fields that there are.
    pub fn nested<T>(
        &mut self,
        field: &str,
        fields: &[&str],
        read: impl FnOnce(&mut StoreSettings<'_, '_, '_>) -> Option<T>,
    ) -> Option<T> {
        let node = self.fields.node(field)?;
        let mut nested = Fields::of(node, format!("`{field}`"), self.fields.mistakes);
        nested.only(&[fields]);
        read(&mut StoreSettings::new(&mut nested, self.base))
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

/// The names of the fields that there are.
impl fmt::Debug for StoreSettings<'_, '_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreSettings").field("fields", &self.fields.names()).field("base", &self.base).finish()
    }
}
