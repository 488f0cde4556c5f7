//! `PutParameter`.

use secretfetch::SecretValue;
use serde::{Deserialize, Serialize};

use super::{authorization, names};
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::parameter::name::parameter_arn;
use crate::fake::parameter::parameters::{NewParameter, TierChoice};
use crate::fake::parameter::record::{ParameterType, Tier};
use crate::fake::parameter::refusal::ParameterRefusal;
use crate::fake::refusal::Refusal;
use crate::operations::{Action, Checks, Context};

const TIERS: [&str; 3] = ["Standard", "Advanced", "Intelligent-Tiering"];

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PutParameter {
    name: Option<String>,
    value: Option<String>,
    r#type: Option<String>,
    key_id: Option<String>,
    description: Option<String>,
    tier: Option<String>,
    data_type: Option<String>,
    overwrite: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    pub(crate) version: u32,
    tier: &'static str,
}

impl PutParameter {
    /// As a test prepares it: what is there gets another version.
    pub(crate) fn of(name: &str, value: String, kind: ParameterType, key_id: Option<&str>) -> Self {
        PutParameter {
            name: Some(name.to_owned()),
            value: Some(value),
            r#type: Some(kind.name().to_owned()),
            key_id: key_id.map(str::to_owned),
            tier: Some("Intelligent-Tiering".to_owned()),
            overwrite: true,
            ..PutParameter::default()
        }
    }

    fn tier(&self) -> Option<TierChoice> {
        self.tier.as_deref().map(|tier| match tier {
            "Standard" => TierChoice::Of(Tier::Standard),
            "Advanced" => TierChoice::Of(Tier::Advanced),
            _ => TierChoice::AsNeeded,
        })
    }
}

impl Action for PutParameter {
    const OPERATION: Operation = Operation::PutParameter;
    type Output = Output;

    fn parameters(&self) -> &[String] {
        self.name.as_slice()
    }

    fn check(&self) -> Result<(), Refusal> {
        names::one(Checks::default(), self.name.as_ref())
            .required("value", self.value.as_ref())
            .secret_length("value", self.value.as_ref().map(|value| value.chars().count()), 1..=usize::MAX)
            .one_of("type", self.r#type.as_ref(), &ParameterType::NAMES)
            .one_of("tier", self.tier.as_ref(), &TIERS)
            .length("keyId", self.key_id.as_ref(), 1..=256)
            .length("description", self.description.as_ref(), 0..=1024)
            .finish()?;
        match self.data_type.as_deref() {
            None | Some("text") => Ok(()),
            Some("aws:ec2:image" | "aws:ssm:integration") => {
                Err(ParameterRefusal::Validation("The fake has no data type but text.").into())
            }
            Some(other) => Err(Refusal::Validation(format!(
                "The following data type is not supported: {other} (Data type names are all lowercase.)"
            ))),
        }
    }

    fn authorize(&self, context: &Context<'_>, account: &Account) -> Result<(), Refusal> {
        authorization::allow(context, Self::OPERATION, self.parameters())?;
        let name = self.name.as_deref().unwrap_or_default();
        let newest = account.parameters.find(context.region, name).ok().and_then(|record| record.newest());
        let Some(key) = self.key_id.as_ref().or(newest.and_then(|version| version.key_id.as_ref())) else {
            return Ok(());
        };
        let length = self.value.as_ref().map_or(0, |value| value.chars().count());
        let is_advanced = newest.is_some_and(|version| version.tier == Tier::Advanced)
            || match self.tier() {
                Some(TierChoice::Of(tier)) => tier == Tier::Advanced,
                Some(TierChoice::AsNeeded) => length > Tier::Standard.longest(),
                None => false,
            };
        // An advanced parameter is too long for KMS itself: it is encrypted under a data key.
        let action = if is_advanced { "kms:GenerateDataKey" } else { "kms:Encrypt" };
        authorization::allow_key(context, action, key, &parameter_arn(context.region, name))
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Output, Refusal> {
        let tier = self.tier();
        let new = NewParameter {
            name: names::checked(self.name),
            value: SecretValue::from_text(self.value.unwrap_or_default()),
            kind: self.r#type.as_deref().and_then(ParameterType::from_name),
            key_id: self.key_id,
            description: self.description,
            tier,
            overwrite: self.overwrite,
        };
        let (version, tier) = account.parameters.put(context.region, new, context.now)?;
        Ok(Output { version, tier: tier.name() })
    }
}
