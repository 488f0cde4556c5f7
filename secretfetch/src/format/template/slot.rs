//! A slot: where it stands, what it names, and the escape of its place.

use std::fmt;
use std::ops::Range;

use super::error::Place;
use super::filter::Filter;
use super::name::SlotName;

/// A part of a template's text.
pub(super) enum Part {
    /// What stands between slots, as a range of the text.
    Text(Range<usize>),
    Slot(Slot),
}

pub(super) struct Slot {
    pub(super) place: Place,
    pub(super) name: SlotName,
    pub(super) filter: &'static Filter,
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {}", self.name.written(), self.filter.name)
    }
}
