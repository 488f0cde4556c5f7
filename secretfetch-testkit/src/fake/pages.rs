//! How long answers are cut.

use super::store::FakeSecretStore;

/// The sizes of an answer's pages; what is left after the last one comes in one page.
#[derive(Debug, Default)]
pub(crate) struct Pages(Vec<usize>);

impl Pages {
    /// How many entries the page with this index may have; `None` for all that are left.
    pub(crate) fn size(&self, index: usize) -> Option<usize> {
        self.0.get(index).copied()
    }
}

impl FakeSecretStore {
    /// Cuts the answers to `BatchGetSecretValue` into pages of these many secrets; what is left after the
    /// last comes in one page. A page may be empty: the service says that it sends such pages too.
    ///
    /// It holds for every server of the store. In memory a request is one secret's, and there is nothing to cut.
    ///
    /// ```
    /// # let store = secretfetch_testkit::FakeSecretStore::new();
    /// store.paginate(&[2, 0]); // two secrets, none, then the rest
    /// ```
    pub fn paginate(&self, sizes: &[usize]) {
        *self.shared().pages() = Pages(sizes.to_vec());
    }
}
