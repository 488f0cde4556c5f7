//! A structured secret as ordered names and values, ready to be written in a format.
//!
//! The order of work on one source is fixed: decode → parse → flatten → `keys` → `keyStyle` → `prefix`; then the
//! sources of a file are merged. The check of names belongs to the format.

mod entry;
mod flatten;
mod found;
mod list;
mod object;
mod selection;

pub(crate) use entry::{Entry, Flat};
pub use entry::{Nulls, ParseNullsError};
pub use flatten::Flattening;
pub(crate) use found::{FoundEntries, FoundSecret};
pub use list::Entries;
pub(crate) use object::object;
pub(crate) use selection::find;
pub use selection::{KeyStyle, ParseKeyStyleError, Selection};
