//! One secret with its versions and staging labels.

use std::time::SystemTime;

use secretfetch::{Secret, SecretValue, VersionId, VersionStage};

use super::refusal::Refusal;

/// The label that Secrets Manager moves to the version that `AWSCURRENT` leaves.
pub(crate) const PREVIOUS: &str = "AWSPREVIOUS";
/// The label that rotation gives a version until it is in use.
pub(crate) const PENDING: &str = "AWSPENDING";

/// A version of a fake secret, as an answer to what created it: everything but the value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretVersion {
    /// The secret's full ARN.
    pub arn: String,
    /// The secret's name.
    pub name: String,
    /// The version's id.
    pub version_id: VersionId,
    /// The staging labels that are on the version.
    pub stages: Vec<VersionStage>,
}

#[derive(Clone, Debug)]
pub(crate) struct SecretRecord {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) created: SystemTime,
    pub(crate) deletion: Option<SystemTime>,
    /// In the order of their creation.
    pub(crate) versions: Vec<Version>,
}

#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) id: VersionId,
    pub(crate) stages: Vec<VersionStage>,
    pub(crate) created: SystemTime,
    pub(crate) value: SecretValue,
}

impl SecretRecord {
    pub(crate) fn version(&self, id: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.id.as_str() == id)
    }

    pub(crate) fn at_stage(&self, stage: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.has(stage))
    }

    /// The version that a request means, by the service's rules.
    pub(crate) fn select(&self, id: Option<&str>, stage: Option<&str>) -> Result<&Version, Refusal> {
        if self.deletion.is_some() {
            return Err(Refusal::ScheduledForDeletion);
        }
        match (id, stage) {
            (Some(id), stage) => {
                let version = self.version(id).ok_or_else(|| Refusal::VersionNotFound(id.to_owned()))?;
                match stage {
                    Some(stage) if !version.has(stage) => Err(Refusal::StageNotOnVersion),
                    _ => Ok(version),
                }
            }
            (None, stage) => {
                let stage = stage.unwrap_or(VersionStage::CURRENT);
                self.at_stage(stage).ok_or_else(|| Refusal::StageNotFound(stage.to_owned()))
            }
        }
    }

    pub(crate) fn secret(&self, version: &Version) -> Secret {
        Secret::new(&self.name, version.value.clone())
            .with_arn(self.arn.parse().expect("the ARN of a record is one"))
            .with_version(version.id.clone(), version.stages.clone())
            .with_created(version.created)
    }

    pub(crate) fn describe(&self, version: &Version) -> SecretVersion {
        SecretVersion {
            arn: self.arn.clone(),
            name: self.name.clone(),
            version_id: version.id.clone(),
            stages: version.stages.clone(),
        }
    }

    /// Puts `stage` on the version `to` and on no other. The version that `AWSCURRENT` leaves gets
    /// `AWSPREVIOUS`, as the service does.
    pub(crate) fn move_stage(&mut self, stage: &VersionStage, to: Option<&VersionId>) {
        let from = self.at_stage(stage.as_str()).map(|version| version.id.clone());
        if from.as_ref() == to {
            return;
        }
        self.take_off(stage.as_str());
        if let Some(version) = self.versions.iter_mut().find(|version| Some(&version.id) == to) {
            version.stages.push(stage.clone());
            if stage.is_current() {
                version.stages.retain(|stage| stage.as_str() != PREVIOUS);
            }
        }
        if let Some(from) = from.filter(|_| stage.is_current()) {
            self.take_off(PREVIOUS);
            if let Some(version) = self.versions.iter_mut().find(|version| version.id == from) {
                version.stages.push(stage_named(PREVIOUS));
            }
        }
    }

    fn take_off(&mut self, stage: &str) {
        for version in &mut self.versions {
            version.stages.retain(|held| held.as_str() != stage);
        }
    }
}

impl Version {
    pub(crate) fn has(&self, stage: &str) -> bool {
        self.stages.iter().any(|held| held.as_str() == stage)
    }
}

/// One of the service's own labels.
pub(crate) fn stage_named(stage: &'static str) -> VersionStage {
    stage.parse().expect("the service's labels are version stages")
}
