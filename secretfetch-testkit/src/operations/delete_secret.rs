//! `DeleteSecret` and `RestoreSecret`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::action::{Action, Context};
use super::answer::{Identity, seconds};
use super::authorization::Conditions;
use super::checks;
use crate::fake::account::{ACCOUNT, Account, check_no_replicas, suffix};
use crate::fake::log::Operation;
use crate::fake::refusal::Refusal;

/// How many days the service keeps a deleted secret, unless told otherwise.
const RECOVERY_WINDOW: i64 = 30;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteSecret {
    secret_id: Option<String>,
    recovery_window_in_days: Option<i64>,
    force_delete_without_recovery: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Deleted {
    #[serde(flatten)]
    identity: Identity,
    deletion_date: f64,
}

impl DeleteSecret {
    pub(crate) fn of(id: &str, force: bool) -> Self {
        DeleteSecret { secret_id: Some(id.to_owned()), force_delete_without_recovery: force, ..DeleteSecret::default() }
    }
}

impl Action for DeleteSecret {
    const OPERATION: Operation = Operation::DeleteSecret;
    type Output = Deleted;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn check(&self) -> Result<(), Refusal> {
        checks::secret_id(self.secret_id.as_ref())?;
        let invalid = |message: &str| Err(Refusal::InvalidParameter(message.to_owned()));
        match self.recovery_window_in_days {
            Some(days) if !(7..=30).contains(&days) => {
                invalid("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
            }
            Some(_) if self.force_delete_without_recovery => {
                invalid("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
            }
            _ => Ok(()),
        }
    }

    fn conditions(&self) -> Conditions {
        let force = vec![self.force_delete_without_recovery.to_string()];
        let days = self.recovery_window_in_days.map(|days| vec![days.to_string()]);
        let days = days.map(|days| ("secretsmanager:RecoveryWindowInDays".to_owned(), days));
        days.into_iter().chain([("secretsmanager:ForceDeleteWithoutRecovery".to_owned(), force)]).collect()
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Deleted, Refusal> {
        let (region, id) = (context.region, checks::checked(self.secret_id));
        if self.force_delete_without_recovery {
            let identity = match account.delete(region, &id) {
                Ok(record) => (&record).into(),
                // Nothing is there afterwards, as was asked: no error.
                Err(Refusal::SecretNotFound) if !id.starts_with("arn:") => Identity {
                    arn: format!(
                        "arn:{}:secretsmanager:{region}:{ACCOUNT}:secret:{id}-{}",
                        region.partition(),
                        suffix(region, &id, 0)
                    ),
                    name: id,
                },
                Err(refusal) => return Err(refusal),
            };
            return Ok(Deleted { identity, deletion_date: seconds(context.now) });
        }
        let days = self.recovery_window_in_days.unwrap_or(RECOVERY_WINDOW);
        let due = context.now + Duration::from_secs(days.unsigned_abs() * 24 * 3600);
        account.change(region, &id, |record| {
            check_no_replicas(record, &id)?;
            record.deletion = Some(due);
            Ok(Deleted { identity: (&*record).into(), deletion_date: seconds(due) })
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RestoreSecret {
    secret_id: Option<String>,
}

impl RestoreSecret {
    pub(crate) fn of(id: &str) -> Self {
        RestoreSecret { secret_id: Some(id.to_owned()) }
    }
}

impl Action for RestoreSecret {
    const OPERATION: Operation = Operation::RestoreSecret;
    type Output = Identity;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Identity, Refusal> {
        account.change_any(context.region, &checks::checked(self.secret_id), |record| {
            record.deletion = None;
            Ok((&*record).into())
        })
    }
}
