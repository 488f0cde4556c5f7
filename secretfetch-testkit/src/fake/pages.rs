//! How long answers are cut.

/// The sizes of an answer's pages; what is left after the last one comes in one page.
#[derive(Debug, Default)]
pub(crate) struct Pages(pub(crate) Vec<usize>);

impl Pages {
    /// How many entries the page with this index may have; `None` for all that are left.
    pub(crate) fn size(&self, index: usize) -> Option<usize> {
        self.0.get(index).copied()
    }
}
