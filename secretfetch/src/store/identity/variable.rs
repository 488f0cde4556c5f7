//! Variables of the environment, of which one that is set to nothing counts as not set.

/// The value of a variable, if it is set to anything.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
