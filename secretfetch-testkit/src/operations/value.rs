//! The value in a request that makes a version.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secretfetch::{SecretValue, VersionStage};
use serde::Deserialize;

use super::checks::Checks;
use crate::fake::account::NewVersion;
use crate::fake::refusal::Refusal;

/// The largest value of a secret, in bytes.
const LARGEST: usize = 65_536;

pub(super) const NO_TOKEN: &str = "You must provide a ClientRequestToken value. We recommend a UUID-type value.";

/// The members of `CreateSecret`, `PutSecretValue` and `UpdateSecret` that are a version.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Value {
    client_request_token: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
    /// Of a test that prepares a secret: the fake makes up what is missing.
    #[serde(skip)]
    without_token: bool,
}

impl Value {
    /// Of a secret that is created without a version.
    pub(super) fn none() -> Self {
        Value { without_token: true, ..Value::default() }
    }

    pub(super) fn of(value: &SecretValue, token: Option<&str>) -> Self {
        let client_request_token = token.map(str::to_owned);
        let mut new = Value { without_token: token.is_none(), client_request_token, ..Value::default() };
        match value.expose_text() {
            Some(text) => new.secret_string = Some(text.to_owned()),
            None => new.secret_binary = Some(BASE64.encode(value.expose_bytes())),
        }
        new
    }

    pub(super) fn token(&self) -> Option<&String> {
        self.client_request_token.as_ref()
    }

    /// Every SDK makes up a token where its user gives none; what comes without one was written by hand. The service
    /// says so before anything else.
    pub(super) fn check_token(&self) -> Result<(), Refusal> {
        if self.without_token { Ok(()) } else { token(self.token()) }
    }

    pub(super) fn check(&self) -> Result<(), Refusal> {
        token_length(self.token())?;
        let binary = self.secret_binary.as_ref().map(|base64| base64.len() / 4 * 3 - padding(base64));
        Checks::default()
            .secret_length("secretString", self.secret_string.as_ref().map(String::len), 1..=LARGEST)
            .secret_length("secretBinary", binary, 1..=LARGEST)
            .finish()?;
        if self.secret_string.is_some() && self.secret_binary.is_some() {
            return Err(Refusal::InvalidParameter(
                "You can't specify both a binary secret value and a string secret value in the same secret.".to_owned(),
            ));
        }
        Ok(())
    }

    pub(super) fn is_there(&self) -> bool {
        self.secret_string.is_some() || self.secret_binary.is_some()
    }

    /// The version to add; `None` if the request has no value.
    pub(super) fn into_version(self, stages: Vec<VersionStage>) -> Result<Option<NewVersion>, Refusal> {
        let token = self.client_request_token.as_deref().map(str::parse).transpose();
        let token = token.map_err(|_| Refusal::InvalidParameter("Invalid ClientRequestToken.".to_owned()))?;
        let value = match (self.secret_string, self.secret_binary) {
            (Some(text), _) => SecretValue::from_text(text),
            (None, Some(base64)) => SecretValue::from_binary(
                BASE64.decode(base64).map_err(|_| Refusal::Validation("The SecretBinary is not base64.".to_owned()))?,
            ),
            (None, None) => return Ok(None),
        };
        Ok(Some(NewVersion { value, token, stages }))
    }
}

/// The service says that a token is missing before anything else.
pub(super) fn token(token: Option<&String>) -> Result<(), Refusal> {
    match token {
        Some(_) => Ok(()),
        None => Err(Refusal::InvalidRequest(NO_TOKEN.to_owned())),
    }
}

pub(super) fn token_length(token: Option<&String>) -> Result<(), Refusal> {
    match token {
        Some(token) if !(32..=64).contains(&token.chars().count()) => {
            Err(Refusal::InvalidParameter("ClientRequestToken must be 32-64 characters long.".to_owned()))
        }
        _ => Ok(()),
    }
}

fn padding(base64: &str) -> usize {
    base64.bytes().rev().take_while(|&byte| byte == b'=').count().min(2).min(base64.len() / 4 * 3)
}

/// The staging labels in a request.
pub(super) fn stages(member: &str, stages: &[String]) -> Result<Vec<VersionStage>, Refusal> {
    let parse = |text: &String| {
        text.parse().map_err(|_| {
            Refusal::Validation(format!(
                "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must have \
                 length between 1 and 256"
            ))
        })
    };
    stages.iter().map(parse).collect()
}
