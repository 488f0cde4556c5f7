//! The secrets and parameters of one AWS account, by region, under the service's rules.

use std::collections::BTreeMap;
use std::time::SystemTime;

use secretfetch::{Region, SecretValue, VersionId, VersionStage};

pub(crate) use super::account_id::ACCOUNT;
use super::parameter::parameters::Parameters;
use super::record::{PENDING, Replica, Replication, Rotation, SecretRecord, SecretVersion, Version, stage_named};
use super::refusal::Refusal;

/// The most staging labels on one version.
const MOST_STAGES: usize = 20;

#[derive(Debug, Default)]
pub(crate) struct Account {
    regions: BTreeMap<Region, BTreeMap<String, SecretRecord>>,
    /// How often a name was given to a secret: one that is created again has another ARN.
    generations: BTreeMap<(Region, String), u32>,
    created: u64,
    pub(crate) parameters: Parameters,
}

/// What creates a version, by `CreateSecret`, `PutSecretValue` or `UpdateSecret`.
pub(crate) struct NewVersion {
    pub(crate) value: SecretValue,
    /// The version's id (`ClientRequestToken`); made up if there is none.
    pub(crate) token: Option<VersionId>,
    /// Empty for `AWSCURRENT`.
    pub(crate) stages: Vec<VersionStage>,
}

/// What a secret is created with.
#[derive(Default)]
pub(crate) struct NewSecret {
    pub(crate) description: String,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) version: Option<NewVersion>,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) overwrite_replicas: bool,
}

impl Account {
    /// The secret with this name, ARN, or ARN without its six random characters.
    ///
    /// An ARN that ends in a hyphen and six letters or digits counts as complete, whatever the secret's name:
    /// that is why AWS advises against such names.
    pub(crate) fn find(&self, region: &Region, id: &str) -> Result<&SecretRecord, Refusal> {
        let secrets = self.regions.get(region).ok_or(Refusal::SecretNotFound)?;
        let found = if !id.starts_with("arn:") {
            secrets.get(id)
        } else if has_suffix(id) {
            secrets.values().find(|record| record.arn == id)
        } else {
            secrets.values().find(|record| partial_arn(&record.arn) == id)
        };
        found.ok_or(Refusal::SecretNotFound)
    }

    fn find_mut(&mut self, region: &Region, id: &str) -> Result<&mut SecretRecord, Refusal> {
        let name = self.find(region, id)?.name.clone();
        self.regions.get_mut(region).and_then(|secrets| secrets.get_mut(&name)).ok_or(Refusal::SecretNotFound)
    }

    /// Whether two ids mean one secret; two ids of no secret at all must be spelled alike.
    pub(crate) fn same_secret(&self, region: &Region, a: &str, b: &str) -> bool {
        a == b || matches!((self.find(region, a), self.find(region, b)), (Ok(a), Ok(b)) if a.arn == b.arn)
    }

    /// Whether two ids mean one secret, or one parameter.
    pub(crate) fn same(&self, region: &Region, a: &str, b: &str) -> bool {
        self.same_secret(region, a, b) || self.parameters.same(region, a, b)
    }

    /// The resource that a denial names: the secret's ARN, or the id as it was given.
    pub(crate) fn resource(&self, region: &Region, id: &str) -> String {
        self.find(region, id).map_or_else(|_| id.to_owned(), |record| record.arn.clone())
    }

    /// The secrets of a region, in no order that means anything.
    pub(crate) fn secrets(&self, region: &Region) -> impl Iterator<Item = &SecretRecord> {
        self.regions.get(region).into_iter().flat_map(BTreeMap::values)
    }

