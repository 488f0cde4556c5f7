//! `BatchGetSecretValue`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::action::{Action, Context, Outcome, Subject, breakage};
use super::checks::{self, Checks};
use super::filters::{self, Filter};
use super::get_secret_value::{Entry, GetSecretValue};
use super::list_secrets::ListSecrets;
use super::pages::Page;
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::refusal::Refusal;
use crate::fake::shared::Scope;

/// The most secrets in one answer.
pub(crate) const LARGEST_BATCH: usize = 20;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct BatchGetSecretValue {
    pub(crate) secret_id_list: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i64>,
    pub(crate) next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
    pub(crate) secret_values: Vec<Entry>,
    pub(crate) errors: Vec<ItemError>,
}

/// Why a secret of the batch has no value (`APIErrorType`).
#[derive(Serialize)]
pub(crate) struct ItemError {
    #[serde(rename = "SecretId")]
    pub(crate) secret_id: String,
    #[serde(rename = "ErrorCode")]
    error_code: &'static str,
    #[serde(rename = "Message")]
    message: String,
    #[serde(skip)]
    pub(crate) refusal: Refusal,
}

impl BatchGetSecretValue {
    /// This page's part of the secrets that are meant, by the ids as they were given or by the filters.
    fn page(&self, context: &Context<'_>, account: &Account) -> Result<(Vec<String>, Option<String>), Refusal> {
        let ids = self.secret_id_list.clone().unwrap_or_else(|| {
            let filters = self.filters.as_deref().unwrap_or_default();
            let found = account.secrets(context.region).filter(|record| record.deletion.is_none());
            let found = found.filter(|record| filters::match_all(filters, record));
            let mut ids: Vec<String> = found.map(|record| record.arn.clone()).collect();
            ids.sort_unstable();
            ids
        });
        let page = Page::of(self.next_token.as_deref())?;
        let size = self.max_results.and_then(|size| usize::try_from(size).ok()).unwrap_or(LARGEST_BATCH);
        let size = context.shared.pages().size(page.index).map_or(size, |scripted| scripted.min(size));
        page.cut(ids, size)
    }
}

impl Action for BatchGetSecretValue {
    const OPERATION: Operation = Operation::BatchGetSecretValue;
    type Output = Output;

    fn secret_id(&self) -> Option<&String> {
        None
    }

    fn subject(&self) -> Subject {
        Subject { secret_ids: self.secret_id_list.clone().unwrap_or_default(), ..Subject::default() }
    }

    fn check(&self) -> Result<(), Refusal> {
        let invalid = |message: &str| Err(Refusal::InvalidParameter(message.to_owned()));
        let largest = LARGEST_BATCH as i64;
        match (&self.secret_id_list, &self.filters) {
            (None, None) | (Some(_), Some(_)) => {
                return invalid("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
            }
            (Some(_), None) if self.max_results.is_some() => {
                return invalid(
                    "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
                );
            }
            _ => {}
        }
        Checks::default()
            .list("secretIdList", self.secret_id_list.as_ref(), 1..=LARGEST_BATCH)
            .number("maxResults", self.max_results, 1..=largest)
            .finish()?;
        self.secret_id_list.iter().flatten().try_for_each(|id| checks::id(id))?;
        filters::check(self.filters.as_deref().unwrap_or_default())
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Output, Refusal> {
        let (ids, next_token) = self.page(context, account)?;
        let items = ids.into_iter().map(|id| (id, Ok(()))).collect();
        Ok(read(context, account, items, next_token))
    }

    /// Faults and policies are about each secret too.
    async fn run(self, context: &Context<'_>) -> Outcome<Output> {
        let mut spoiled = match breakage(context.play(Self::OPERATION, Scope::Whole).await) {
            Ok(spoiled) => spoiled,
            Err(refusal) => return refusal.into(),
        };
        let page = self.check().and_then(|()| {
            let account = context.account();
            context.authorize(&self, &account)?;
            // Who looks for secrets must be allowed to list them.
            if self.filters.is_some() {
                context.authorize(&ListSecrets::default(), &account)?;
            }
            self.page(context, &account)
        });
        let (ids, next_token) = match page {
            Ok(page) => page,
            Err(refusal) => return refusal.into(),
        };
        let mut items = Vec::with_capacity(ids.len());
        for id in ids {
            let played = breakage(context.play(Self::OPERATION, Scope::BatchItem(&id)).await).and_then(|broken| {
                spoiled = spoiled.take().or(broken);
                let get = GetSecretValue { secret_id: Some(id.clone()), ..GetSecretValue::default() };
                context.authorize(&get, &context.account())
            });
            items.push((id, played));
        }
        let output = read(context, &mut context.account(), items, next_token);
        Outcome { result: Ok(output), breakage: spoiled }
    }
}

/// Reads each secret that nothing stands against. By ARN: each once, and not in the order of the request.
fn read(
    context: &Context<'_>,
    account: &mut Account,
    items: Vec<(String, Result<(), Refusal>)>,
    next_token: Option<String>,
) -> Output {
    let mut values = BTreeMap::new();
    let mut errors = Vec::new();
    for (id, allowed) in items {
        let result = allowed.and_then(|()| {
            let (record, version) = account.read(context.region, &id, None, None, context.now)?;
            record.secret(version)
        });
        match result {
            Ok(secret) => _ = values.insert(secret.arn.clone(), Entry(secret)),
            Err(refusal) => errors.push(ItemError {
                secret_id: id,
                error_code: refusal.code().1,
                message: refusal.to_string(),
                refusal,
            }),
        }
    }
    Output { next_token, secret_values: values.into_values().collect(), errors }
}
