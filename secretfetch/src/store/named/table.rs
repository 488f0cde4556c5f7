//! The kinds of stores: one table.

use std::path::Path;
use std::sync::Arc;

use super::config::StoreConfig;
use super::kind::StoreKind;
use crate::error::{ErrorKind, Failure};
use crate::secret::StoreName;
use crate::store::{aws, https, local, s3, ssm};
use crate::text::{nearest, quoted};

/// The kinds that come with the crate.
const BUILT_IN: &[&StoreKind] = &[&aws::KIND, &ssm::KIND, &s3::KIND, &https::KIND, &local::KIND];

/// The kinds of stores that a configuration may have.
#[derive(Clone, Debug)]
pub struct StoreKinds(Vec<&'static StoreKind>);

impl Default for StoreKinds {
    fn default() -> Self {
        StoreKinds(BUILT_IN.to_vec())
    }
}

impl StoreKinds {
    /// Adds a kind; one of the same name is replaced.
    #[must_use]
    pub fn with(mut self, kind: &'static StoreKind) -> Self {
        self.0.retain(|known| known.name != kind.name);
        self.0.push(kind);
        self
    }

    /// The kinds, in the order in which they are shown.
    pub fn iter(&self) -> impl Iterator<Item = &'static StoreKind> {
        self.0.iter().copied()
    }

    /// The store that a name says by itself; `None` if it says none.
    pub(crate) fn named(&self, name: &StoreName, base: &Path) -> Option<Result<Arc<dyn StoreConfig>, Vec<Failure>>> {
        self.0.iter().find_map(|kind| kind.named(name, base))
    }

    /// What is said where a name is no store's; `known` are those that a configuration has.
    pub(crate) fn unknown<'a>(&self, name: &StoreName, known: impl Iterator<Item = &'a str>) -> Failure {
        let mut names: Vec<&str> = known.collect();
        names.extend(self.0.iter().filter(|kind| kind.needs_no_entry).map(|kind| kind.name));
        names.dedup();
        let near: Vec<String> = nearest(name.as_str(), names.iter().copied()).iter().map(|near| quoted(near)).collect();
        let hint = match near.as_slice() {
            [] => {
                let places =
                    self.0.iter().filter_map(|kind| Some(format!("{}:{}", kind.name, kind.place?.to_uppercase())));
                let all: Vec<String> = names.iter().map(|name| (*name).to_owned()).chain(places).collect();
                let all: Vec<String> = all.iter().map(|name| quoted(name)).collect();
                format!("there are {}; others are defined under `stores`", all.join(", "))
            }
            near => format!("did you mean {}?", near.join(" or ")),
        };
        Failure::new(ErrorKind::Config, format!("there is no store {}", quoted(name.as_str()))).with_hint(hint)
    }
}
