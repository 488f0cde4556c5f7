//! The results of several requests, in their order.

use crate::error::{ErrorKind, Failure, Result};
use crate::secret::Secret;

/// Results on their way, by the place of their request.
pub(super) struct Results(Vec<Option<Result<Secret>>>);

impl Results {
    pub(super) fn of(requests: usize) -> Self {
        Results((0..requests).map(|_| None).collect())
    }

    pub(super) fn put(&mut self, place: usize, result: Result<Secret>) {
        if let Some(known) = self.0.get_mut(place) {
            *known = Some(result);
        }
    }

    pub(super) fn put_all(&mut self, results: impl IntoIterator<Item = (usize, Result<Secret>)>) {
        results.into_iter().for_each(|(place, result)| self.put(place, result));
    }

    /// One result for each request.
    pub(super) fn in_order(self) -> Vec<Result<Secret>> {
        self.0.into_iter().map(|result| result.unwrap_or_else(lost)).collect()
    }
}

/// The result of one request, of a store that asks for several at once.
pub(super) fn only(mut results: Vec<Result<Secret>>) -> Result<Secret> {
    results.pop().unwrap_or_else(lost)
}

fn lost() -> Result<Secret> {
    Err(Failure::new(ErrorKind::Internal, "a request was left without a result").into())
}
