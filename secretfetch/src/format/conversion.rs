//! The one way from secrets to bytes, for a file of a plan and for `convert` alike.

use std::collections::HashMap;
use std::fmt;

use zeroize::Zeroizing;

use super::choice::Format;
use super::raw;
use super::template::Template;
use crate::entries::{Entries, Flattening, FoundEntries, FoundSecret, Nulls, Selection};
use crate::error::Result;
use crate::secret::{Encoding, SecretId, SecretValue};

/// How the secrets of one file become its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Conversion {
    pub(crate) format: Format,
    pub(crate) nulls: Nulls,
    pub(crate) flattening: Flattening,
    /// What is filled, where the format is `template`.
    pub(crate) template: Option<Template>,
}

/// What a conversion takes of one secret: its own making, so that it is of the shape that the format writes.
pub(crate) struct Material(Shape);

enum Shape {
    /// The bytes as they stand.
    Bytes(Zeroizing<Vec<u8>>),
    /// Names and values.
    Entries(Entries),
    /// Those of several secrets.
    Found(FoundEntries),
}

/// What a conversion leaves: the bytes of one file, or of several in a directory.
pub struct Converted {
    pub(crate) files: Vec<ConvertedFile>,
    pub(crate) caution: Option<String>,
    /// That some of the entries are nowhere in the file.
    pub(crate) unused: Option<String>,
}

/// One file.
pub(crate) struct ConvertedFile {
    /// Its name in the directory; none where the file is the whole of it.
    pub(crate) name: Option<String>,
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// Which of the secrets it has something of, where that is not all of them.
    pub(crate) source: Option<usize>,
}

impl Conversion {
    /// Takes of a secret what the format writes of it.
    pub(crate) fn take(
        &self,
        value: &SecretValue,
        key: Option<&str>,
        decode: Option<Encoding>,
        selection: &Selection,
    ) -> Result<Material> {
        if let (true, Some(key)) = (self.format.is_raw(), key) {
            return Ok(Material(Shape::Bytes(raw::render_key(value, key, decode, self.nulls)?)));
        }
        let decoded = decode.map(|encoding| encoding.decode(value)).transpose()?;
        let value = decoded.as_ref().unwrap_or(value);
        Ok(Material(match self.format.is_raw() {
            true => Shape::Bytes(Zeroizing::new(value.expose_bytes().to_vec())),
            false => Shape::Entries(match &selection.as_name {
                Some(name) if self.format.keeps_bytes() => Entries::whole(value, name)?,
                _ => Entries::from_secret(value, selection, &self.flattening)?,
            }),
        }))
    }

    /// Takes of secrets that were found together what the format writes of them.
    pub(crate) fn take_found(
        &self,
        found: &[FoundSecret],
        decode: Option<Encoding>,
        selection: &Selection,
    ) -> Result<Material> {
        let is_exact = self.format.keeps_bytes();
        Ok(Material(Shape::Found(FoundEntries::of(found, decode, selection, &self.flattening, is_exact)?)))
    }

    /// Writes what was taken of the secrets that exist, each with its place among them; that of several is the first one's.
    pub(crate) fn write(&self, materials: Vec<(usize, Material)>) -> Result<Converted> {
        let mut entries = Vec::new();
        let mut origins: HashMap<String, usize> = HashMap::new();
        for (source, Material(shape)) in materials {
            match shape {
                // Of several secrets in one raw file the plan has told already.
                Shape::Bytes(bytes) => {
                    let file = ConvertedFile { name: None, bytes, source: None };
                    return Ok(Converted { files: vec![file], caution: None, unused: None });
                }
                Shape::Entries(part) => {
                    if self.format.is_in_parts() {
                        origins.extend(part.names().map(|name| (name.to_owned(), source)));
                    }
                    entries.push(part);
                }
                Shape::Found(FoundEntries { entries: part, origins: of_found }) => {
                    if self.format.is_in_parts() {
                        let places = of_found.iter().map(|place| source + place);
                        origins.extend(part.names().map(str::to_owned).zip(places));
                    }
                    entries.push(part);
                }
            }
        }
        if let Some(bytes) = self.format.render_logins(&entries, self.nulls) {
            let file = ConvertedFile { name: None, bytes: bytes?, source: None };
            return Ok(Converted { files: vec![file], caution: None, unused: None });
        }
        let entries = Entries::merge(entries)?;
        if let Some(template) = &self.template {
            let filled = template.fill(&entries, self.nulls)?;
            let file = ConvertedFile { name: None, bytes: filled.bytes, source: None };
            return Ok(Converted { files: vec![file], caution: None, unused: filled.unused });
        }
        let file = |(name, bytes): (Option<String>, _)| {
            let source = name.as_ref().and_then(|name| origins.get(name).copied());
            ConvertedFile { name, bytes, source }
        };
        let files = self.format.render(&entries, self.nulls)?.0.into_iter().map(file).collect();
        Ok(Converted { files, caution: self.format.caution(&entries, self.nulls), unused: None })
    }
}

impl Material {
    /// Says which secret it is of, so that a later error can name it.
    pub(crate) fn of_secret(self, id: &SecretId) -> Self {
        match self.0 {
            Shape::Entries(entries) => Material(Shape::Entries(entries.with_secret_id(id))),
            // Those that were found say it themselves.
            other => Material(other),
        }
    }
}

impl Converted {
    /// The bytes of each file; the name of one in a directory.
    pub fn expose_files(&self) -> impl Iterator<Item = (Option<&str>, &[u8])> {
        self.files.iter().map(|file| (file.name.as_deref(), file.bytes.as_slice()))
    }

    /// What its user should know about how it is read, if nobody has chosen a dialect and programs differ.
    pub fn caution(&self) -> Option<&str> {
        self.caution.as_deref()
    }
}

/// Names and sizes, and no bytes.
impl fmt::Debug for Converted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = self.expose_files().map(|(name, bytes)| (name.unwrap_or_default(), bytes.len()));
        f.debug_map().entries(files).finish()
    }
}