    /// Every secret as region, name.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&Region, &str)> {
        self.regions.iter().flat_map(|(region, secrets)| secrets.keys().map(move |name| (region, name.as_str())))
    }

    /// Reads the version that a request means, and notes that it was read.
    pub(crate) fn read(
        &mut self,
        region: &Region,
        id: &str,
        version_id: Option<&str>,
        stage: Option<&str>,
        now: SystemTime,
    ) -> Result<(&SecretRecord, &Version), Refusal> {
        let record = self.find_mut(region, id)?;
        let version = record.select(version_id, stage)?.id.clone();
        record.touch(&version, now);
        let record = &*record;
        record.version(version.as_str()).map(|version| (record, version)).ok_or(Refusal::InternalError)
    }

    pub(crate) fn create(
        &mut self,
        region: &Region,
        name: &str,
        new: NewSecret,
        now: SystemTime,
    ) -> Result<&SecretRecord, Refusal> {
        if let Some(record) = self.regions.get(region).and_then(|secrets| secrets.get(name)) {
            let again = new.version.as_ref().and_then(|version| record.version(version.token.as_ref()?.as_str()));
            return match (record.deletion, again, &new.version) {
                (Some(_), ..) => Err(Refusal::NameScheduledForDeletion),
                (None, Some(old), Some(new)) if old.has_value(&new.value) => self.find(region, name),
                (None, Some(old), Some(_)) => {
                    Err(Refusal::TokenInUse { token: old.id.to_string(), arn: record.arn.clone() })
                }
                _ => Err(Refusal::NameTaken(name.to_owned())),
            };
        }
        check_replica_regions(region, &new.replicas)?;
        let generation = self.generations.entry((region.clone(), name.to_owned())).or_default();
        *generation += 1;
        self.created += 1;
        let mut record = SecretRecord {
            arn: format!(
                "arn:{}:secretsmanager:{region}:{ACCOUNT}:secret:{name}-{}",
                region.partition(),
                suffix(region, name, *generation)
            ),
            ordinal: self.created,
            name: name.to_owned(),
            description: new.description,
            kms_key_id: new.kms_key_id,
            owning_service: name.split_once('!').map(|(service, _)| service.to_owned()),
            tags: None,
            policy: None,
            rotation: Rotation::default(),
            created: now,
            changed: now,
            accessed: None,
            deletion: None,
            replication: None,
            versions: Vec::new(),
        };
        record.put_tags(new.tags);
        if let Some(version) = new.version {
            add_version(&mut record, version, now)?;
        }
        self.regions.entry(region.clone()).or_default().insert(name.to_owned(), record);
        if !new.replicas.is_empty() {
            self.replicate(region, name, new.replicas, new.overwrite_replicas)?;
        }
        self.find(region, name)
    }

    /// Changes a secret that is not deleted: in full or, if refused, not at all. Its replicas follow.
    pub(crate) fn change<T>(
        &mut self,
        region: &Region,
        id: &str,
        change: impl FnOnce(&mut SecretRecord) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.find(region, id)?.alive()?;
        self.change_any(region, id, change)
    }

    /// As [`change`](Account::change), also of a secret that waits for its deletion.
    pub(crate) fn change_any<T>(
        &mut self,
        region: &Region,
        id: &str,
        change: impl FnOnce(&mut SecretRecord) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let record = self.find_mut(region, id)?;
        if record.replication.as_ref().is_some_and(|replication| replication.primary != *region) {
            return Err(Refusal::InvalidParameter(
                "Operation not permitted on a replica secret. Call must be made in primary secret's region.".to_owned(),
            ));
        }
        let mut changed = record.clone();
        let result = change(&mut changed)?;
        *record = changed;
        let name = record.name.clone();
        self.copy_to_replicas(region, &name);
        Ok(result)
    }

    pub(crate) fn put(
        &mut self,
        region: &Region,
        id: &str,
        version: NewVersion,
        now: SystemTime,
    ) -> Result<SecretVersion, Refusal> {
        self.change(region, id, |record| add_version(record, version, now))
    }

    /// Deletes at once, with no way back.
    pub(crate) fn delete(&mut self, region: &Region, id: &str) -> Result<SecretRecord, Refusal> {
        let record = self.find(region, id)?;
        check_no_replicas(record, id)?;
        let name = record.name.clone();
        self.regions.get_mut(region).and_then(|secrets| secrets.remove(&name)).ok_or(Refusal::SecretNotFound)
    }

    /// Deletes what has been waiting for its deletion until now.
    pub(crate) fn purge(&mut self, now: SystemTime) {
        for secrets in self.regions.values_mut() {
            secrets.retain(|_, record| record.deletion.is_none_or(|due| due > now));
        }
    }

    /// Makes copies in other regions. One that cannot be made is noted as failed, as the service does it.
    pub(crate) fn replicate(
        &mut self,
        region: &Region,
        id: &str,
        replicas: Vec<Replica>,
        overwrite: bool,
    ) -> Result<(), Refusal> {
        check_replica_regions(region, &replicas)?;
        let name = self.find(region, id)?.name.clone();
        // "simple" is the service's own word.
        let message =
            |region: &Region| format!("Replication failed: Secret name simple already exists in region {region}.");
        let taken: Vec<bool> = replicas
            .iter()
            .map(|replica| {
                let there = self.find(&replica.region, &name).ok();
                let ours = there.and_then(|there| there.replication.as_ref()).is_some_and(|r| r.primary == *region);
                there.is_some() && !ours && !overwrite
            })
            .collect();
        self.change(region, id, |record| {
            let replication =
                record.replication.get_or_insert_with(|| Replication { primary: region.clone(), replicas: Vec::new() });
            for (mut replica, taken) in replicas.into_iter().zip(taken) {
                replica.failure = taken.then(|| message(&replica.region));
                replication.replicas.retain(|known| known.region != replica.region);
                replication.replicas.push(replica);
            }
            Ok(())
        })
    }

    /// Removes the copies in these regions.
    pub(crate) fn remove_replicas(&mut self, region: &Region, id: &str, regions: &[Region]) -> Result<(), Refusal> {
        let name = self.find(region, id)?.name.clone();
        let mut removed = Vec::new();
        self.change(region, id, |record| {
            let Some(replication) = &mut record.replication else { return Ok(()) };
            let gone = replication.replicas.extract_if(.., |replica| regions.contains(&replica.region));
            removed.extend(gone.filter(|replica| replica.failure.is_none()).map(|replica| replica.region));
            if replication.replicas.is_empty() {
                record.replication = None;
            }
            Ok(())
        })?;
        for region in removed {
            self.regions.get_mut(&region).map(|secrets| secrets.remove(&name));
        }
        Ok(())
    }

    /// Makes a replica a secret of its own.
    pub(crate) fn promote(&mut self, region: &Region, id: &str) -> Result<&SecretRecord, Refusal> {
        let record = self.find_mut(region, id)?;
        let name = record.name.clone();
        let Some(primary) = record.replication.take().map(|replication| replication.primary) else {
            return Err(Refusal::InvalidRequest(format!("Secret {name} is not a replica secret.")));
        };
        if let Ok(primary) = self.find_mut(&primary, &name)
            && let Some(replication) = &mut primary.replication
        {
            replication.replicas.retain(|replica| replica.region != *region);
            if replication.replicas.is_empty() {
                primary.replication = None;
            }
        }
        self.find(region, id)
    }

    fn copy_to_replicas(&mut self, region: &Region, name: &str) {
        let Ok(record) = self.find(region, name).cloned() else { return };
        let Some(replication) = &record.replication else { return };
        for replica in replication.replicas.iter().filter(|replica| replica.failure.is_none()) {
            let secrets = self.regions.entry(replica.region.clone()).or_default();
            let accessed = secrets.get(name).and_then(|there| there.accessed);
            let copy = SecretRecord {
                arn: record.arn.replacen(region.as_str(), replica.region.as_str(), 1),
                kms_key_id: replica.kms_key_id.clone(),
                replication: Some(Replication { primary: region.clone(), replicas: Vec::new() }),
                accessed,
                ..record.clone()
            };
            secrets.insert(name.to_owned(), copy);
        }
    }
}

