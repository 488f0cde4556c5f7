//! `LabelParameterVersion`.

use serde::{Deserialize, Serialize};

use super::{authorization, names};
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::parameter::name::check_id;
use crate::fake::refusal::Refusal;
use crate::operations::{Action, Checks, Context};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LabelParameterVersion {
    name: Option<String>,
    parameter_version: Option<u32>,
    labels: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    pub(crate) invalid_labels: Vec<String>,
    parameter_version: u32,
}

impl LabelParameterVersion {
    pub(crate) fn of(name: &str, version: u32, labels: &[&str]) -> Self {
        LabelParameterVersion {
            name: Some(name.to_owned()),
            parameter_version: Some(version),
            labels: Some(labels.iter().map(|label| (*label).to_owned()).collect()),
        }
    }
}

impl Action for LabelParameterVersion {
    const OPERATION: Operation = Operation::LabelParameterVersion;
    type Output = Output;

    fn parameters(&self) -> &[String] {
        self.name.as_slice()
    }

    fn check(&self) -> Result<(), Refusal> {
        let labels = self.labels.as_ref();
        let checks = names::one(Checks::default(), self.name.as_ref()).required("labels", labels);
        let checks = checks.list("labels", labels, 1..=10);
        labels
            .into_iter()
            .flatten()
            .fold(checks, |checks, label| checks.length("labels", Some(label), 1..=100))
            .finish()?;
        Ok(self.parameters().iter().try_for_each(|name| check_id(name))?)
    }

    fn authorize(&self, context: &Context<'_>, _: &Account) -> Result<(), Refusal> {
        authorization::allow(context, Self::OPERATION, self.parameters())
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Output, Refusal> {
        let labels = self.labels.unwrap_or_default();
        let name = names::checked(self.name);
        let (parameter_version, invalid_labels) =
            account.parameters.label(context.region, &name, self.parameter_version, labels)?;
        Ok(Output { invalid_labels, parameter_version })
    }
}
