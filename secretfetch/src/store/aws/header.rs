//! What cannot stand in a header, and is told before a request is made of it.
//!
//! A key id, a session token and the name of the environment go into headers as they are. The SDK panics on one of
//! them that cannot, or fails as if the network had; the usual cause is a mounted file whose last line ends.

use std::fmt;

use aws_credential_types::Credentials;

use super::sources::variable;
use crate::error::{Error, ErrorKind, Failure, Result};

/// Why a text cannot be a header's value: [RFC 9110, section 5.5](https://www.rfc-editor.org/rfc/rfc9110#section-5.5)
/// without the bytes above 127, which the SDK does not send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    LastLineEnds,
    LineBreak,
    ControlCharacter,
    NotAscii,
}

impl Unfit {
    pub(super) fn find(text: &str) -> Option<Self> {
        let line = text.trim_end_matches(['\r', '\n']);
        if line.contains(['\r', '\n']) {
            Some(Unfit::LineBreak)
        } else if line.chars().any(|c| c.is_ascii_control()) {
            Some(Unfit::ControlCharacter)
        } else if !line.is_ascii() {
            Some(Unfit::NotAscii)
        } else {
            (line.len() < text.len()).then_some(Unfit::LastLineEnds)
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Unfit::LastLineEnds => "remove the line break; a file made with `echo` has one, with `printf %s` none",
            Unfit::LineBreak => "it must be one line: check that it is not two values, or a file with more in it",
            Unfit::ControlCharacter | Unfit::NotAscii => {
                "copy it again: AWS makes them of letters, digits and punctuation only"
            }
        }
    }

    /// The failure of what has this in it; its value is not shown.
    pub(super) fn failure(self, what: &str) -> Failure {
        Failure::new(ErrorKind::CredentialsUnreadable, format!("{what} {self}")).with_hint(self.hint())
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unfit::LastLineEnds => "ends with a line break",
            Unfit::LineBreak => "has a line break in it",
            Unfit::ControlCharacter => "has a control character in it",
            Unfit::NotAscii => "has a character outside ASCII in it",
        })
    }
}

/// The environment's key, which is the first source and the base of a profile with `credential_source = Environment`.
pub(super) const KEY_VARIABLES: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// The first of these variables that is set to what cannot be sent.
pub(super) fn check_variables(names: &[&str]) -> Result<()> {
    let unfit = |name: &&str| Some(Error::from(Unfit::find(&variable(name)?)?.failure(name)));
    names.iter().find_map(unfit).map_or(Ok(()), Err)
}

/// What a source has given, `source` being its name in a message.
pub(super) fn check_credentials(credentials: &Credentials, source: &str) -> Result<()> {
    let parts = [
        ("access key id", credentials.access_key_id()),
        // Not sent, but nothing could be signed with it that AWS would accept.
        ("secret access key", credentials.secret_access_key()),
        ("session token", credentials.session_token().unwrap_or_default()),
    ];
    let unfit =
        |(part, text): (&str, &str)| Some(Error::from(Unfit::find(text)?.failure(&format!("the {part} of {source}"))));
    parts.into_iter().find_map(unfit).map_or(Ok(()), Err)
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
