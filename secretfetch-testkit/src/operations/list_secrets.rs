//! `ListSecrets`.

use serde::{Deserialize, Serialize};

use super::action::{Action, Context};
use super::checks::Checks;
use super::describe_secret::Description;
use super::filters::{self, Filter};
use super::pages::Page;
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::record::SecretRecord;
use crate::fake::refusal::Refusal;

/// The most secrets on a page.
const LARGEST_PAGE: i64 = 100;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ListSecrets {
    filters: Option<Vec<Filter>>,
    include_planned_deletion: bool,
    max_results: Option<i64>,
    next_token: Option<String>,
    sort_order: Option<String>,
    sort_by: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    secret_list: Vec<Description>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Action for ListSecrets {
    const OPERATION: Operation = Operation::ListSecrets;
    type Output = Output;

    fn secret_id(&self) -> Option<&String> {
        None
    }

    fn check(&self) -> Result<(), Refusal> {
        Checks::default()
            .number("maxResults", self.max_results, 1..=LARGEST_PAGE)
            .one_of("sortOrder", self.sort_order.as_ref(), &["asc", "desc"])
            .one_of(
                "sortBy",
                self.sort_by.as_ref(),
                &["created-date", "last-accessed-date", "last-changed-date", "name"],
            )
            .finish()?;
        filters::check(self.filters.as_deref().unwrap_or_default())
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Output, Refusal> {
        let filters = self.filters.unwrap_or_default();
        let mut found: Vec<&SecretRecord> = account
            .secrets(context.region)
            .filter(|record| self.include_planned_deletion || record.deletion.is_none())
            .filter(|record| filters::match_all(&filters, record))
            .collect();
        found.sort_by(|a, b| match self.sort_by.as_deref() {
            Some("name") => a.name.cmp(&b.name),
            Some("last-accessed-date") => a.accessed.cmp(&b.accessed).then(a.ordinal.cmp(&b.ordinal)),
            Some("last-changed-date") => a.changed.cmp(&b.changed).then(a.ordinal.cmp(&b.ordinal)),
            _ => a.ordinal.cmp(&b.ordinal),
        });
        if self.sort_order.as_deref() == Some("desc") {
            found.reverse();
        }
        let page = Page::of(self.next_token.as_deref())?;
        let size = usize::try_from(self.max_results.unwrap_or(LARGEST_PAGE)).unwrap_or_default();
        let (found, next_token) = page.cut(found, size)?;
        Ok(Output { secret_list: found.into_iter().map(Description::listed).collect(), next_token })
    }
}
