//! The parameters of an account, by region.

use std::collections::BTreeMap;
use std::time::SystemTime;

use secretfetch::{Region, SecretValue};

use super::name::{self, Reference, key, parameter_arn};
use super::record::{DEFAULT_KEY, ParameterRecord, ParameterType, ParameterVersion, Tier};
use super::refusal::ParameterRefusal;

/// The most versions of a parameter, and labels of a version.
const MOST_VERSIONS: usize = 100;
const MOST_LABELS: usize = 10;

const TOO_LONG: &str = "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger \
                        parameter value, upgrade the parameter to use the advanced-parameter tier. For more \
                        information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/\
                        parameter-store-advanced-parameters.html";
const FAR_TOO_LONG: &str = "Advanced tier parameters support a maximum parameter value of 8192 characters.";
const NO_WAY_BACK: &str = "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the \
                           advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the \
                           advanced parameter and recreate it as a standard parameter.";

#[derive(Debug, Default)]
pub(crate) struct Parameters(BTreeMap<Region, BTreeMap<String, ParameterRecord>>);

/// What is put.
pub(crate) struct NewParameter {
    pub(crate) name: String,
    pub(crate) value: SecretValue,
    /// Needed for a parameter that is not there yet.
    pub(crate) kind: Option<ParameterType>,
    pub(crate) key_id: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) tier: Option<TierChoice>,
    pub(crate) overwrite: bool,
}

/// Which tier a parameter is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TierChoice {
    Of(Tier),
    /// `Intelligent-Tiering`: the service decides.
    AsNeeded,
}

impl Parameters {
    /// The parameter with this name or ARN, whatever the selector says.
    pub(crate) fn find(&self, region: &Region, id: &str) -> Result<&ParameterRecord, ParameterRefusal> {
        let reference = Reference::of(region, id).ok_or(ParameterRefusal::NotFound)?;
        self.0.get(region).and_then(|here| here.get(reference.key)).ok_or(ParameterRefusal::NotFound)
    }

    /// The version that a request means.
    pub(crate) fn select(
        &self,
        region: &Region,
        id: &str,
    ) -> Result<(&ParameterRecord, &ParameterVersion), ParameterRefusal> {
        let record = self.find(region, id)?;
        let selector = Reference::of(region, id).and_then(|reference| reference.selector);
        Ok((record, record.select(selector)?))
    }

    /// Whether two ids, with or without selectors, mean one parameter.
    pub(crate) fn same(&self, region: &Region, a: &str, b: &str) -> bool {
        match (self.find(region, a), self.find(region, b)) {
            (Ok(a), Ok(b)) => a.arn == b.arn,
            _ => false,
        }
    }

    /// The parameters below a path, by name; `recursive` for those of every level. The path itself is not one of them.
    pub(crate) fn below<'a>(
        &'a self,
        region: &Region,
        path: &str,
        recursive: bool,
    ) -> impl Iterator<Item = &'a ParameterRecord> {
        let path = format!("{}/", path.trim_end_matches('/'));
        self.0.get(region).into_iter().flat_map(BTreeMap::iter).filter_map(move |(key, record)| {
            // `name` is at the root, as `/name` is.
            let full = if key.starts_with('/') { key.clone() } else { format!("/{key}") };
            let rest = full.strip_prefix(&path)?;
            (!rest.is_empty() && (recursive || !rest.contains('/'))).then_some(record)
        })
    }

    pub(crate) fn put(
        &mut self,
        region: &Region,
        new: NewParameter,
        now: SystemTime,
    ) -> Result<(u32, Tier), ParameterRefusal> {
        name::check(region, &new.name)?;
        let here = self.0.entry(region.clone()).or_default();
        let held = here.get_mut(key(&new.name));
        if held.is_some() && !new.overwrite {
            return Err(ParameterRefusal::AlreadyExists);
        }
        let newest = held.as_ref().and_then(|record| record.newest());
        let tier = tier(new.tier, newest.map(|version| version.tier), &new.value)?;
        let kind = match (&held, new.kind) {
            (Some(record), Some(kind)) if record.kind != kind => return Err(ParameterRefusal::TypeMismatch),
            (Some(record), _) => record.kind,
            (None, Some(kind)) => kind,
            (None, None) => {
                return Err(ParameterRefusal::Validation("A parameter type is required when you create a parameter."));
            }
        };
        let key_id = match (kind, new.key_id) {
            (ParameterType::SecureString, Some(key)) => Some(key),
            (ParameterType::SecureString, None) => {
                Some(newest.and_then(|version| version.key_id.clone()).unwrap_or_else(|| DEFAULT_KEY.to_owned()))
            }
            (_, Some(_)) => {
                return Err(ParameterRefusal::Validation("KeyId is required for SecureString type parameter only."));
            }
            (_, None) => None,
        };
        let number = newest.map_or(1, |version| version.number + 1);
        let description = new.description.or_else(|| newest.and_then(|version| version.description.clone()));
        let version =
            ParameterVersion { number, value: new.value, key_id, description, tier, labels: Vec::new(), modified: now };
        match held {
            Some(record) => {
                if record.versions.len() >= MOST_VERSIONS {
                    let oldest = &record.versions[0];
                    if !oldest.labels.is_empty() {
                        let (name, version) = (record.name.clone(), oldest.number);
                        return Err(ParameterRefusal::OldestVersionHasLabel { name, version });
                    }
                    record.versions.remove(0);
                }
                record.versions.push(version);
            }
            None => {
                let record = ParameterRecord {
                    arn: parameter_arn(region, &new.name),
                    name: new.name.clone(),
                    kind,
                    versions: vec![version],
                };
                here.insert(key(&new.name).to_owned(), record);
            }
        }
        Ok((number, tier))
    }

    /// Moves labels to a version, the newest unless its number is given; gives that number and the labels that cannot
    /// be ones.
    pub(crate) fn label(
        &mut self,
        region: &Region,
        id: &str,
        number: Option<u32>,
        labels: Vec<String>,
    ) -> Result<(u32, Vec<String>), ParameterRefusal> {
        let key = Reference::of(region, id).ok_or(ParameterRefusal::NotFound)?.key;
        let record = self.0.get_mut(region).and_then(|here| here.get_mut(key)).ok_or(ParameterRefusal::NotFound)?;
        let number = match number {
            Some(number) => record.select(Some(&number.to_string()))?.number,
            None => record.newest().ok_or(ParameterRefusal::NotFound)?.number,
        };
        let (labels, invalid): (Vec<_>, Vec<_>) = labels.into_iter().partition(|label| is_label(label));
        let target = record.versions.iter_mut().find(|version| version.number == number);
        let mut held = target.map(|version| version.labels.clone()).unwrap_or_default();
        for label in &labels {
            if !held.contains(label) {
                held.push(label.clone());
            }
        }
        if held.len() > MOST_LABELS {
            return Err(ParameterRefusal::TooManyLabels);
        }
        for version in &mut record.versions {
            if version.number == number {
                version.labels.clone_from(&held);
            } else {
                version.labels.retain(|label| !labels.contains(label));
            }
        }
        Ok((number, invalid))
    }

    pub(crate) fn delete(&mut self, region: &Region, id: &str) -> Result<(), ParameterRefusal> {
        let key = Reference::of(region, id).ok_or(ParameterRefusal::NotFound)?.key;
        let deleted = self.0.get_mut(region).and_then(|here| here.remove(key));
        deleted.map(drop).ok_or(ParameterRefusal::NotFound)
    }
}

