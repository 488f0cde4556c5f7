//! What to do about a name or value that a reader loses: what helps the same reader.

use crate::entries::Entry;

/// What to do about a name that the reader loses.
pub(super) const RENAME: &str = "give it another name under `keys`";

/// Why a property's name is refused that no `keys` spells out and that decides which configuration is read, and what to
/// do.
pub(super) fn decisive(entry: &Entry, decides: fn(&str) -> bool) -> Option<(&'static str, &'static str)> {
    let reason = "decides which configuration is read, which a secret must not";
    (!entry.named && decides(&entry.name)).then_some((reason, "if that is meant, name it under `keys`"))
}

/// What to do about a value that the reader loses. Never another dialect: its reader is another program.
pub(super) const CHANGE_THE_VALUE: &str =
    "change the value in the secret, or let the program read it from a file of its own: `format: raw` with `key`";
