//! BatchGetSecretValue: which requests go into a batch, and which answer belongs to which request.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::batch_get_secret_value::{BatchGetSecretValueError, BatchGetSecretValueOutput};
use aws_sdk_secretsmanager::types::{ApiErrorType, SecretValueEntry};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::answer::{self, is_partial_arn};
use super::asked::{Asked, Place};
use super::diagnosis;
use crate::call::{BatchRefusal, Call, StoreEvent};
use crate::error::Result;
use crate::secret::{Region, Secret, SecretId, SecretRequest};
use crate::store::identity::{Answer, Refusal};
use crate::store::transport::{TransportError, find};

/// The most secrets in one batch (the API's limit of `SecretIdList`).
pub(crate) const LARGEST: usize = 20;

/// Batches in flight at once.
pub(crate) const IN_FLIGHT: usize = 10;

/// More pages than secrets: the endpoint does not page, it loops.
const MOST_PAGES: usize = 2 * LARGEST;

/// Whether this endpoint has refused the operation itself: then it is not tried again.
#[derive(Debug, Default)]
pub(crate) struct Refused(AtomicBool);

impl Refused {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// `true` for the first caller, who tells about it.
    fn set(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
}

/// What became of the requests of one batch, by their index.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) results: Vec<(usize, Result<Secret>)>,
    /// To be asked one by one.
    pub(crate) again: Vec<usize>,
}

/// One batch: the requests at `indexes`, all for the current version, at most [`LARGEST`] of them.
pub(crate) async fn fetch(
    client: &Client,
    place: Place<'_>,
    requests: &[SecretRequest],
    indexes: Vec<usize>,
    refused: &Refused,
) -> Outcome {
    let Place { region, endpoint } = place;
    // Only equal ids share a place in the list: the API refuses a list with duplicates.
    let mut ids: Vec<&SecretId> = Vec::with_capacity(indexes.len());
    let mut places: Vec<(usize, usize)> = Vec::with_capacity(indexes.len());
    for index in indexes {
        let id = requests[index].secret_id();
        let place = ids.iter().position(|known| *known == id).unwrap_or_else(|| {
            ids.push(id);
            ids.len() - 1
        });
        places.push((index, place));
    }

    let mut entries: Vec<SecretValueEntry> = Vec::with_capacity(ids.len());
    let mut errors: Vec<ApiErrorType> = Vec::new();
    let failed = pages(client, &ids, &mut entries, &mut errors).await.err();
    let failed = failed.map(|error| match consequence(&error, region, refused) {
        Consequence::AskAgain => None,
        Consequence::Fail => Some(error),
    });

    let mut answers = matched(&ids, entries);
    let mut outcome = Outcome { results: Vec::with_capacity(places.len()), again: Vec::new() };
    for (position, &(index, place)) in places.iter().enumerate() {
        let asked = Asked { request: &requests[index], region, endpoint };
        let needed_later = places[position + 1..].iter().any(|&(_, later)| later == place);
        // The value is moved to its last user, and copied only for those before.
        let entry = if needed_later { answers[place].clone() } else { answers[place].take() };
        if let Some(entry) = entry {
            outcome.results.push((index, answer::secret(entry, asked)));
        } else if let Some(error) = errors.iter().find(|error| concerns(error, ids[place])) {
            let answer = Answer { code: error.error_code(), message: error.message(), status: None };
            outcome.results.push((index, Err(diagnosis::service(&answer, asked).into())));
        } else {
            match &failed {
                Some(Some(error)) => outcome.results.push((index, Err(diagnosis::sdk_error(error, asked).into()))),
                // Neither a value nor an error: GetSecretValue tells what it is.
                _ => outcome.again.push(index),
            }
        }
    }
    outcome
}

pub(super) type BatchError = SdkError<BatchGetSecretValueError, HttpResponse>;

