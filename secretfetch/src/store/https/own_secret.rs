//! The store's own secrets, fetched, and what they are called in a message.

use futures_util::future::join;

use crate::error::{Error, ErrorKind, Failure, Result};
use crate::secret::SecretValue;
use crate::store::named::{Opening, SecretKeyRef};
use crate::text::quoted;

/// Fetches two at once; what fails with both is told of both.
pub(super) async fn both(
    opening: &Opening<'_>,
    first: &SecretKeyRef,
    second: &SecretKeyRef,
) -> Result<(SecretValue, SecretValue)> {
    let (first, second) = join(opening.fetch(first), opening.fetch(second)).await;
    all_of(first, second)
}

/// Both, or what fails of them.
pub(super) fn all_of<A, B>(first: Result<A>, second: Result<B>) -> Result<(A, B)> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
        (Err(first), Err(second)) => Err(Error::join([first.clone(), second]).unwrap_or(first)),
    }
}

/// A secret as a person finds it: its id, and where it has them its key and store.
pub(super) fn named(secret: &SecretKeyRef) -> String {
    let mut name = format!("secret {}", quoted(secret.request.secret_id().as_str()));
    if let Some(key) = &secret.key {
        name.push_str(&format!(", key {}", quoted(key)));
    }
    if let Some(store) = secret.request.store() {
        name.push_str(&format!(", store {}", quoted(store.as_str())));
    }
    name
}

/// The failure of one that is not what it is needed as.
pub(super) fn unusable(setting: &str, secret: &SecretKeyRef, what: impl std::fmt::Display) -> Failure {
    Failure::new(ErrorKind::CredentialsUnreadable, format!("{setting} ({}) {what}", named(secret)))
}
