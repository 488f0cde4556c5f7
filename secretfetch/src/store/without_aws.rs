//! A program without the feature `aws`.

use crate::error::{Error, ErrorKind, Failure};

/// What a store says that has no client then.
pub(super) fn without_aws(what: &str) -> Error {
    Failure::new(ErrorKind::Config, what).with_hint("build it with the feature `aws` of the crate `secretfetch`").into()
}
