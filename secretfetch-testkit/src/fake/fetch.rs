//! The fake as a [`SecretStore`]: requests in memory, which go the same way as those over the wire.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use secretfetch::{
    BatchRefusal, Call, ErrorKind, Failure, Find, Region, Result, Secret, SecretRequest, SecretStore, StoreEvent,
    VersionId, VersionStage,
};

use super::refusal::Refusal;
use super::shared::Ending;
use super::store::FakeSecretStore;
use crate::operations::{
    self, Action, BatchGetSecretValue, Caller, Entry, Filter, GetSecretValue, LARGEST_BATCH, MOST_FILTERS,
};

/// Longer than any test.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

impl FakeSecretStore {
    /// Sends a request; what never answers is given up before the caller's time is over, as a store with a network does
    /// it.
    async fn send<A: Action>(&self, region: &Region, action: A) -> Result<A::Output, Failed> {
        let caller = Caller::default();
        let sent = operations::perform(self.shared(), region, &caller, action);
        match tokio::time::timeout(Call::current().limit(NEVER), sent).await {
            Ok(outcome) => outcome.in_memory().map_err(Failed::Ended),
            Err(_) => Err(Failed::NoAnswer),
        }
    }

    /// A batch of this region's requests, by their index; those that single requests must ask for are not among the
    /// answers.
    async fn fetch_batch(
        &self,
        region: &Region,
        requests: &[SecretRequest],
        indexes: &[usize],
    ) -> Vec<(usize, Result<Secret>)> {
        let id = |index: usize| requests[index].secret_id();
        let mut ids: Vec<String> = indexes.iter().map(|&index| id(index).as_str().to_owned()).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut answers = BTreeMap::new();
        let mut next_token = None;
        loop {
            let batch = BatchGetSecretValue {
                secret_id_list: Some(ids.clone()),
                next_token: next_token.take(),
                ..BatchGetSecretValue::default()
            };
            let page = match self.send(region, batch).await {
                Ok(page) => page,
                Err(failed) => {
                    if let Some(reason) = failed.asks_for_single_requests() {
                        let region = Some(region.clone());
                        Call::current().tell(&StoreEvent::BatchRefused { region, reason });
                        break;
                    }
                    let result = |&index| {
                        (index, Err(failed.failure().with_secret_id(id(index)).with_region(Some(region)).into()))
                    };
                    return indexes.iter().map(result).collect();
                }
            };
            for index in indexes {
                let asked = id(*index).as_str();
                let is_it = |Entry(secret): &&Entry| {
                    let arn = secret.arn.as_ref().map(|arn| arn.as_str()).unwrap_or_default();
                    self.shared().account().same_secret(region, asked, arn)
                };
                if let Some(Entry(secret)) = page.secret_values.iter().find(is_it) {
                    answers.insert(*index, Ok(secret.clone()));
                } else if let Some(error) = page.errors.iter().find(|error| error.secret_id == asked) {
                    let failure = error.refusal.failure().with_secret_id(id(*index)).with_region(Some(region));
                    answers.insert(*index, Err(failure.into()));
                }
            }
            match page.next_token {
                Some(token) => next_token = Some(token),
                None => break,
            }
        }
        answers.into_iter().collect()
    }
}

/// Why a request in memory has no answer.
enum Failed {
    NoAnswer,
    Ended(Ending),
}

impl Failed {
    fn failure(&self) -> Failure {
        match self {
            Failed::NoAnswer => Failure::new(ErrorKind::Timeout, "the fake gives no answer"),
            Failed::Ended(ending) => ending.failure(),
        }
    }

    /// As the store on AWS does it: where a batch is denied or throttled, single requests may fare better.
    fn asks_for_single_requests(&self) -> Option<BatchRefusal> {
        match self {
            Failed::Ended(Ending::Refused(Refusal::AccessDenied { .. })) => Some(BatchRefusal::Denied),
            Failed::Ended(Ending::Refused(Refusal::Throttled)) => Some(BatchRefusal::Throttled),
            _ => None,
        }
    }
}

