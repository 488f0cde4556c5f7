//! The header that says who asks, made of the store's own secrets.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use zeroize::Zeroizing;

use super::login::{Login, unfit_username};
use super::own_secret::{both, named, unusable};
use crate::error::{ErrorKind, Failure, Result};
use crate::secret::SecretValue;
use crate::store::named::{Opening, SecretKeyRef, TextOrSecret};
use crate::store::transport::Unfit;

const TOKEN: &str = "the token of `bearer`";
const USERNAME: &str = "the user name of `basic`";
const PASSWORD: &str = "the password of `basic`";

/// The value of `Authorization`, and what it was made of.
pub(super) struct Authorization {
    header: Zeroizing<String>,
    /// Such as: the token of `bearer` (secret `github/token`).
    source: String,
}

impl Authorization {
    /// Fetches what it takes, and checks that it can be sent.
    pub(super) async fn of(login: &Login, opening: &Opening<'_>) -> Result<Self> {
        match login {
            Login::Bearer(token) => bearer(&opening.fetch(token).await?, token),
            Login::Basic { username: TextOrSecret::Text(username), password } => {
                if let Some(what) = unfit_username(username) {
                    let failure = Failure::new(ErrorKind::Config, format!("`username` {what}"));
                    return Err(failure.into());
                }
                basic(username, &opening.fetch(password).await?, password)
            }
            Login::Basic { username: TextOrSecret::Secret(username), password } => {
                let (user, word) = both(opening, username, password).await?;
                let user = text(&user, USERNAME, username)?;
                match unfit_username(user) {
                    Some(what) => Err(unusable(USERNAME, username, what).with_hint(hint_of(user)).into()),
                    None => basic(user, &word, password),
                }
            }
        }
    }

    pub(super) fn header(&self) -> &str {
        &self.header
    }

    /// What it was made of, for a message.
    pub(super) fn source(&self) -> &str {
        &self.source
    }
}

fn bearer(token: &SecretValue, of: &SecretKeyRef) -> Result<Authorization> {
    let token = text(token, TOKEN, of)?;
    if let Some(unfit) = Unfit::find(token) {
        return Err(unusable(TOKEN, of, unfit).with_hint(hint_of(token)).into());
    }
    let header = joined(["Bearer ", token]);
    Ok(Authorization { header, source: format!("{TOKEN} ({})", named(of)) })
}

fn basic(username: &str, password: &SecretValue, of: &SecretKeyRef) -> Result<Authorization> {
    let password = text(password, PASSWORD, of)?;
    // RFC 7617, section 2: neither may have a control character in it. Else both are sent as UTF-8.
    if password.chars().any(char::is_control) {
        let what = if password.ends_with('\n') { "ends with a line break" } else { "has a control character in it" };
        return Err(unusable(PASSWORD, of, what).with_hint(hint_of(password)).into());
    }
    let pair = joined([username, ":", password]);
    let encoded = Zeroizing::new(BASE64.encode(pair.as_bytes()));
    Ok(Authorization { header: joined(["Basic ", &encoded]), source: format!("{PASSWORD} ({})", named(of)) })
}

/// In memory of their exact size: what grows leaves copies behind.
fn joined<const N: usize>(parts: [&str; N]) -> Zeroizing<String> {
    let mut joined = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
    parts.iter().for_each(|part| joined.push_str(part));
    joined
}

fn text<'a>(value: &'a SecretValue, what: &str, of: &SecretKeyRef) -> Result<&'a str> {
    match str::from_utf8(value.expose_bytes()) {
        Ok("") => Err(unusable(what, of, "is empty").with_hint("put it into that secret").into()),
        Ok(text) => Ok(text),
        Err(_) => Err(unusable(what, of, "is not text").with_hint("check that it is the secret that is meant").into()),
    }
}

fn hint_of(text: &str) -> &'static str {
    if text.trim_end_matches(['\r', '\n']).contains(['\r', '\n']) {
        "it must be one line: check that it is not two values, or a file with more in it"
    } else if text.ends_with('\n') {
        "remove the line break; a file made with `echo` has one, with `printf %s` none"
    } else {
        "copy it again, without what stands around it"
    }
}

/// What it was made of.
impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization").field("source", &self.source).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretRequest;

    fn of() -> SecretKeyRef {
        SecretKeyRef::new(SecretRequest::new("github/token".parse().unwrap())).with_key("token")
    }

    fn value(text: &str) -> SecretValue {
        SecretValue::from_text(text.to_owned())
    }

    #[test]
    fn a_token_and_a_password_stand_in_the_header_as_the_standards_say() {
        assert_eq!(bearer(&value("ghp_x.y-z"), &of()).unwrap().header(), "Bearer ghp_x.y-z");
        // The examples of RFC 7617, sections 2 and 2.1.
        let basic = |user, password| basic(user, &value(password), &of()).unwrap().header().to_owned();
        assert_eq!(basic("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(basic("test", "123£"), "Basic dGVzdDoxMjPCow==");
        assert_eq!(basic("a", "b:c"), "Basic YTpiOmM=");
    }

    #[test]
    fn what_cannot_be_sent_is_told_by_its_place_and_never_shown() {
        for (text, words) in [
            ("", "is empty"),
            ("hunter2\n", "ends with a line break"),
            ("hunter2\r\nX: y", "has a line break"),
            ("hun\tter2", "has a control character"),
            ("hünter2", "outside ASCII"),
        ] {
            let error = bearer(&value(text), &of()).unwrap_err();
            let failure = error.primary();
            assert_eq!(failure.kind(), ErrorKind::CredentialsUnreadable);
            assert!(failure.message().contains(words), "{failure}");
            assert!(failure.message().contains("`bearer` (secret `github/token`, key `token`)"), "{failure}");
            assert!(!failure.to_string().contains("ter2"), "{failure}");
        }
        assert!(bearer(&SecretValue::from_binary(vec![255]), &of()).unwrap_err().to_string().contains("is not text"));
        for text in ["", "hunter2\n", "hun\0ter2"] {
            let failure = basic("a", &value(text), &of()).unwrap_err();
            assert!(failure.kind() == ErrorKind::CredentialsUnreadable && !failure.to_string().contains("ter2"));
        }
    }

    #[test]
    fn debug_shows_what_it_was_made_of_and_not_what_it_is() {
        let shown = format!("{:?}", bearer(&value("hunter2"), &of()).unwrap());
        assert!(shown.contains("github/token") && !shown.contains("hunter2"), "{shown}");
    }
}
