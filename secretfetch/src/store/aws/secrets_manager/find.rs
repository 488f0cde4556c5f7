//! BatchGetSecretValue by a filter: names and values in the same answer.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::batch_get_secret_value::BatchGetSecretValueOutput;
use aws_sdk_secretsmanager::types::Filter;

use super::answer::{self, is_partial_arn};
use super::asked::{Asked, Place};
use super::batch::{Consequence, LARGEST, Refused, consequence};
use super::diagnosis;
use super::found::Found;
use super::pages::Pages;
use crate::call::{Call, StoreEvent};
use crate::error::Result;
use crate::secret::{SecretId, SecretRequest};
use crate::store::identity::Answer;

/// Finds what begins with `prefix`, which has this filter. `false` where batches are of no use, now or from here on: then
/// what is not `found` is to be listed, and asked for one by one.
pub(crate) async fn by_prefix(
    client: &Client,
    place: Place<'_>,
    (prefix, filter): (&str, Filter),
    refused: &Refused,
    found: &mut Found<'_>,
) -> Result<bool> {
    let request = client.batch_get_secret_value().filters(filter).max_results(LARGEST as i32);
    let mut pages = Pages::of("BatchGetSecretValue");
    let mut is_complete = true;
    loop {
        let page = request.clone().set_next_token(pages.token()).send().await;
        let BatchGetSecretValueOutput { secret_values, errors, next_token, .. } = match page {
            Ok(page) => page,
            // Not the batch is denied, and without a list there is no other way.
            Err(error) if diagnosis::is_list_denied(&error) => {
                return Err(diagnosis::search_error(&error, place).into());
            }
            Err(error) => match consequence(&error, place.region, refused) {
                Consequence::AskAgain => return Ok(false),
                Consequence::Fail => return Err(diagnosis::search_error(&error, place).into()),
            },
        };
        let mut answered = 0;
        for entry in secret_values.unwrap_or_default() {
            if let Some(request) = fitting(entry.name().unwrap_or_default(), prefix) {
                let name = entry.name.clone().unwrap_or_default();
                found.put(name, answer::secret(entry, asked(&request, place)))?;
                answered += 1;
            }
        }
        for error in errors.unwrap_or_default() {
            let Some(name) = error.secret_id().map(name_of) else {
                is_complete = false;
                continue;
            };
            if let Some(request) = fitting(name, prefix) {
                let answer = Answer { code: error.error_code(), message: error.message(), status: None };
                let failure = diagnosis::service(&answer, asked(&request, place));
                found.put(name.to_owned(), Err(failure.into()))?;
                answered += 1;
            }
        }
        if answered > 0 {
            Call::current().tell(&StoreEvent::Answered { secrets: answered });
        }
        if !pages.turn(next_token)? {
            return Ok(is_complete);
        }
    }
}

fn asked<'a>(request: &'a SecretRequest, place: Place<'a>) -> Asked<'a> {
    Asked { request, region: place.region, endpoint: place.endpoint }
}

/// The secret of this name, if it is one that is looked for.
fn fitting(name: &str, prefix: &str) -> Option<SecretRequest> {
    let id: SecretId = name.parse().ok()?;
    (name.starts_with(prefix) && !id.is_arn()).then(|| SecretRequest::new(id))
}

/// The name in a name or an ARN.
fn name_of(id: &str) -> &str {
    let Some((_, resource)) = id.rsplit_once(":secret:") else { return id };
    match resource.rsplit_once('-') {
        Some((name, _)) if is_partial_arn(name, resource) => name,
        _ => resource,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batchs_errors_name_their_secret_by_name_or_arn() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:";
        assert_eq!(name_of("team/app-AbCdEf"), "team/app-AbCdEf");
        assert_eq!(name_of(&format!("{arn}team/app-AbCdEf")), "team/app");
        assert_eq!(name_of(&format!("{arn}team/app-of-long-ago")), "team/app-of-long-ago");
    }

    #[test]
    fn only_what_begins_so_character_for_character_fits() {
        for (name, is_fitting) in [
            ("team/app/a", true),
            ("team/app/", true),
            ("team/app2", false),
            ("Team/app/a", false),
            ("", false),
            ("team/app/\n", false),
        ] {
            assert_eq!(fitting(name, "team/app/").is_some(), is_fitting, "{name}");
        }
    }
}
