//! `GetParameters`.

use serde::{Deserialize, Serialize};

use super::answer::Parameter;
use super::{authorization, names};
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::refusal::Refusal;
use crate::operations::{Action, Context};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetParameters {
    names: Option<Vec<String>>,
    with_decryption: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    parameters: Vec<Parameter>,
    invalid_parameters: Vec<String>,
}

impl Action for GetParameters {
    const OPERATION: Operation = Operation::GetParameters;
    type Output = Output;

    fn parameters(&self) -> &[String] {
        self.names.as_deref().unwrap_or_default()
    }

    fn check(&self) -> Result<(), Refusal> {
        names::several(self.names.as_ref())
    }

    fn authorize(&self, context: &Context<'_>, account: &Account) -> Result<(), Refusal> {
        authorization::allow(context, Self::OPERATION, self.parameters())?;
        if self.with_decryption != Some(true) {
            return Ok(());
        }
        let found = self.parameters().iter().filter_map(|name| account.parameters.select(context.region, name).ok());
        found.into_iter().try_for_each(|(record, version)| authorization::allow_decryption(context, record, version))
    }

    /// In alphabetical order, as the service says, and not in that of the request.
    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Output, Refusal> {
        let with_decryption = self.with_decryption == Some(true);
        let mut output = Output { parameters: Vec::new(), invalid_parameters: Vec::new() };
        for name in self.names.unwrap_or_default() {
            match account.parameters.select(context.region, &name) {
                Ok((record, version)) => {
                    let parameter = Parameter::of(record, version, with_decryption);
                    output.parameters.push(parameter.asked_by(context.region, &name));
                }
                Err(_) => output.invalid_parameters.push(name),
            }
        }
        output.parameters.sort_by(|a, b| a.name.cmp(&b.name));
        output.invalid_parameters.sort();
        Ok(output)
    }
}
