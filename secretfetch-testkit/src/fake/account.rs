//! The secrets of one AWS account, by region, under the service's rules.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use secretfetch::{Region, Secret, SecretValue, VersionId, VersionStage};

use super::record::{PENDING, SecretRecord, SecretVersion, Version, stage_named};
use super::refusal::Refusal;

/// The account in every ARN, the one that AWS uses in its own documentation.
pub(crate) const ACCOUNT: &str = "123456789012";

/// How long the service keeps a deleted secret, unless told otherwise.
const RECOVERY_WINDOW: Duration = Duration::from_secs(30 * 24 * 3600);

#[derive(Debug, Default)]
pub(crate) struct Account {
    regions: BTreeMap<Region, BTreeMap<String, SecretRecord>>,
}

/// What creates a version, by `CreateSecret` or `PutSecretValue`.
pub(crate) struct NewVersion {
    pub(crate) value: SecretValue,
    /// The version's id (`ClientRequestToken`); made up if there is none.
    pub(crate) token: Option<VersionId>,
    /// Empty for `AWSCURRENT`.
    pub(crate) stages: Vec<VersionStage>,
}

impl NewVersion {
    pub(crate) fn current(value: SecretValue) -> Self {
        NewVersion { value, token: None, stages: Vec::new() }
    }
}

impl Account {
    /// The secret with this name, ARN, or ARN without its six random characters.
    pub(crate) fn find(&self, region: &Region, id: &str) -> Result<&SecretRecord, Refusal> {
        let secrets = self.regions.get(region).ok_or(Refusal::SecretNotFound)?;
        let found = if id.starts_with("arn:") {
            let full = secrets.values().find(|record| record.arn == id);
            full.or_else(|| secrets.values().find(|record| partial_arn(&record.arn) == id))
        } else {
            secrets.get(id)
        };
        found.ok_or(Refusal::SecretNotFound)
    }

    fn find_mut(&mut self, region: &Region, id: &str) -> Result<&mut SecretRecord, Refusal> {
        let name = self.find(region, id)?.name.clone();
        self.regions.get_mut(region).and_then(|secrets| secrets.get_mut(&name)).ok_or(Refusal::SecretNotFound)
    }

    fn find_alive(&mut self, region: &Region, id: &str) -> Result<&mut SecretRecord, Refusal> {
        let record = self.find_mut(region, id)?;
        if record.deletion.is_some() { Err(Refusal::ScheduledForDeletion) } else { Ok(record) }
    }

    /// Whether two ids mean one secret; two ids of no secret at all must be spelled alike.
    pub(crate) fn same_secret(&self, region: &Region, a: &str, b: &str) -> bool {
        a == b || matches!((self.find(region, a), self.find(region, b)), (Ok(a), Ok(b)) if a.arn == b.arn)
    }

    /// The resource that a denial names: the secret's ARN, or the id as it was given.
    pub(crate) fn resource(&self, region: &Region, id: &str) -> String {
        self.find(region, id).map_or_else(|_| id.to_owned(), |record| record.arn.clone())
    }

    pub(crate) fn get(
        &self,
        region: &Region,
        id: &str,
        version_id: Option<&str>,
        stage: Option<&str>,
    ) -> Result<Secret, Refusal> {
        let record = self.find(region, id)?;
        record.select(version_id, stage).map(|version| record.secret(version))
    }

    pub(crate) fn create(
        &mut self,
        region: &Region,
        name: &str,
        description: Option<String>,
        version: Option<NewVersion>,
    ) -> Result<&SecretRecord, Refusal> {
        check_name(name)?;
        let secrets = self.regions.entry(region.clone()).or_default();
        if let Some(record) = secrets.get(name) {
            let again = version.as_ref().and_then(|version| record.version(version.token.as_ref()?.as_str()));
            return match (record.deletion, again, &version) {
                (Some(_), ..) => Err(Refusal::NameScheduledForDeletion),
                (None, Some(old), Some(new)) if same_value(&old.value, &new.value) => Ok(&secrets[name]),
                _ => Err(Refusal::NameTaken(name.to_owned())),
            };
        }
        let mut record = SecretRecord {
            arn: format!(
                "arn:{}:secretsmanager:{region}:{ACCOUNT}:secret:{name}-{}",
                region.partition(),
                suffix(region, name)
            ),
            name: name.to_owned(),
            description,
            created: now(),
            deletion: None,
            versions: Vec::new(),
        };
        if let Some(version) = version {
            add_version(&mut record, version)?;
        }
        Ok(secrets.entry(name.to_owned()).or_insert(record))
    }

    pub(crate) fn put(&mut self, region: &Region, id: &str, version: NewVersion) -> Result<SecretVersion, Refusal> {
        add_version(self.find_alive(region, id)?, version)
    }

