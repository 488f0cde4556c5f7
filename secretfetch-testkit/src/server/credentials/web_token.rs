//! JSON Web Tokens: what they say of a service account.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde::Deserialize;

use crate::calendar::epoch_seconds;

/// The claims of a token that matter to AWS. Who signed it is not looked at.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: Option<String>,
    pub(super) sub: Option<String>,
    #[serde(default)]
    aud: Audience,
    exp: Option<f64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Default for Audience {
    fn default() -> Self {
        Audience::Many(Vec::new())
    }
}

impl Claims {
    /// The claims of a token; `None` for a text that is not a JSON Web Token.
    pub(super) fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        let json = BASE64URL.decode(payload).ok()?;
        serde_json::from_slice(&json).ok()
    }

    pub(super) fn audiences(&self) -> Vec<String> {
        match &self.aud {
            Audience::One(one) => vec![one.clone()],
            Audience::Many(many) => many.clone(),
        }
    }

    /// Whether the token has ended; one that does not say when never does.
    pub(super) fn have_ended(&self, now: SystemTime) -> bool {
        self.exp.is_some_and(|end| end <= epoch_seconds(now))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.x", BASE64URL.encode(claims))
    }

    #[test]
    fn an_audience_may_be_one_or_many() {
        for (claims, audiences) in
            [("{}", vec![]), (r#"{"aud": "a"}"#, vec!["a"]), (r#"{"aud": ["a", "b"]}"#, vec!["a", "b"])]
        {
            assert_eq!(Claims::read(&token(claims)).unwrap().audiences(), audiences);
        }
    }

    #[test]
    fn what_is_no_token_has_no_claims() {
        for text in ["", "t", "a.b", "e30.!.x", &token("[]"), &token(r#"{"exp": "soon"}"#)] {
            assert!(Claims::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_token_ends_at_its_time() {
        let claims = Claims::read(&token(r#"{"exp": 100}"#)).unwrap();
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert!(!claims.have_ended(at(99)) && claims.have_ended(at(100)));
        assert!(!Claims::default().have_ended(at(100)));
    }
}
