//! How much is taken of what a store gives.

use crate::bounds::{Bytes, FILE, FOUND, FOUND_BYTES};
use crate::error::{ErrorKind, Failure, Result};
use crate::secret::{Region, Secret, SecretId};
use crate::store::Find;

/// A secret, if it is not too large.
pub(super) fn bounded(secret: Secret, id: &SecretId, region: Option<&Region>) -> Result<Secret> {
    if secret.value.expose_bytes().len() as u64 <= FILE {
        return Ok(secret);
    }
    let failure = Failure::new(ErrorKind::WrongShape, format!("the secret has more than {}", Bytes(FILE)));
    let failure = failure.with_hint("no file can be that large: what is this one?");
    Err(failure.with_secret_id(id).with_region(region).into())
}

/// What was found, if it is something and not too much of it.
pub(super) fn bounded_find(secrets: Vec<Secret>, find: &Find) -> Result<Vec<Secret>> {
    if secrets.is_empty() {
        let failure = Failure::new(ErrorKind::SecretNotFound, "there is no such secret");
        return Err(failure.with_hint("check what the names begin with, the tags and the region").into());
    }
    let too_much = |what: String| {
        let failure = Failure::new(ErrorKind::WrongShape, what);
        Err(failure.with_hint("look for fewer by a longer prefix, or by tags").into())
    };
    if secrets.len() > FOUND {
        return too_much(format!("{} secrets fit, and one `find` brings at most {FOUND}", secrets.len()));
    }
    let bytes: u64 = secrets.iter().map(|secret| secret.value.expose_bytes().len() as u64).sum();
    if bytes > FOUND_BYTES {
        return too_much(format!("the secrets that fit have more than {} together", Bytes(FOUND_BYTES)));
    }
    let bounded = |secret: Secret| {
        let Ok(id) = secret.name.parse::<SecretId>() else { return Ok(secret) };
        bounded(secret, &id, find.region())
    };
    secrets.into_iter().map(bounded).collect()
}