    /// `UpdateSecretVersionStage`: puts the label on `to`, or takes it off if there is no `to`.
    pub(crate) fn move_stage(
        &mut self,
        region: &Region,
        id: &str,
        stage: &VersionStage,
        to: Option<&str>,
        from: Option<&str>,
    ) -> Result<&SecretRecord, Refusal> {
        let record = self.find_alive(region, id)?;
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
                    "The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached \
                     to version {}, so you must explicitly reference that version in RemoveFromVersionId.",
                    holder.as_ref().map_or("", VersionId::as_str)
                ),
            }));
        }
        record.move_stage(stage, to.as_ref());
        Ok(record)
    }

    /// What a rotation function does: a new value at `AWSPENDING`, then `AWSCURRENT` moves there.
    pub(crate) fn rotate(&mut self, region: &Region, id: &str) -> Result<SecretVersion, Refusal> {
        let record = self.find_alive(region, id)?;
        let old = record.select(None, None)?;
        let value = rotated(&old.value, &version_id(record));
        let pending = NewVersion { value, token: None, stages: vec![stage_named(PENDING)] };
        let id = add_version(record, pending)?.version_id;
        record.move_stage(&VersionStage::current(), Some(&id));
        record.version(id.as_str()).map(|version| record.describe(version)).ok_or(Refusal::InternalError)
    }

    pub(crate) fn schedule_deletion(
        &mut self,
        region: &Region,
        id: &str,
        window: Option<Duration>,
    ) -> Result<&SecretRecord, Refusal> {
        let record = self.find_alive(region, id)?;
        record.deletion = Some(now() + window.unwrap_or(RECOVERY_WINDOW));
        Ok(record)
    }

    pub(crate) fn restore(&mut self, region: &Region, id: &str) -> Result<&SecretRecord, Refusal> {
        let record = self.find_mut(region, id)?;
        record.deletion = None;
        Ok(record)
    }

    /// Deletes at once, with no way back.
    pub(crate) fn delete(&mut self, region: &Region, id: &str) -> Result<SecretRecord, Refusal> {
        let name = self.find(region, id)?.name.clone();
        self.regions.get_mut(region).and_then(|secrets| secrets.remove(&name)).ok_or(Refusal::SecretNotFound)
    }

    /// Every secret as region, name.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&Region, &str)> {
        self.regions.iter().flat_map(|(region, secrets)| secrets.keys().map(move |name| (region, name.as_str())))
    }
}

/// An ARN without its hyphen and six random characters.
pub(crate) fn partial_arn(arn: &str) -> &str {
    &arn[..arn.len().saturating_sub(7)]
}

fn add_version(record: &mut SecretRecord, new: NewVersion) -> Result<SecretVersion, Refusal> {
    if let Some(old) = new.token.as_ref().and_then(|token| record.version(token.as_str())) {
        // A repeated ClientRequestToken is a retry: the same content changes nothing.
        return if same_value(&old.value, &new.value) {
            Ok(record.describe(old))
        } else {
            Err(Refusal::TokenInUse { token: old.id.to_string(), arn: record.arn.clone() })
        };
    }
    let id = new.token.unwrap_or_else(|| version_id(record));
    let mut stages = new.stages;
    // The first version is always in use, whatever labels were asked for.
    let first = record.at_stage(VersionStage::CURRENT).is_none();
    if stages.is_empty() || (first && !stages.iter().any(VersionStage::is_current)) {
        stages.push(VersionStage::current());
    }
    record.versions.push(Version { id: id.clone(), stages: Vec::new(), created: now(), value: new.value });
    for stage in &stages {
        record.move_stage(stage, Some(&id));
    }
    record.version(id.as_str()).map(|version| record.describe(version)).ok_or(Refusal::InternalError)
}

fn same_value(a: &SecretValue, b: &SecretValue) -> bool {
    a.is_binary() == b.is_binary() && a.expose_bytes() == b.expose_bytes()
}

/// What a secret may be called, by its owner or by an AWS service that manages it (`rds!db-…`).
///
/// The documented grammar of a name that `CreateSecret` takes has no `!`, while its own error lists it as allowed: the
/// fake keeps to the error, so that a managed secret can be seeded through either door.
fn check_name(name: &str) -> Result<(), Refusal> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-/_+=.@!".contains(&byte);
    if (1..=512).contains(&name.len()) && name.bytes().all(is_allowed) {
        Ok(())
    } else {
        Err(Refusal::Validation(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
                .to_owned(),
        ))
    }
}

/// Six characters that are the same in every run, so that a test can hold a whole ARN.
fn suffix(region: &Region, name: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut rest = hash(&[region.as_str(), name]);
    let mut suffix = String::with_capacity(6);
    for _ in 0..6 {
        suffix.push(char::from(ALPHABET[(rest % ALPHABET.len() as u64) as usize]));
        rest /= ALPHABET.len() as u64;
    }
    suffix
}

/// A UUID (version 4 in form) for the record's next version, the same in every run.
fn version_id(record: &SecretRecord) -> VersionId {
    let ordinal = record.versions.len().to_string();
    let (high, low) = (hash(&[&record.arn, &ordinal, "high"]), hash(&[&record.arn, &ordinal, "low"]));
    crate::uuid::from_bits(high, low).parse().expect("a UUID is a version id")
}

/// FNV-1a, finished with SplitMix64's mixer: stable across Rust versions, unlike `DefaultHasher`.
fn hash(parts: &[&str]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// A value of the same shape: a JSON object with a `password` gets a new one, anything else is replaced.
fn rotated(old: &SecretValue, id: &VersionId) -> SecretValue {
    let password = format!("rotated-{id}");
    let Some(text) = old.expose_text() else {
        return SecretValue::from_binary(password.into_bytes());
    };
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) {
        Ok(mut object) if object.contains_key("password") => {
            object.insert("password".to_owned(), password.into());
            SecretValue::from_text(serde_json::Value::Object(object).to_string())
        }
        _ => SecretValue::from_text(password),
    }
}

/// The service tells times in milliseconds.
fn now() -> SystemTime {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_millis(since.as_millis() as u64)
}
