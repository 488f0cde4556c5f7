//! One secret with its versions and staging labels.

use std::time::{Duration, SystemTime};

use secretfetch::{Arn, Region, Secret, SecretValue, VersionId, VersionStage};

use super::refusal::Refusal;

/// The label that Secrets Manager moves to the version that `AWSCURRENT` leaves.
pub(crate) const PREVIOUS: &str = "AWSPREVIOUS";
/// The label that rotation gives a version until it is in use.
pub(crate) const PENDING: &str = "AWSPENDING";

/// The service tells on which day something was read, not when.
const DAY: u64 = 24 * 3600;

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
    /// In which order secrets were created.
    pub(crate) ordinal: u64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) kms_key_id: Option<String>,
    /// The service that manages it, which its name begins with: `rds!…`.
    pub(crate) owning_service: Option<String>,
    /// In the order of their addition; `None` until there is a first one.
    pub(crate) tags: Option<Vec<(String, String)>>,
    pub(crate) policy: Option<String>,
    pub(crate) rotation: Rotation,
    pub(crate) created: SystemTime,
    pub(crate) changed: SystemTime,
    pub(crate) accessed: Option<SystemTime>,
    pub(crate) deletion: Option<SystemTime>,
    /// Where it is the primary of replicas, or a replica.
    pub(crate) replication: Option<Replication>,
    /// In the order of their creation.
    pub(crate) versions: Vec<Version>,
}

#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) id: VersionId,
    pub(crate) stages: Vec<VersionStage>,
    pub(crate) created: SystemTime,
    pub(crate) accessed: Option<SystemTime>,
    /// `None` for the version that a rotation is about to make.
    pub(crate) value: Option<SecretValue>,
}

/// How and when a secret is rotated.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rotation {
    /// `None` until rotation is first configured.
    pub(crate) enabled: Option<bool>,
    pub(crate) lambda_arn: Option<String>,
    pub(crate) rules: RotationRules,
    pub(crate) last: Option<SystemTime>,
}

/// `RotationRulesType` of the API.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct RotationRules {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) automatically_after_days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) schedule_expression: Option<String>,
}

/// What joins a secret with its copies in other regions.
#[derive(Clone, Debug)]
pub(crate) struct Replication {
    pub(crate) primary: Region,
    /// Of a primary; a replica has none.
    pub(crate) replicas: Vec<Replica>,
}

#[derive(Clone, Debug)]
pub(crate) struct Replica {
    pub(crate) region: Region,
    pub(crate) kms_key_id: Option<String>,
    /// Why the copy could not be made.
    pub(crate) failure: Option<String>,
}

impl Rotation {
    /// When the next one is due, by the number of days between two; a schedule expression is not computed.
    pub(crate) fn next(&self) -> Option<SystemTime> {
        let days = u64::try_from(self.rules.automatically_after_days?).ok()?;
        Some(end_of_day(self.last?) + Duration::from_secs(days * DAY)).filter(|_| self.enabled == Some(true))
    }
}

impl SecretRecord {
    pub(crate) fn version(&self, id: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.id.as_str() == id)
    }

    pub(crate) fn at_stage(&self, stage: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.has(stage))
    }

    pub(crate) fn tags(&self) -> impl Iterator<Item = &(String, String)> {
        self.tags.iter().flatten()
    }

    /// The value of a tag.
    pub(crate) fn tag(&self, key: &str) -> Option<&str> {
        self.tags().find(|(held, _)| held == key).map(|(_, value)| value.as_str())
    }

    pub(crate) fn put_tags(&mut self, tags: impl IntoIterator<Item = (String, String)>) {
        for (key, value) in tags {
            let held = self.tags.get_or_insert_default();
            match held.iter_mut().find(|(known, _)| *known == key) {
                Some((_, held)) => *held = value,
                None => held.push((key, value)),
            }
        }
    }

    /// Refused while the secret waits for its deletion.
    pub(crate) fn alive(&self) -> Result<&Self, Refusal> {
        if self.deletion.is_some() { Err(Refusal::ScheduledForDeletion) } else { Ok(self) }
    }

    /// The version that a request means, by the service's rules.
    pub(crate) fn select(&self, id: Option<&str>, stage: Option<&str>) -> Result<&Version, Refusal> {
        self.alive()?;
        match (id, stage) {
            (Some(id), stage) => {
                let version = self.version(id).filter(|version| version.value.is_some());
                let version = version.ok_or_else(|| Refusal::VersionNotFound(id.to_owned()))?;
                match stage {
                    Some(stage) if !version.has(stage) => Err(Refusal::StageNotOnVersion),
                    _ => Ok(version),
                }
            }
            (None, stage) => {
                let stage = stage.unwrap_or(VersionStage::CURRENT);
                let version = self.at_stage(stage).filter(|version| version.value.is_some());
                version.ok_or_else(|| Refusal::StageNotFound(stage.to_owned()))
            }
        }
    }

    /// Notes that a version is read at this time.
    pub(crate) fn touch(&mut self, id: &VersionId, now: SystemTime) {
        let day = day_of(now);
        self.accessed = Some(day);
        if let Some(version) = self.versions.iter_mut().find(|version| version.id == *id) {
            version.accessed = Some(day);
        }
    }

    pub(crate) fn secret(&self, version: &Version) -> Result<Secret, Refusal> {
        let value = version.value.clone().ok_or_else(|| Refusal::VersionNotFound(version.id.to_string()))?;
        let arn: Arn = self.arn.parse().expect("the ARN of a record is one");
        let mut secret = Secret::new(&self.name, value)
            .with_version(version.id.clone(), version.sorted_stages())
            .with_created(version.created);
        secret.region = arn.region();
        Ok(secret.with_arn(arn))
    }

    pub(crate) fn describe(&self, version: &Version) -> SecretVersion {
        SecretVersion {
            arn: self.arn.clone(),
            name: self.name.clone(),
            version_id: version.id.clone(),
            stages: version.sorted_stages(),
        }
    }

    /// Puts `stage` on the version `to` and on no other. The version that `AWSCURRENT` leaves gets
    /// `AWSPREVIOUS` and loses `AWSPENDING`, as the service does.
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
                version.stages.retain(|stage| stage.as_str() != PENDING);
                version.stages.push(stage_named(PREVIOUS));
            }
        }
    }

    pub(crate) fn take_off(&mut self, stage: &str) {
        for version in &mut self.versions {
            version.stages.retain(|held| held.as_str() != stage);
        }
    }
}

impl Version {
    /// The labels as answers have them.
    pub(crate) fn sorted_stages(&self) -> Vec<VersionStage> {
        let mut stages = self.stages.clone();
        stages.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        stages
    }

    /// As texts.
    pub(crate) fn labels(&self) -> Vec<String> {
        self.sorted_stages().iter().map(ToString::to_string).collect()
    }

    pub(crate) fn has_value(&self, value: &SecretValue) -> bool {
        self.value
            .as_ref()
            .is_some_and(|held| held.is_binary() == value.is_binary() && held.expose_bytes() == value.expose_bytes())
    }

    pub(crate) fn has(&self, stage: &str) -> bool {
        self.stages.iter().any(|held| held.as_str() == stage)
    }
}

/// One of the service's own labels.
pub(crate) fn stage_named(stage: &'static str) -> VersionStage {
    stage.parse().expect("the service's labels are version stages")
}

/// The beginning of the day, UTC.
fn day_of(time: SystemTime) -> SystemTime {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds / DAY * DAY)
}

/// The last second of the day, UTC.
fn end_of_day(time: SystemTime) -> SystemTime {
    day_of(time) + Duration::from_secs(DAY - 1)
}
