//! Why a token's file is of no use.

use std::io;
use std::path::Path;

use crate::error::{ErrorKind, Failure};
use crate::input::{self, InputError};
use crate::store::identity::configured::Configured;
use crate::store::identity::role::TokenFile;
use crate::store::identity::sendable;
use crate::store::identity::variable::variable;
use crate::store::transport::Unfit;

/// A token file that cannot be read: the only file that the SDK's providers read beside the profiles.
pub(super) fn unreadable(error: &io::Error, configured: Option<Configured>) -> Failure {
    let file = configured.and_then(|source| {
        let name = source.token_variable();
        Some(TokenFile { path: std::env::var(name).ok()?, variable: Some(name) })
    });
    match file {
        Some(file) => unreadable_token(&file, &InputError::Io(error.kind().into())),
        None => unreadable_file("a configured source of credentials", &InputError::Io(error.kind().into()), ""),
    }
}

/// The same, of a file that is known.
pub(crate) fn unreadable_token(file: &TokenFile, error: &InputError) -> Failure {
    unreadable_file(&file.to_string(), error, &file.path)
}

fn unreadable_file(what: &str, error: &InputError, path: &str) -> Failure {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "set `fsGroup` in the pod's securityContext, so that this user may read the service account token"
        }
        io::ErrorKind::NotFound if path.is_empty() => "the variable is set to nothing: give it a path, or unset it",
        io::ErrorKind::NotFound => {
            "check that the service account token is mounted (the pod may predate the service account's annotation)"
        }
        io::ErrorKind::InvalidData => "it must be one line of letters, digits and punctuation",
        _ => "check the file and the volume that it is on",
    };
    Failure::new(ErrorKind::CredentialsUnreadable, format!("{what} cannot be read: {error}")).with_hint(hint)
}

/// The token file that goes with a source, if what is in it cannot be sent.
pub(super) fn unfit_token(source: Configured) -> Option<Failure> {
    let name = source.token_variable();
    let file = TokenFile { path: variable(name)?, variable: Some(name) };
    let token = input::read(Path::new(&file.path), crate::bounds::TOKEN, input::Kind::File).ok()?;
    let unfit = Unfit::find(&String::from_utf8_lossy(&token))?;
    Some(sendable::failure(unfit, &file.to_string()))
}
