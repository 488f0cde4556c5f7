//! What is behind an error.

use std::error::Error as StdError;

/// An error of any layer of a connection.
pub(super) type BoxError = Box<dyn StdError + Send + Sync>;

/// The error and its causes. An [`std::io::Error`] is asked for the error inside it: its own `source`
/// leaves that one out.
pub(crate) fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<std::io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn StdError + 'static)),
        None => error.source(),
    })
}

/// The first error of this type among them.
pub(crate) fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    chain(error).find_map(|cause| cause.downcast_ref::<E>())
}
