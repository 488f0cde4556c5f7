//! A source of a file as a run needs it: what it asks for, and what the file takes of that.

use super::source_config::SourceConfig;
use crate::entries::{FoundSecret, Selection};
use crate::error::Result;
use crate::format::{Conversion, Material};
use crate::secret::{Encoding, SecretDigest, SecretValue};

/// What a file, or the environment of a program, is made of, and how.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) conversion: Conversion,
    pub(crate) sources: Vec<Source>,
}

/// One secret of a file, or those that are found together, and what the file takes of it.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Among the plan's finds, or its requests: apart from which it is, for a plan has thousands of sources.
    place: usize,
    is_find: bool,
    pub(crate) optional: bool,
    pub(crate) taking: Taking,
}

/// What a source asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// Which one of the plan's requests.
    Request(usize),
    /// Which one of the plan's finds.
    Find(usize),
}

impl Source {
    pub(super) fn new(source: &SourceConfig, place: Place) -> Self {
        let (place, is_find) = match place {
            Place::Request(place) => (place, false),
            Place::Find(place) => (place, true),
        };
        Source { place, is_find, optional: source.optional, taking: Taking::of(source) }
    }

    pub(crate) fn place(&self) -> Place {
        if self.is_find { Place::Find(self.place) } else { Place::Request(self.place) }
    }
}

/// What a file takes of a secret. Most take all of it, and most configurations of a thousand secrets say nothing else.
#[derive(Clone, Debug)]
pub(crate) enum Taking {
    All,
    Part(Box<Part>),
}

/// What a source says beside its secret.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The one key whose value is meant.
    key: Option<String>,
    decode: Option<Encoding>,
    sha256: Option<SecretDigest>,
    selection: Selection,
}

impl Taking {
    pub(super) fn of(source: &SourceConfig) -> Self {
        let SourceConfig { key, decode, sha256, selection, .. } = source;
        if key.is_none() && decode.is_none() && sha256.is_none() && *selection == Selection::default() {
            return Taking::All;
        }
        let (key, sha256, selection) = (key.clone(), sha256.clone(), selection.clone());
        Taking::Part(Box::new(Part { key, decode: *decode, sha256, selection }))
    }

    pub(crate) fn part(&self) -> &Part {
        static ALL: Part = Part { key: None, decode: None, sha256: None, selection: Selection::ALL };
        match self {
            Taking::All => &ALL,
            Taking::Part(part) => part,
        }
    }
}

impl Part {
    /// What a file takes of this secret.
    pub(crate) fn take(&self, value: &SecretValue, conversion: &Conversion) -> Result<Material> {
        if let Some(digest) = &self.sha256 {
            digest.check(value)?;
        }
        conversion.take(value, self.key.as_deref(), self.decode, &self.selection)
    }

    /// What a file takes of these secrets; a key and a digest are none of several.
    pub(crate) fn take_found(&self, found: &[FoundSecret], conversion: &Conversion) -> Result<Material> {
        conversion.take_found(found, self.decode, &self.selection)
    }
}
