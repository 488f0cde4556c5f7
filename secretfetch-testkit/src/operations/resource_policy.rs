//! The operations on a secret's resource policy.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::action::{Action, Context};
use super::answer::Identity;
use super::authorization::Conditions;
use super::checks::{self, Checks};
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::refusal::Refusal;

/// The longest resource policy, in characters.
const LONGEST: usize = 20_480;

/// Why a text is no resource policy.
fn parse(text: &str) -> Result<Value, Refusal> {
    match serde_json::from_str::<Value>(text) {
        Ok(policy) if policy.is_object() => Ok(policy),
        _ => Err(Refusal::MalformedPolicy("This resource policy contains invalid Json.".to_owned())),
    }
}

/// Whether it lets everyone in: an `Allow` for the principal `*` under no condition.
fn is_public(policy: &Value) -> bool {
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement) => std::slice::from_ref(statement),
        None => &[],
    };
    let everyone = |principal: &Value| match principal {
        Value::String(principal) => principal == "*",
        Value::Object(kinds) => kinds.get("AWS").is_some_and(|aws| match aws {
            Value::String(principal) => principal == "*",
            Value::Array(principals) => principals.iter().any(|principal| principal == "*"),
            _ => false,
        }),
        _ => false,
    };
    statements.iter().any(|statement| {
        statement.get("Effect").is_some_and(|effect| effect == "Allow")
            && statement.get("Principal").is_some_and(everyone)
            && statement.get("Condition").is_none()
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutResourcePolicy {
    secret_id: Option<String>,
    resource_policy: Option<String>,
    #[serde(default)]
    block_public_policy: bool,
}

impl PutResourcePolicy {
    pub(crate) fn of(id: &str, policy: &str) -> Self {
        PutResourcePolicy {
            secret_id: Some(id.to_owned()),
            resource_policy: Some(policy.to_owned()),
            block_public_policy: false,
        }
    }
}

impl Action for PutResourcePolicy {
    const OPERATION: Operation = Operation::PutResourcePolicy;
    type Output = Identity;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn check(&self) -> Result<(), Refusal> {
        let policy = self.resource_policy.as_ref();
        Checks::default()
            .secret_id(self.secret_id.as_ref())
            .required("resourcePolicy", policy)
            .length("resourcePolicy", policy, 1..=LONGEST)
            .finish()?;
        checks::secret_id(self.secret_id.as_ref())?;
        let policy = parse(policy.map(String::as_str).unwrap_or_default())?;
        if self.block_public_policy && is_public(&policy) { Err(Refusal::PublicPolicy) } else { Ok(()) }
    }

    fn conditions(&self) -> Conditions {
        vec![("secretsmanager:BlockPublicPolicy".to_owned(), vec![self.block_public_policy.to_string()])]
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Identity, Refusal> {
        account.change(context.region, &checks::checked(self.secret_id), |record| {
            record.policy = self.resource_policy;
            Ok((&*record).into())
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetResourcePolicy {
    secret_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Policy {
    #[serde(flatten)]
    identity: Identity,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_policy: Option<String>,
}

impl Action for GetResourcePolicy {
    const OPERATION: Operation = Operation::GetResourcePolicy;
    type Output = Policy;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Policy, Refusal> {
        let record = account.find(context.region, &checks::checked(self.secret_id))?.alive()?;
        Ok(Policy { identity: record.into(), resource_policy: record.policy.clone() })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteResourcePolicy {
    secret_id: Option<String>,
}

impl Action for DeleteResourcePolicy {
    const OPERATION: Operation = Operation::DeleteResourcePolicy;
    type Output = Identity;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Identity, Refusal> {
        account.change(context.region, &checks::checked(self.secret_id), |record| {
            record.policy = None;
            Ok((&*record).into())
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ValidateResourcePolicy {
    secret_id: Option<String>,
    resource_policy: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Validation {
    policy_validation_passed: bool,
    validation_errors: Vec<ValidationError>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ValidationError {
    check_name: &'static str,
    error_message: String,
}

impl Action for ValidateResourcePolicy {
    const OPERATION: Operation = Operation::ValidateResourcePolicy;
    type Output = Validation;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn check(&self) -> Result<(), Refusal> {
        let policy = self.resource_policy.as_ref();
        Checks::default()
            .required("resourcePolicy", policy)
            .length("resourcePolicy", policy, 1..=LONGEST)
            .length("secretId", self.secret_id.as_ref(), 1..=2048)
            .finish()?;
        self.secret_id.as_deref().map_or(Ok(()), checks::id)?;
        parse(policy.map(String::as_str).unwrap_or_default()).map(drop)
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Validation, Refusal> {
        if let Some(id) = &self.secret_id {
            account.find(context.region, id)?.alive()?;
        }
        let policy = parse(self.resource_policy.as_deref().unwrap_or_default())?;
        let public = is_public(&policy)
            .then(|| ValidationError { check_name: "PublicPolicy", error_message: Refusal::PublicPolicy.to_string() });
        Ok(Validation { policy_validation_passed: public.is_none(), validation_errors: public.into_iter().collect() })
    }
}
