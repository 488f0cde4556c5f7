//! `GetParametersByPath`.

use serde::{Deserialize, Serialize};

use super::answer::Parameter;
use super::authorization;
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::parameter::name::check_path;
use crate::fake::parameter::refusal::ParameterRefusal;
use crate::fake::refusal::Refusal;
use crate::operations::{Action, Checks, Context, Page};

/// The most parameters of an answer.
const LARGEST_PAGE: i64 = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetParametersByPath {
    path: Option<String>,
    recursive: Option<bool>,
    with_decryption: Option<bool>,
    max_results: Option<i64>,
    next_token: Option<String>,
    parameter_filters: Option<Vec<serde::de::IgnoredAny>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    parameters: Vec<Parameter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Action for GetParametersByPath {
    const OPERATION: Operation = Operation::GetParametersByPath;
    type Output = Output;

    fn parameters(&self) -> &[String] {
        self.path.as_slice()
    }

    fn check(&self) -> Result<(), Refusal> {
        Checks::default()
            .required("path", self.path.as_ref())
            .length("path", self.path.as_ref(), 1..=2048)
            .number("maxResults", self.max_results, 1..=LARGEST_PAGE)
            .finish()?;
        if self.parameter_filters.as_ref().is_some_and(|filters| !filters.is_empty()) {
            return Err(ParameterRefusal::Validation("The fake has no filters for GetParametersByPath.").into());
        }
        Ok(self.path.iter().try_for_each(|path| check_path(path))?)
    }

    /// Who may read a path may read all that is below it, whatever is said of that.
    fn authorize(&self, context: &Context<'_>, account: &Account) -> Result<(), Refusal> {
        authorization::allow(context, Self::OPERATION, self.parameters())?;
        if self.with_decryption != Some(true) {
            return Ok(());
        }
        let path = self.path.as_deref().unwrap_or_default();
        let below = account.parameters.below(context.region, path, self.recursive == Some(true));
        below
            .filter_map(|record| Some((record, record.newest()?)))
            .try_for_each(|(record, version)| authorization::allow_decryption(context, record, version))
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Output, Refusal> {
        let page = Page::of(self.next_token.as_deref()).map_err(|_| ParameterRefusal::InvalidNextToken)?;
        let largest = usize::try_from(self.max_results.unwrap_or(LARGEST_PAGE)).unwrap_or_default();
        let size = context.shared.pages().size(page.index).unwrap_or(largest).min(largest);
        let path = self.path.unwrap_or_default();
        let below = account.parameters.below(context.region, &path, self.recursive == Some(true));
        let all = below
            .filter_map(|record| Some((record, record.newest()?)))
            .map(|(record, version)| Parameter::of(record, version, self.with_decryption == Some(true)))
            .collect();
        let (parameters, next_token) = page.cut(all, size).map_err(|_| ParameterRefusal::InvalidNextToken)?;
        Ok(Output { parameters, next_token })
    }
}