async fn pages(
    client: &Client,
    ids: &[&SecretId],
    entries: &mut Vec<SecretValueEntry>,
    errors: &mut Vec<ApiErrorType>,
) -> Result<(), BatchError> {
    let list: Vec<String> = ids.iter().map(|id| id.as_str().to_owned()).collect();
    let request = client.batch_get_secret_value().set_secret_id_list(Some(list));
    let mut token = None;
    for _ in 0..MOST_PAGES {
        let BatchGetSecretValueOutput { secret_values, errors: failed, next_token, .. } =
            request.clone().set_next_token(token).send().await?;
        // Whatever an endpoint sends, no more is held than was asked for.
        let wanted = |entry: &SecretValueEntry| ids.iter().any(|id| answer::is_of(id, entry.name(), entry.arn()));
        entries.extend(secret_values.unwrap_or_default().into_iter().filter(wanted).take(LARGEST));
        errors.extend(failed.unwrap_or_default().into_iter().filter(|error| ids.iter().any(|id| concerns(error, id))));
        entries.truncate(2 * LARGEST);
        errors.truncate(2 * LARGEST);
        token = next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            break;
        }
    }
    Ok(())
}

pub(super) enum Consequence {
    /// Single requests may fare better, or tell more.
    AskAgain,
    /// They would fail alike.
    Fail,
}

/// What a batch that failed means for its secrets.
pub(super) fn consequence(error: &BatchError, region: &Region, refused: &Refused) -> Consequence {
    let SdkError::ServiceError(context) = error else {
        // Of each secret there may be less than of all together.
        let is_too_large = matches!(find::<TransportError>(error), Some(TransportError::TooLarge { .. }));
        return if is_too_large { Consequence::AskAgain } else { Consequence::Fail };
    };
    match Refusal::of(&Answer::of(context)) {
        Refusal::Denied => {
            if refused.set() {
                tell(region, BatchRefusal::Denied);
                tracing::warn!(
                    target: "secretfetch::aws",
                    %region,
                    "secretsmanager:BatchGetSecretValue is not allowed: asking for each secret by itself; \
                     allow that action on resource `*`, or set `batch: never`"
                );
            }
            Consequence::AskAgain
        }
        Refusal::UnknownOperation => {
            if refused.set() {
                tell(region, BatchRefusal::Unknown);
                tracing::debug!(target: "secretfetch::aws", %region, "the endpoint does not know BatchGetSecretValue");
            }
            Consequence::AskAgain
        }
        // The batch quota is 100 a second for the account, GetSecretValue's is 10,000.
        Refusal::Throttled => {
            tell(region, BatchRefusal::Throttled);
            tracing::debug!(target: "secretfetch::aws", %region, "BatchGetSecretValue is throttled: asking one by one");
            Consequence::AskAgain
        }
        // One bad id can spoil the whole list.
        Refusal::NotFound | Refusal::InvalidRequest | Refusal::InvalidParameter | Refusal::Decryption => {
            Consequence::AskAgain
        }
        _ => Consequence::Fail,
    }
}

fn tell(region: &Region, reason: BatchRefusal) {
    Call::current().tell(&StoreEvent::BatchRefused { region: Some(region.clone()), reason });
}

/// For each id its entry, if it is certain which one that is.
///
/// An ARN names one secret in the world. A name does not: the list may also hold the ARN of another
/// account's secret of the same name. So ARNs choose first, and a name takes only what is left and
/// alone; what is not certain is asked again by itself.
fn matched(ids: &[&SecretId], entries: Vec<SecretValueEntry>) -> Vec<Option<SecretValueEntry>> {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (position, entry) in entries.iter().enumerate() {
        by_name.entry(entry.name().unwrap_or_default()).or_default().push(position);
    }
    let mut claimed = vec![false; entries.len()];
    let mut chosen: Vec<Option<usize>> = vec![None; ids.len()];
    for (place, id) in ids.iter().enumerate().filter(|(_, id)| id.is_arn()) {
        let arn = |entry: &SecretValueEntry| entry.arn().unwrap_or_default() == id.as_str();
        let position = entries
            .iter()
            .position(arn)
            .or_else(|| entries.iter().position(|entry| is_partial_arn(id.as_str(), entry.arn().unwrap_or_default())));
        if let Some(position) = position {
            claimed[position] = true;
            chosen[place] = Some(position);
        }
    }
    for (place, id) in ids.iter().enumerate().filter(|(_, id)| !id.is_arn()) {
        if let Some(&[position]) = by_name.get(id.as_str()).map(Vec::as_slice) {
            chosen[place] = (!claimed[position]).then_some(position);
        }
    }
    let mut entries: Vec<Option<SecretValueEntry>> = entries.into_iter().map(Some).collect();
    let places = 0..chosen.len();
    places
        .map(|place| {
            let position = chosen[place]?;
            // A full and a partial ARN of one secret share its entry.
            let shared = chosen[place + 1..].contains(&Some(position));
            if shared { entries[position].clone() } else { entries[position].take() }
        })
        .collect()
}

