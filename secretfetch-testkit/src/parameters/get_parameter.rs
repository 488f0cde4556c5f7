//! `GetParameter`.

use serde::{Deserialize, Serialize};

use super::answer::Parameter;
use super::{authorization, names};
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::parameter::name::check_id;
use crate::fake::refusal::Refusal;
use crate::operations::{Action, Checks, Context};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetParameter {
    name: Option<String>,
    with_decryption: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    parameter: Parameter,
}

impl Action for GetParameter {
    const OPERATION: Operation = Operation::GetParameter;
    type Output = Output;

    fn parameters(&self) -> &[String] {
        self.name.as_slice()
    }

    fn check(&self) -> Result<(), Refusal> {
        names::one(Checks::default(), self.name.as_ref()).finish()?;
        Ok(self.parameters().iter().try_for_each(|name| check_id(name))?)
    }

    fn authorize(&self, context: &Context<'_>, account: &Account) -> Result<(), Refusal> {
        authorization::allow(context, Self::OPERATION, self.parameters())?;
        if self.with_decryption != Some(true) {
            return Ok(());
        }
        let found = self.parameters().iter().filter_map(|name| account.parameters.select(context.region, name).ok());
        found.into_iter().try_for_each(|(record, version)| authorization::allow_decryption(context, record, version))
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Output, Refusal> {
        let name = names::checked(self.name);
        let (record, version) = account.parameters.select(context.region, &name)?;
        let parameter = Parameter::of(record, version, self.with_decryption == Some(true));
        Ok(Output { parameter: parameter.asked_by(context.region, &name) })
    }
}
