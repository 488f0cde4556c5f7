//! `UpdateSecretVersionStage`.

use secretfetch::{VersionId, VersionStage};
use serde::Deserialize;

use super::action::{Action, Context, Subject};
use super::answer::Identity;
use super::checks::{self, Checks};
use super::value;
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::record::SecretRecord;
use crate::fake::refusal::Refusal;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateSecretVersionStage {
    secret_id: Option<String>,
    version_stage: Option<String>,
    move_to_version_id: Option<String>,
    remove_from_version_id: Option<String>,
}

impl UpdateSecretVersionStage {
    pub(crate) fn moving(id: &str, stage: &str, to: Option<&VersionId>, from: Option<&VersionId>) -> Self {
        UpdateSecretVersionStage {
            secret_id: Some(id.to_owned()),
            version_stage: Some(stage.to_owned()),
            move_to_version_id: to.map(ToString::to_string),
            remove_from_version_id: from.map(ToString::to_string),
        }
    }
}

impl Action for UpdateSecretVersionStage {
    const OPERATION: Operation = Operation::UpdateSecretVersionStage;
    type Output = Identity;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn subject(&self) -> Subject {
        Subject { version_stage: self.version_stage.clone(), ..Subject::of(self.secret_id()) }
    }

    fn check(&self) -> Result<(), Refusal> {
        Checks::default()
            .secret_id(self.secret_id.as_ref())
            .required("versionStage", self.version_stage.as_ref())
            .length("versionStage", self.version_stage.as_ref(), 1..=256)
            .length("moveToVersionId", self.move_to_version_id.as_ref(), 32..=64)
            .length("removeFromVersionId", self.remove_from_version_id.as_ref(), 32..=64)
            .finish()?;
        checks::secret_id(self.secret_id.as_ref())
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Identity, Refusal> {
        let stages = value::stages("versionStage", &[checks::checked(self.version_stage)])?;
        let (to, from) = (self.move_to_version_id.as_deref(), self.remove_from_version_id.as_deref());
        account.change(context.region, &checks::checked(self.secret_id), |record| {
            stages.iter().try_for_each(|stage| move_stage(record, stage, to, from))?;
            record.changed = context.now;
            Ok((&*record).into())
        })
    }
}

/// Puts the label on `to`, or takes it off if there is no `to`; it must be on `from` now, or nowhere.
pub(crate) fn move_stage(
    record: &mut SecretRecord,
    stage: &VersionStage,
    to: Option<&str>,
    from: Option<&str>,
) -> Result<(), Refusal> {
    let known = |version: &str| {
        let found = record.version(version).map(|version| version.id.clone());
        found.ok_or_else(|| Refusal::InvalidParameter(format!("Not a valid version: {version}")))
    };
    let (to, from) = (to.map(known).transpose()?, from.map(known).transpose()?);
    let holder = record.at_stage(stage.as_str()).map(|version| version.id.clone());
    if from != holder && (from.is_some() || holder != to) {
        return Err(Refusal::InvalidParameter(match (from, holder) {
            (Some(from), _) => format!("Version stage {stage} not found in version {from}"),
            (None, holder) => format!(
                "The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to \
                 version {}, so you must explicitly reference that version in RemoveFromVersionId.",
                holder.as_ref().map_or("", VersionId::as_str)
            ),
        }));
    }
    record.move_stage(stage, to.as_ref());
    Ok(())
}