/// The store with single requests alone.
#[derive(Debug)]
struct Singly<'a>(&'a FakeSecretStore);

#[async_trait]
impl SecretStore for Singly<'_> {
    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        self.0.fetch(request).await
    }
}

#[async_trait]
impl SecretStore for FakeSecretStore {
    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        let region = request.region().unwrap_or(self.region());
        let id = request.secret_id();
        let get = GetSecretValue {
            secret_id: Some(id.as_str().to_owned()),
            version_id: request.version_id().map(VersionId::as_str).map(str::to_owned),
            version_stage: request.version_stage().map(VersionStage::as_str).map(str::to_owned),
        };
        let sent = self.send(region, get).await;
        sent.map(|Entry(secret)| secret)
            .map_err(|failed| failed.failure().with_secret_id(id).with_region(Some(region)).into())
    }

    /// In batches where the store on AWS would ask in batches.
    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        let mut current: BTreeMap<&Region, Vec<usize>> = BTreeMap::new();
        for (index, request) in requests.iter().enumerate().filter(|(_, request)| request.wants_current()) {
            current.entry(request.region().unwrap_or(self.region())).or_default().push(index);
        }
        let call = Call::current();
        let mut results: Vec<Option<Result<Secret>>> = requests.iter().map(|_| None).collect();
        for (region, indexes) in current {
            if !call.batch().applies_to(indexes.len()) {
                continue;
            }
            for indexes in indexes.chunks(LARGEST_BATCH) {
                let answers = self.fetch_batch(region, requests, indexes).await;
                call.tell(&StoreEvent::Answered { secrets: answers.len() });
                for (index, result) in answers {
                    results[index] = Some(result);
                }
            }
        }
        let open: Vec<usize> = (0..results.len()).filter(|&index| results[index].is_none()).collect();
        let single: Vec<SecretRequest> = open.iter().map(|&index| requests[index].clone()).collect();
        for (index, result) in open.into_iter().zip(Singly(self).fetch_many(&single).await) {
            results[index] = Some(result);
        }
        results.into_iter().flatten().collect()
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        if let Some(name) = find.store() {
            let what = format!("the secrets are in the store `{name}`, and the fake is one store without a name");
            return Err(Failure::new(ErrorKind::Config, what).into());
        }
        let region = find.region().unwrap_or(self.region());
        let tags = find.tags().iter().flat_map(|(key, value)| [("tag-key", key.as_str()), ("tag-value", value)]);
        let filters = std::iter::once(("name", find.prefix())).chain(tags);
        let filters: Vec<Filter> =
            filters.filter_map(|(key, text)| Filter::beginning(key, text)).take(MOST_FILTERS).collect();
        let mut found = Vec::new();
        let mut next_token = None;
        loop {
            let batch = BatchGetSecretValue {
                filters: Some(filters.clone()),
                next_token: next_token.take(),
                ..BatchGetSecretValue::default()
            };
            let page = self.send(region, batch).await;
            let page = page.map_err(|failed| failed.failure().with_region(Some(region)))?;
            if let Some(error) = page.errors.first() {
                return Err(error.refusal.failure().with_region(Some(region)).into());
            }
            // A filter of the service matches a tag's beginning, and key and value of two tags; some can have none.
            let account = self.shared().account();
            let fits = |secret: &Secret| {
                let Ok(record) = account.find(region, &secret.name) else { return false };
                secret.name.starts_with(find.prefix())
                    && find.tags().iter().all(|(key, value)| record.tag(key) == Some(value.as_str()))
            };
            found.extend(page.secret_values.into_iter().map(|Entry(secret)| secret).filter(fits));
            match page.next_token {
                Some(token) => next_token = Some(token),
                None => break,
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }
}