fn concerns(error: &ApiErrorType, id: &SecretId) -> bool {
    error.secret_id().is_some_and(|named| named == id.as_str() || id.is_arn() && is_partial_arn(id.as_str(), named))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:";
    const OTHER: &str = "arn:aws:secretsmanager:eu-west-1:222222222222:secret:";

    fn entry(account: &str, name: &str, suffix: &str) -> SecretValueEntry {
        SecretValueEntry::builder().name(name).arn(format!("{account}{name}-{suffix}")).build()
    }

    /// The ARNs that are found for the ids.
    fn found(ids: &[&str], entries: &[SecretValueEntry]) -> Vec<Option<String>> {
        let ids: Vec<SecretId> = ids.iter().map(|id| id.parse().unwrap()).collect();
        let ids: Vec<&SecretId> = ids.iter().collect();
        matched(&ids, entries.to_vec()).into_iter().map(|entry| entry.and_then(|entry| entry.arn)).collect()
    }

    #[test]
    fn names_arns_and_partial_arns_find_their_secret_in_any_order() {
        let entries = [entry(ACCOUNT, "c", "ccccc1"), entry(ACCOUNT, "b", "bbbbb1"), entry(ACCOUNT, "a", "aaaaa1")];
        let full = format!("{ACCOUNT}b-bbbbb1");
        let partial = format!("{ACCOUNT}c");
        assert_eq!(
            found(&["a", &full, &partial, "missing"], &entries),
            [Some(format!("{ACCOUNT}a-aaaaa1")), Some(full.clone()), Some(format!("{ACCOUNT}c-ccccc1")), None]
        );
    }

    #[test]
    fn a_full_and_a_partial_arn_share_one_secret() {
        let (full, partial) = (format!("{ACCOUNT}a-aaaaa1"), format!("{ACCOUNT}a"));
        let found = found(&[&partial, &full], &[entry(ACCOUNT, "a", "aaaaa1")]);
        assert_eq!(found, [Some(full.clone()), Some(full)]);
    }

    #[test]
    fn a_name_is_not_answered_with_another_accounts_secret() {
        let theirs = format!("{OTHER}db-zzzzz1");
        // Only theirs came back: the name must be asked again, not get their value.
        assert_eq!(found(&["db", &theirs], &[entry(OTHER, "db", "zzzzz1")]), [None, Some(theirs.clone())]);
        // Both came back: which one the name means is not certain.
        let both = [entry(OTHER, "db", "zzzzz1"), entry(ACCOUNT, "db", "aaaaa1")];
        assert_eq!(found(&["db", &theirs], &both), [None, Some(theirs)]);
    }

    #[test]
    fn a_partial_arn_is_not_a_prefix() {
        let entries = [entry(ACCOUNT, "db-replica", "aaaaa1"), entry(ACCOUNT, "db-AbCdEf", "xyzxyz")];
        // `db-AbCdEf-xyzxyz` begins like `db`, and is another secret.
        assert_eq!(found(&[&format!("{ACCOUNT}db")], &entries), [None]);
        // Both `db` (suffix AbCdEf) and `db-AbCdEf` could be meant: the full ARN wins.
        let entries = [entry(ACCOUNT, "db-AbCdEf", "xyzxyz"), entry(ACCOUNT, "db", "AbCdEf")];
        let id = format!("{ACCOUNT}db-AbCdEf");
        assert_eq!(found(&[&id], &entries), [Some(id)]);
    }
}