/// The tier of a new version; refused if the value is too long for it, or the parameter is in a higher one.
fn tier(wanted: Option<TierChoice>, held: Option<Tier>, value: &SecretValue) -> Result<Tier, ParameterRefusal> {
    let length = value.expose_text().unwrap_or_default().chars().count();
    let tier = match (wanted, held) {
        (Some(TierChoice::Of(Tier::Standard)), Some(Tier::Advanced)) => {
            return Err(ParameterRefusal::Validation(NO_WAY_BACK));
        }
        (Some(TierChoice::Of(tier)), _) => tier,
        (_, Some(Tier::Advanced)) => Tier::Advanced,
        (Some(TierChoice::AsNeeded), _) if length > Tier::Standard.longest() => Tier::Advanced,
        _ => Tier::Standard,
    };
    match tier {
        _ if length <= tier.longest() => Ok(tier),
        Tier::Standard => Err(ParameterRefusal::Validation(TOO_LONG)),
        Tier::Advanced => Err(ParameterRefusal::Validation(FAR_TOO_LONG)),
    }
}

fn is_label(label: &str) -> bool {
    let lower = label.to_ascii_lowercase();
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    label.bytes().all(is_allowed)
        && !label.starts_with(|first: char| first.is_ascii_digit())
        && !lower.starts_with("aws")
        && !lower.starts_with("ssm")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Region {
        "eu-west-1".parse().unwrap()
    }

    fn put(parameters: &mut Parameters, name: &str, value: &str) -> Result<(u32, Tier), ParameterRefusal> {
        let new = NewParameter {
            name: name.to_owned(),
            value: SecretValue::from_text(value.to_owned()),
            kind: Some(ParameterType::String),
            key_id: None,
            description: None,
            tier: None,
            overwrite: true,
        };
        parameters.put(&here(), new, SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn a_hundred_versions_are_kept_unless_the_oldest_has_a_label() {
        let mut parameters = Parameters::default();
        for n in 1..=101 {
            assert_eq!(put(&mut parameters, "a", &n.to_string()).unwrap().0, n);
        }
        let record = parameters.find(&here(), "/a").unwrap();
        assert_eq!((record.versions.len(), record.versions[0].number), (100, 2));
        parameters.label(&here(), "a", Some(2), vec!["live".to_owned()]).unwrap();
        let refused = put(&mut parameters, "a", "x").unwrap_err();
        assert_eq!(refused, ParameterRefusal::OldestVersionHasLabel { name: "a".to_owned(), version: 2 });
        parameters.label(&here(), "a", None, vec!["live".to_owned()]).unwrap();
        assert_eq!(put(&mut parameters, "a", "x").unwrap().0, 102);
    }

    #[test]
    fn a_path_brings_what_is_below_it_and_not_itself_or_its_neighbours() {
        let mut parameters = Parameters::default();
        for name in ["/team/app", "/team/app/a", "/team/app/b/c", "/team/app2/d", "root"] {
            put(&mut parameters, name, "x").unwrap();
        }
        let below = |path, recursive| -> Vec<_> {
            parameters.below(&here(), path, recursive).map(|record| record.name.as_str()).collect()
        };
        assert_eq!(below("/team/app", true), ["/team/app/a", "/team/app/b/c"]);
        assert_eq!(below("/team/app/", false), ["/team/app/a"]);
        assert_eq!(below("/", false), ["root"]);
        assert_eq!(below("/", true).len(), 5);
    }
}
