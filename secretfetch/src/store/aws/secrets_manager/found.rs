//! What a search has brought, and what is made of it.

use std::collections::BTreeMap;

use crate::bounds::{Bytes, FOUND, FOUND_BYTES};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::secret::{Region, Secret};
use crate::text::quoted;

/// What a search has brought so far, by name. The pages of a list that changes meanwhile may have a secret twice.
pub(crate) struct Found<'a> {
    region: &'a Region,
    secrets: BTreeMap<String, Secret>,
    failures: BTreeMap<String, Error>,
    bytes: u64,
}

impl<'a> Found<'a> {
    pub(crate) fn in_region(region: &'a Region) -> Self {
        Found { region, secrets: BTreeMap::new(), failures: BTreeMap::new(), bytes: 0 }
    }

    /// Takes what became of the secret of this name; an error if it is too much now.
    pub(crate) fn put(&mut self, name: String, result: Result<Secret>) -> Result<()> {
        match result {
            Ok(secret) => {
                self.bytes += length(&secret);
                self.failures.remove(&name);
                if let Some(older) = self.secrets.insert(name, secret) {
                    self.bytes -= length(&older);
                }
            }
            Err(error) if is_absent(&error) => {
                let (secret, region) = (quoted(&name), self.region);
                tracing::info!(
                    target: "secretfetch::aws",
                    %region,
                    "leaving out the secret {secret}: it was listed, and {}",
                    error.primary().message()
                );
            }
            Err(error) => _ = self.failures.insert(name, error),
        }
        self.check_room(0)
    }

    /// Refuses to find so many more.
    pub(crate) fn check_room(&self, more: usize) -> Result<()> {
        let what = if self.secrets.len() + self.failures.len() + more > FOUND {
            format!("more than {FOUND} secrets are found")
        } else if self.bytes > FOUND_BYTES {
            format!("the secrets that are found have more than {} together", Bytes(FOUND_BYTES))
        } else {
            return Ok(());
        };
        let failure = Failure::new(ErrorKind::Config, what).with_region(Some(self.region));
        Err(failure.with_hint("find them by a longer prefix, or by tags that fewer of them have").into())
    }

    /// Whether it is known already what became of the secret of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.secrets.contains_key(name) || self.failures.contains_key(name)
    }

    /// Whether the search has failed, whatever else it brings.
    pub(crate) fn has_failed(&self) -> bool {
        !self.failures.is_empty()
    }

    /// All of it by name, or why some of it could not be had.
    pub(crate) fn in_order(self) -> Result<Vec<Secret>> {
        match Error::join(self.failures.into_values()) {
            Some(error) => Err(error),
            None => Ok(self.secrets.into_values().collect()),
        }
    }
}

fn length(secret: &Secret) -> u64 {
    secret.value.expose_bytes().len() as u64
}

/// Whether the secret is no longer there, or has no current version: what a list cannot know.
fn is_absent(error: &Error) -> bool {
    error.failures().iter().all(|failure| failure.kind().is_absence())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretValue;

    fn secret(name: &str, bytes: usize) -> Result<Secret> {
        Ok(Secret::new(name, SecretValue::from_binary(vec![b'x'; bytes])))
    }

    fn failure(kind: ErrorKind) -> Result<Secret> {
        Err(Failure::new(kind, "no").into())
    }

    #[test]
    fn what_comes_twice_is_there_once_and_in_the_order_of_the_names() {
        let region = "eu-west-1".parse().unwrap();
        let mut found = Found::in_region(&region);
        found.put("b".to_owned(), secret("b", 1)).unwrap();
        found.put("a".to_owned(), failure(ErrorKind::Throttled)).unwrap();
        assert!(found.has_failed() && found.has("a") && !found.has("c"));
        found.put("a".to_owned(), secret("a", 2)).unwrap();
        found.put("b".to_owned(), secret("b", 3)).unwrap();
        for kind in [ErrorKind::SecretNotFound, ErrorKind::ScheduledForDeletion, ErrorKind::VersionNotFound] {
            found.put("c".to_owned(), failure(kind)).unwrap();
        }
        let lengths: Vec<_> =
            found.in_order().unwrap().iter().map(|secret| (secret.name.clone(), length(secret))).collect();
        assert_eq!(lengths, [("a".to_owned(), 2), ("b".to_owned(), 3)]);
    }

    #[test]
    fn too_much_is_refused_and_a_newer_value_takes_the_place_of_the_older() {
        let region = "eu-west-1".parse().unwrap();
        let half = usize::try_from(FOUND_BYTES / 2).unwrap();
        let mut found = Found::in_region(&region);
        for _ in 0..3 {
            found.put("a".to_owned(), secret("a", half)).unwrap();
        }
        found.put("b".to_owned(), secret("b", half)).unwrap();
        let error = found.put("c".to_owned(), secret("c", 1)).unwrap_err();
        assert!(error.to_string().contains("16 MiB"), "{error}");

        let mut found = Found::in_region(&region);
        (0..FOUND).for_each(|n| found.put(n.to_string(), secret("x", 0)).unwrap());
        let error = found.put("one more".to_owned(), failure(ErrorKind::AccessDenied)).unwrap_err();
        assert!(error.to_string().contains("more than 10000"), "{error}");
    }
}
