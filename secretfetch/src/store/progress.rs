//! How far a store is with many requests, as events that a host application may show.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts answers, and tells of each step under the target `secretfetch::progress`.
pub(super) struct Progress {
    done: AtomicUsize,
    total: usize,
}

impl Progress {
    pub(super) fn of(total: usize) -> Self {
        Progress { done: AtomicUsize::new(0), total }
    }

    pub(super) fn add(&self, answers: usize) {
        let done = self.done.fetch_add(answers, Ordering::Relaxed) + answers;
        tracing::debug!(target: "secretfetch::progress", done, total = self.total, "fetching secrets");
    }
}