/// A secret has no copy in its own region.
fn check_replica_regions(region: &Region, replicas: &[Replica]) -> Result<(), Refusal> {
    if replicas.iter().any(|replica| replica.region == *region) {
        return Err(Refusal::InvalidParameter("Invalid replica region.".to_owned()));
    }
    Ok(())
}

/// A secret is not deleted while it has copies elsewhere.
pub(crate) fn check_no_replicas(record: &SecretRecord, id: &str) -> Result<(), Refusal> {
    let replicas = record.replication.iter().flat_map(|replication| &replication.replicas);
    let regions: Vec<&str> = replicas.map(|replica| replica.region.as_str()).collect();
    if regions.is_empty() {
        return Ok(());
    }
    let regions = regions.join(",");
    Err(Refusal::InvalidParameter(format!("You can't delete secret {id} that still has replica regions [{regions}]")))
}

/// An ARN without its hyphen and six random characters.
pub(crate) fn partial_arn(arn: &str) -> &str {
    &arn[..arn.len().saturating_sub(7)]
}

fn has_suffix(arn: &str) -> bool {
    let end = arn.len().checked_sub(7).and_then(|start| arn.as_bytes().get(start..));
    end.is_some_and(|end| end[0] == b'-' && end[1..].iter().all(u8::is_ascii_alphanumeric))
}

