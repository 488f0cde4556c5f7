//! `RotateSecret` and `CancelRotateSecret`.

use secretfetch::{VersionId, VersionStage};
use serde::{Deserialize, Serialize};

use super::action::{Action, Context, Outcome, breakage};
use super::answer::Identity;
use super::authorization::Conditions;
use super::checks::{self, Checks};
use super::value;
use crate::fake::account::{Account, begin_rotation, rotate};
use crate::fake::log::Operation;
use crate::fake::record::{PENDING, RotationRules, SecretRecord};
use crate::fake::refusal::Refusal;
use crate::fake::shared::Scope;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RotateSecret {
    secret_id: Option<String>,
    client_request_token: Option<String>,
    #[serde(rename = "RotationLambdaARN")]
    rotation_lambda_arn: Option<String>,
    rotation_rules: Option<RotationRules>,
    #[serde(default = "at_once")]
    rotate_immediately: bool,
}

fn at_once() -> bool {
    true
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Rotated {
    #[serde(flatten)]
    identity: Identity,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
}

impl RotateSecret {
    fn token(&self) -> Result<VersionId, Refusal> {
        let token = self.client_request_token.as_deref().unwrap_or_default().parse();
        token.map_err(|_| Refusal::InvalidParameter("Invalid ClientRequestToken.".to_owned()))
    }

    /// How the secret is to be rotated from now on.
    fn configure(&self, record: &mut SecretRecord) -> Result<(), Refusal> {
        let invalid = |message: &str| Err(Refusal::InvalidRequest(message.to_owned()));
        if let Some(arn) = self.rotation_lambda_arn.clone().filter(|arn| !arn.is_empty()) {
            record.rotation.lambda_arn = Some(arn);
        }
        // A service that manages a secret rotates it without a function.
        if record.rotation.lambda_arn.is_none() && record.owning_service.is_none() {
            return invalid("No Lambda rotation function ARN is associated with this secret.");
        }
        let current = record.at_stage(VersionStage::CURRENT).map(|version| version.id.clone());
        let pending = record.at_stage(PENDING).map(|version| version.id.clone());
        if pending.is_some() && pending != current {
            return invalid("A previous rotation isn't complete. That rotation will be reattempted.");
        }
        if let Some(rules) = self.rotation_rules.clone() {
            record.rotation.rules = rules;
        }
        record.rotation.enabled = Some(true);
        Ok(())
    }
}

impl Action for RotateSecret {
    const OPERATION: Operation = Operation::RotateSecret;
    type Output = Rotated;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.client_request_token.is_none() {
            return Err(Refusal::InvalidParameter(value::NO_TOKEN.to_owned()));
        }
        Checks::default().secret_id(self.secret_id.as_ref()).finish()?;
        value::token_length(self.client_request_token.as_ref())?;
        if self.rotation_lambda_arn.as_ref().is_some_and(|arn| arn.chars().count() > 2048) {
            return Err(Refusal::InvalidParameter("RotationLambdaARN must <= 2048 characters long.".to_owned()));
        }
        checks::secret_id(self.secret_id.as_ref())?;
        let days = self.rotation_rules.as_ref().and_then(|rules| rules.automatically_after_days);
        match days {
            Some(days) if !(1..=1000).contains(&days) => {
                Err(Refusal::InvalidParameter("RotationRules.AutomaticallyAfterDays must be within 1-1000.".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn conditions(&self) -> Conditions {
        let arn = self.rotation_lambda_arn.clone();
        arn.map(|arn| ("secretsmanager:RotationLambdaARN".to_owned(), vec![arn])).into_iter().collect()
    }

    /// Sets the rotation up; without a function of the test's own, that function's work too.
    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Rotated, Refusal> {
        let token = self.token()?;
        account.change(context.region, self.secret_id.as_deref().unwrap_or_default(), |record| {
            self.configure(record)?;
            if self.rotate_immediately && context.shared.rotation_function().is_none() {
                rotate(record, Some(token.clone()), context.now)?;
            }
            Ok(Rotated { identity: (&*record).into(), version_id: Some(token.to_string()) })
        })
    }

    async fn run(self, context: &Context<'_>) -> Outcome<Rotated> {
        let id = self.secret_id.clone().unwrap_or_default();
        let spoiled = match breakage(context.play(Self::OPERATION, Scope::Secret(&id)).await) {
            Ok(spoiled) => spoiled,
            Err(refusal) => return refusal.into(),
        };
        let function = context.shared.rotation_function().filter(|_| self.rotate_immediately);
        let token = self.token();
        let result = self.answer(context);
        if let (Ok(rotated), Ok(token), Some(function)) = (&result, token, function) {
            let arn = &rotated.identity.arn;
            let begin = |record: &mut SecretRecord| {
                begin_rotation(record, &token, context.now);
                Ok(())
            };
            // It was there when its rotation was set up: unless it is gone since, it is there.
            if context.account().change(context.region, arn, begin).is_ok() {
                context.shared.call_rotation_function(function, context.region, arn, token).await;
            }
        }
        Outcome { result, breakage: spoiled }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CancelRotateSecret {
    secret_id: Option<String>,
}

impl Action for CancelRotateSecret {
    const OPERATION: Operation = Operation::CancelRotateSecret;
    type Output = Rotated;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Rotated, Refusal> {
        account.change(context.region, &checks::checked(self.secret_id), |record| {
            if record.rotation.lambda_arn.is_none() && record.owning_service.is_none() {
                return Err(Refusal::InvalidRequest(
                    "You tried to cancel rotation on a secret that doesn't have rotation configured.".to_owned(),
                ));
            }
            record.rotation.enabled = Some(false);
            let current = record.at_stage(VersionStage::CURRENT);
            let version_id = current.map(|version| version.id.to_string());
            Ok(Rotated { identity: (&*record).into(), version_id })
        })
    }
}
