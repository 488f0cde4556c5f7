//! `GetParameterHistory`.

use serde::{Deserialize, Serialize};

use super::{authorization, names};
use crate::fake::account::{ACCOUNT, Account};
use crate::fake::log::Operation;
use crate::fake::parameter::name::check_id;
use crate::fake::parameter::refusal::ParameterRefusal;
use crate::fake::refusal::Refusal;
use crate::operations::{Action, Checks, Context, Page, seconds};

/// The most versions of an answer.
const LARGEST_PAGE: i64 = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetParameterHistory {
    name: Option<String>,
    with_decryption: Option<bool>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    parameters: Vec<Version>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    name: String,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    last_modified_date: f64,
    last_modified_user: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    value: String,
    version: u32,
    labels: Vec<String>,
    tier: &'static str,
    policies: [(); 0],
    data_type: &'static str,
}

impl Action for GetParameterHistory {
    const OPERATION: Operation = Operation::GetParameterHistory;
    type Output = Output;

    fn parameters(&self) -> &[String] {
        self.name.as_slice()
    }

    fn check(&self) -> Result<(), Refusal> {
        names::one(Checks::default(), self.name.as_ref())
            .number("maxResults", self.max_results, 1..=LARGEST_PAGE)
            .finish()?;
        Ok(self.parameters().iter().try_for_each(|name| check_id(name))?)
    }

    fn authorize(&self, context: &Context<'_>, account: &Account) -> Result<(), Refusal> {
        authorization::allow(context, Self::OPERATION, self.parameters())?;
        if self.with_decryption != Some(true) {
            return Ok(());
        }
        let found = self.parameters().iter().filter_map(|name| account.parameters.find(context.region, name).ok());
        let mut versions = found.flat_map(|record| record.versions.iter().map(move |version| (record, version)));
        versions.try_for_each(|(record, version)| authorization::allow_decryption(context, record, version))
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Output, Refusal> {
        let page = Page::of(self.next_token.as_deref()).map_err(|_| ParameterRefusal::InvalidNextToken)?;
        let size = usize::try_from(self.max_results.unwrap_or(LARGEST_PAGE)).unwrap_or_default();
        let record = account.parameters.find(context.region, &names::checked(self.name))?;
        let with_decryption = self.with_decryption == Some(true);
        let all = record.versions.iter().map(|version| Version {
            name: record.name.clone(),
            r#type: record.kind.name(),
            key_id: version.key_id.clone(),
            last_modified_date: seconds(version.modified),
            last_modified_user: format!("arn:{}:iam::{ACCOUNT}:root", context.region.partition()),
            description: version.description.clone(),
            value: record.shown(version, with_decryption),
            version: version.number,
            labels: version.labels.clone(),
            tier: version.tier.name(),
            policies: [],
            data_type: "text",
        });
        let (parameters, next_token) = page.cut(all.collect(), size).map_err(|_| ParameterRefusal::InvalidNextToken)?;
        Ok(Output { parameters, next_token })
    }
}