pub(crate) fn add_version(
    record: &mut SecretRecord,
    new: NewVersion,
    now: SystemTime,
) -> Result<SecretVersion, Refusal> {
    if let Some(old) = new.token.as_ref().and_then(|token| record.version(token.as_str()))
        && old.value.is_some()
    {
        // A repeated ClientRequestToken is a retry: the same content changes nothing.
        return if old.has_value(&new.value) {
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
    if stages.len() > MOST_STAGES {
        return Err(Refusal::LimitExceeded(format!(
            "You can't attach more than {MOST_STAGES} staging labels to a version."
        )));
    }
    match record.versions.iter_mut().find(|version| version.id == id) {
        // The one that a rotation has begun.
        Some(begun) => begun.value = Some(new.value),
        None => record.versions.push(Version {
            id: id.clone(),
            stages: Vec::new(),
            created: now,
            accessed: None,
            value: Some(new.value),
        }),
    }
    for stage in &stages {
        record.move_stage(stage, Some(&id));
    }
    record.changed = now;
    record.version(id.as_str()).map(|version| record.describe(version)).ok_or(Refusal::InternalError)
}

/// Begins a rotation that a function will do: a version at `AWSPENDING` that has no value yet.
pub(crate) fn begin_rotation(record: &mut SecretRecord, id: &VersionId, now: SystemTime) {
    if record.version(id.as_str()).is_none() {
        record.versions.push(Version { id: id.clone(), stages: Vec::new(), created: now, accessed: None, value: None });
        record.move_stage(&stage_named(PENDING), Some(id));
    }
}

/// What a rotation function does when the test has given none: a new value at `AWSPENDING`, then `AWSCURRENT` moves
/// there, and that label alone is left.
pub(crate) fn rotate(
    record: &mut SecretRecord,
    token: Option<VersionId>,
    now: SystemTime,
) -> Result<SecretVersion, Refusal> {
    let old = record.select(None, None)?.value.as_ref().ok_or(Refusal::InternalError)?;
    let value = rotated(old, &token.clone().unwrap_or_else(|| version_id(record)));
    let pending = NewVersion { value, token, stages: vec![stage_named(PENDING)] };
    let id = add_version(record, pending, now)?.version_id;
    record.move_stage(&VersionStage::current(), Some(&id));
    record.take_off(PENDING);
    record.rotation.last = Some(now);
    record.version(id.as_str()).map(|version| record.describe(version)).ok_or(Refusal::InternalError)
}

/// Six characters that are the same in every run, so that a test can hold a whole ARN.
pub(crate) fn suffix(region: &Region, name: &str, generation: u32) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut rest = match generation {
        ..=1 => hash(&[region.as_str(), name]),
        again => hash(&[region.as_str(), name, &again.to_string()]),
    };
    let mut suffix = String::with_capacity(6);
    for _ in 0..6 {
        suffix.push(char::from(ALPHABET[(rest % ALPHABET.len() as u64) as usize]));
        rest /= ALPHABET.len() as u64;
    }
    suffix
}

/// A UUID (version 4 in form) for the record's next version, the same in every run.
pub(crate) fn version_id(record: &SecretRecord) -> VersionId {
    let ordinal = record.versions.len().to_string();
    let (high, low) = (hash(&[&record.arn, &ordinal, "high"]), hash(&[&record.arn, &ordinal, "low"]));
    crate::uuid::from_bits(high, low).parse().expect("a UUID is a version id")
}

/// FNV-1a, finished with SplitMix64's mixer: stable across Rust versions, unlike `DefaultHasher`.
pub(crate) fn hash(parts: &[&str]) -> u64 {
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
