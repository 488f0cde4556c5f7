//! Who asks, where a server wants to know: as whom, and which secrets prove it.

use crate::store::named::{SecretKeyRef, StoreSettings, TextOrSecret};

/// What stands behind `Authorization`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Login {
    /// A token ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)).
    Bearer(SecretKeyRef),
    /// A user and a password ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)).
    Basic { username: TextOrSecret, password: SecretKeyRef },
}

impl Login {
    pub(super) fn read(settings: &mut StoreSettings<'_, '_, '_>) -> Option<Self> {
        let bearer = settings.secret("bearer").map(Login::Bearer);
        let basic = settings.nested("basic", &["username", "password"], |basic| {
            let username = basic.required_text_or_secret("username");
            let password = basic.required_secret("password");
            let username = username?;
            if let TextOrSecret::Text(text) = &username
                && let Some(what) = unfit_username(text)
            {
                basic.mistake("username", format!("`username` {what}"));
            }
            Some(Login::Basic { username, password: password? })
        });
        if bearer.is_some() && basic.is_some() {
            settings.mistake("basic", "`bearer` and `basic` are two ways to say who asks: keep one");
        }
        bearer.or(basic)
    }

    pub(super) fn secrets(&self) -> Vec<&SecretKeyRef> {
        match self {
            Login::Bearer(token) => vec![token],
            Login::Basic { username, password } => username.secret().into_iter().chain([password]).collect(),
        }
    }
}

/// What keeps a text from being a user's name.
pub(super) fn unfit_username(text: &str) -> Option<&'static str> {
    if text.contains(':') {
        Some("has a colon in it, which is where the password begins")
    } else if text.chars().any(char::is_control) {
        Some("has a control character in it")
    } else {
        None
    }
}
