//! `DeleteParameter` and `DeleteParameters`.

use serde::{Deserialize, Serialize};

use super::{authorization, names};
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::parameter::name::check_id;
use crate::fake::refusal::Refusal;
use crate::operations::{Action, Checks, Context};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteParameter {
    name: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Nothing {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteParameters {
    names: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    deleted_parameters: Vec<String>,
    invalid_parameters: Vec<String>,
}

impl DeleteParameter {
    pub(crate) fn of(name: &str) -> Self {
        DeleteParameter { name: Some(name.to_owned()) }
    }
}

impl Action for DeleteParameter {
    const OPERATION: Operation = Operation::DeleteParameter;
    type Output = Nothing;

    fn parameters(&self) -> &[String] {
        self.name.as_slice()
    }

    fn check(&self) -> Result<(), Refusal> {
        names::one(Checks::default(), self.name.as_ref()).finish()?;
        Ok(self.parameters().iter().try_for_each(|name| check_id(name))?)
    }

    fn authorize(&self, context: &Context<'_>, _: &Account) -> Result<(), Refusal> {
        authorization::allow(context, Self::OPERATION, self.parameters())
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Nothing, Refusal> {
        account.parameters.delete(context.region, &names::checked(self.name))?;
        Ok(Nothing {})
    }
}

impl Action for DeleteParameters {
    const OPERATION: Operation = Operation::DeleteParameters;
    type Output = Output;

    fn parameters(&self) -> &[String] {
        self.names.as_deref().unwrap_or_default()
    }

    fn check(&self) -> Result<(), Refusal> {
        names::several(self.names.as_ref())
    }

    fn authorize(&self, context: &Context<'_>, _: &Account) -> Result<(), Refusal> {
        authorization::allow(context, Self::OPERATION, self.parameters())
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Output, Refusal> {
        let names = self.names.unwrap_or_default();
        let (deleted_parameters, invalid_parameters) =
            names.into_iter().partition(|name| account.parameters.delete(context.region, name).is_ok());
        Ok(Output { deleted_parameters, invalid_parameters })
    }
}
