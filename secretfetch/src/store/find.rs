use std::fmt;

use crate::secret::{Region, StoreName};
use crate::text::quoted;

/// Which secrets to look for, where their names are not known one by one.
///
/// ```
/// use secretfetch::Find;
/// let find = Find::by_prefix("team/app/").with_region("eu-west-1".parse()?);
/// assert_eq!(find.prefix(), "team/app/");
/// # Ok::<(), secretfetch::ParseRegionError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[must_use = "it is looked for by `SecretStore::find`"]
pub struct Find {
    store: Option<StoreName>,
    prefix: String,
    tags: Vec<(String, String)>,
    region: Option<Region>,
}

impl Find {
    /// Every secret whose name begins with this text, character for character; the empty one begins every name.
    pub fn by_prefix(prefix: impl Into<String>) -> Self {
        Find { prefix: prefix.into(), ..Find::default() }
    }

    /// Only those that have this tag, with exactly this value; of several tags, all.
    pub fn with_tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }

    /// Sets the region to look in; without it, the store's default one.
    pub fn with_region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Sets the store to look in, for [`Stores`](crate::Stores).
    pub fn with_store(mut self, store: StoreName) -> Self {
        self.store = Some(store);
        self
    }

    /// What the names begin with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The tags that they have, all of them.
    pub fn tags(&self) -> &[(String, String)] {
        &self.tags
    }

    /// The region to look in; `None` for the store's default.
    pub fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }

    /// The store to look in; `None` for the default one.
    pub fn store(&self) -> Option<&StoreName> {
        self.store.as_ref()
    }

    /// The same with its tags in an order of their own: finds that mean the same are one.
    pub(crate) fn normalized(mut self) -> Self {
        self.tags.sort_unstable();
        self.tags.dedup();
        self
    }

    /// The same in another store and region.
    pub(crate) fn within(&self, store: Option<StoreName>, region: Option<Region>) -> Self {
        Find { store, region, ..self.clone() }
    }

    /// The same in the store that it names.
    pub(crate) fn within_store(&self) -> Self {
        Find { store: None, ..self.clone() }
    }
}

/// What is looked for, without where: the prefix, and the tags.
impl fmt::Display for Find {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.prefix.is_empty() || self.tags.is_empty() {
            f.write_str(&quoted(&self.prefix))?;
        }
        for (place, (key, value)) in self.tags.iter().enumerate() {
            f.write_str(match (place, self.prefix.is_empty()) {
                (0, true) => "tag ",
                (0, false) => " with tag ",
                _ => " and ",
            })?;
            f.write_str(&quoted(&format!("{key}: {value}")))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_told_in_one_line() {
        let by_tags = Find::default().with_tag("Team", "payments").with_tag("a\nb", "");
        for (find, told) in [
            (Find::by_prefix("team/"), "`team/`"),
            (Find::default(), "``"),
            (by_tags.clone(), r"tag `Team: payments` and `a\nb: `"),
            (Find { prefix: "x".to_owned(), ..by_tags }, r"`x` with tag `Team: payments` and `a\nb: `"),
        ] {
            assert_eq!(find.to_string(), told);
        }
    }
}
