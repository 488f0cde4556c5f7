//! Credentials that cannot stand in a header, which is told before a request is made of them.
//!
//! A key id, a session token and the name of the environment go into headers as they are. The SDK panics on one of
//! them that cannot, or fails as if the network had; the usual cause is a mounted file whose last line ends.

use aws_credential_types::Credentials;

use super::variable::variable;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::store::transport::Unfit;

/// The failure of what has this in it; its value is not shown.
pub(super) fn failure(unfit: Unfit, what: &str) -> Failure {
    Failure::new(ErrorKind::CredentialsUnreadable, format!("{what} {unfit}")).with_hint(hint(unfit))
}

fn hint(unfit: Unfit) -> &'static str {
    match unfit {
        Unfit::LastLineEnds => "remove the line break; a file made with `echo` has one, with `printf %s` none",
        Unfit::LineBreak => "it must be one line: check that it is not two values, or a file with more in it",
        Unfit::ControlCharacter | Unfit::NotAscii => {
            "copy it again: AWS makes them of letters, digits and punctuation only"
        }
    }
}

/// The environment's key, which is the first source and the base of a profile with `credential_source = Environment`.
pub(super) const KEY_VARIABLES: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// The first of these variables that is set to what cannot be sent.
pub(super) fn check_variables(names: &[&str]) -> Result<()> {
    let refused = |name: &&str| Some(Error::from(failure(Unfit::find(&variable(name)?)?, name)));
    names.iter().find_map(refused).map_or(Ok(()), Err)
}

/// What a source has given, `source` being its name in a message.
pub(super) fn check_credentials(credentials: &Credentials, source: &str) -> Result<()> {
    let parts = [
        ("access key id", credentials.access_key_id()),
        // Not sent, but nothing could be signed with it that AWS would accept.
        ("secret access key", credentials.secret_access_key()),
        ("session token", credentials.session_token().unwrap_or_default()),
    ];
    let refused =
        |(part, text): (&str, &str)| Some(Error::from(failure(Unfit::find(text)?, &format!("the {part} of {source}"))));
    parts.into_iter().find_map(refused).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_header_cannot_hold_is_told_by_its_kind_and_never_shown() {
        for (text, unfit) in [
            ("AKIA", None),
            ("a+b/c=", None),
            ("", None),
            ("hunter2\n", Some(Unfit::LastLineEnds)),
            ("hunter2\r\n", Some(Unfit::LastLineEnds)),
            ("hunter\n2", Some(Unfit::LineBreak)),
            ("\nhunter2", Some(Unfit::LineBreak)),
            ("hunter\r2\n", Some(Unfit::LineBreak)),
            ("hunter\t2", Some(Unfit::ControlCharacter)),
            ("hunter\u{7f}2", Some(Unfit::ControlCharacter)),
            ("hunter\x002", Some(Unfit::ControlCharacter)),
            ("hünter2", Some(Unfit::NotAscii)),
            ("\u{feff}hunter2", Some(Unfit::NotAscii)),
        ] {
            assert_eq!(Unfit::find(text), unfit, "{text:?}");
            let credentials = Credentials::new("AKIA", "secret", Some(text.to_owned()), None, "test");
            let failure = check_credentials(&credentials, "the profile `x`").err();
            assert_eq!(failure.is_some(), unfit.is_some());
            if let Some(failure) = failure.as_ref().map(Error::primary) {
                assert_eq!(failure.kind(), ErrorKind::CredentialsUnreadable);
                assert!(failure.message().starts_with("the session token of the profile `x` "), "{failure}");
                assert!(!failure.to_string().contains("nter"), "{failure}");
            }
        }
    }
}
