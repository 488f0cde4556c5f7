//! `GetParametersByPath`: every parameter below a path
//! ([API](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html)).

use super::answer::{Found, Refused};
use super::api;
use super::diagnosis::{self, Asked};
use super::pace::Pace;
use crate::bounds::{ANSWER, Bytes, FOUND, FOUND_BYTES};
use crate::error::{ErrorKind, Failure, Result};
use crate::json::{self, Value};
use crate::secret::{Region, Secret};
use crate::store::identity::Refusal;
use crate::store::signed::SignedClient;

/// Everything below `path`, which ends with a slash, in the order of the names.
pub(super) async fn below(client: &SignedClient, pace: &Pace, region: &Region, path: &str) -> Result<Vec<Secret>> {
    let asked = Asked { id: None, action: "ssm:GetParametersByPath", region, endpoint: client.session().endpoint() };
    let mut secrets: Vec<Secret> = Vec::new();
    let (mut bytes, mut empty) = (0, 0);
    let mut token: Option<String> = None;
    loop {
        pace.turn().await;
        let call = api::call("GetParametersByPath", input(path, token.as_deref()));
        let response = client.send(region, call, ANSWER).await;
        let response = response.map_err(|unanswered| diagnosis::unanswered(&unanswered, asked))?;
        if response.status != 200 {
            let refused = Refused::read(&response.body);
            if diagnosis::refusal(&refused, &response) == Refusal::Throttled {
                pace.slow_down();
            }
            return Err(diagnosis::refused(&refused, &response, asked));
        }
        let found = Found::read(&response.body);
        let found =
            found.ok_or_else(|| diagnosis::not_parameters("the answer is not one of Parameter Store", asked))?;
        let known = secrets.len();
        for parameter in found.parameters.into_iter().filter(|parameter| parameter.name().starts_with(path)) {
            let secret = parameter.into_secret(region, None);
            bytes += secret.value.expose_bytes().len() as u64;
            secrets.push(secret);
        }
        // A page may bring nothing and not be the last one.
        empty = if secrets.len() == known { empty + 1 } else { 0 };
        if secrets.len() > FOUND || bytes > FOUND_BYTES {
            let what = format!(
                "below {} are more than {FOUND} parameters, or more than {}",
                crate::text::quoted(path),
                Bytes(FOUND_BYTES)
            );
            return Err(Failure::new(ErrorKind::WrongShape, what)
                .with_hint("look below a longer path")
                .with_region(Some(region))
                .into());
        }
        match found.next_token {
            None => break,
            Some(next) if token.as_ref() == Some(&next) || empty > FOUND / 10 => {
                return Err(diagnosis::not_parameters("the pages of the answer have no end", asked));
            }
            next => token = next,
        }
    }
    secrets.sort_by(|one, other| one.name.cmp(&other.name));
    secrets.dedup_by(|one, other| one.name == other.name);
    Ok(secrets)
}

fn input(path: &str, token: Option<&str>) -> String {
    let path = if path == "/" { path } else { path.trim_end_matches('/') };
    let text = |text: &str| Value::String(text.to_owned().into());
    let mut members = vec![
        ("Path".to_owned(), text(path)),
        ("Recursive".to_owned(), Value::Bool(true)),
        ("WithDecryption".to_owned(), Value::Bool(true)),
        ("MaxResults".to_owned(), Value::Number("10".to_owned().into())),
    ];
    members.extend(token.map(|token| ("NextToken".to_owned(), text(token))));
    let input = Value::Object(members);
    let mut body = String::with_capacity(json::compact_len(&input));
    json::compact(&input, &mut body);
    body
}
