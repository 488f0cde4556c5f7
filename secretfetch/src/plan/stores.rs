//! The stores of a configuration: which there are, which one each source means, and what is wrong with that.

use std::any::Any;
use std::path::Path;
use std::sync::Arc;

use super::config::Config;
use super::source_config::{SourceConfig, SourceSecrets};
use crate::document::at;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::secret::{Region, SecretId, SecretRequest, StoreName};
use crate::store::{AwsSettings, Find, StoreConfig, StoreKinds};
use crate::text::quoted;

/// The store of a configuration that names none.
const DEFAULT: &str = "aws";

impl Config {
    /// The settings of the default store, if it is of this type.
    ///
    /// ```
    /// use secretfetch::{AwsStoreConfig, Config};
    /// assert_eq!(Config::default().default_store(), Some(AwsStoreConfig::default()));
    /// ```
    pub fn default_store<T: StoreConfig + Clone>(&self) -> Option<T> {
        let found = self.default_store_config()?;
        (&*found as &dyn Any).downcast_ref().cloned()
    }

    /// Replaces the settings of the default store.
    pub fn set_default_store(&mut self, store: impl StoreConfig) {
        self.put_store(default_name(self), Arc::new(store));
    }

    /// The kind of the default store.
    pub fn default_store_kind(&self) -> Option<&'static str> {
        Some(self.default_store_config()?.kind())
    }

    /// Changes who asks and where, of the default store and of the others with these names, as far as they are stores of
    /// AWS.
    ///
    /// ```
    /// use secretfetch::{AwsStoreConfig, Config};
    /// let mut config = Config::default();
    /// config.change_aws_settings(&[], |aws| aws.endpoint_url = Some("http://localhost:4566".to_owned()));
    /// let changed = AwsStoreConfig::default().with_endpoint_url("http://localhost:4566");
    /// assert_eq!(config.default_store(), Some(changed));
    /// ```
    pub fn change_aws_settings(&mut self, others: &[StoreName], change: impl Fn(&mut AwsSettings)) {
        let default = default_name(self);
        for name in [&default].into_iter().chain(others.iter().filter(|name| **name != default)) {
            let Some(Ok(store)) = config_of(self, name, &StoreKinds::default()) else { continue };
            let Some(settings) = store.aws_settings() else { continue };
            let mut changed = settings.clone();
            change(&mut changed);
            if changed != *settings
                && let Some(store) = store.with_aws_settings(changed)
            {
                self.put_store(name.clone(), store);
            }
        }
    }

    fn default_store_config(&self) -> Option<Arc<dyn StoreConfig>> {
        config_of(self, &default_name(self), &StoreKinds::default())?.ok()
    }

    fn put_store(&mut self, name: StoreName, store: Arc<dyn StoreConfig>) {
        self.stores.retain(|(known, _)| *known != name);
        self.stores.push((name, store));
    }
}

fn default_name(config: &Config) -> StoreName {
    config.store.clone().unwrap_or_else(|| DEFAULT.parse().expect("the default store has a valid name"))
}

/// The store with this name, if there is one.
fn config_of(
    config: &Config,
    name: &StoreName,
    kinds: &StoreKinds,
) -> Option<Result<Arc<dyn StoreConfig>, Vec<Failure>>> {
    match config.stores.iter().find(|(known, _)| known == name) {
        Some((_, store)) => Some(Ok(store.clone())),
        None => kinds.named(name, Path::new("")),
    }
}

type Found = Vec<(StoreName, Arc<dyn StoreConfig>)>;

/// What a source asks of its store.
pub(super) enum Question {
    Request(SecretRequest),
    Find(Find),
}

/// The stores that a configuration's sources need, each found and checked.
pub(super) struct Resolved {
    default: StoreName,
    /// By name; few, so that a list is the smallest map.
    found: Found,
    /// The names of those that a source, or another store, needs.
    used: Vec<StoreName>,
    /// What each source asks of its store, in their order.
    asked: Vec<Question>,
    mistakes: Vec<Failure>,
}

impl Resolved {
    /// Finds the stores of the configuration, and checks what each source asks of its own.
    pub(super) fn of(config: &Config, kinds: &StoreKinds) -> Self {
        let default = default_name(config);
        let mut resolved =
            Resolved { default, found: Vec::new(), used: Vec::new(), asked: Vec::new(), mistakes: Vec::new() };
        for (place, (name, _)) in config.stores.iter().enumerate() {
            if config.stores[..place].iter().any(|(other, _)| other == name) {
                resolved.mistakes.push(wrong(None, format!("two stores have the name {}", quoted(name.as_str()))));
            }
        }
        if config.sources().any(|source| store_of(source).is_none()) || config.store.is_some() {
            resolved.find(config, kinds, &resolved.default.clone(), config.store_line);
        }
        for source in config.sources() {
            let name = store_of(source).unwrap_or(&resolved.default).clone();
            resolved.note_use(&name);
            let store = resolved.find(config, kinds, &name, source.line);
            let asked = match &source.secrets {
                SourceSecrets::Id(id) => {
                    let request = resolved.request(config, source, id, store.as_deref());
                    if let Some(store) = store {
                        resolved.mistakes.extend(mistakes_of(&*store, &request, source.line));
                    }
                    Question::Request(request)
                }
                SourceSecrets::Find(find) => {
                    let find = resolved.find_of(config, source, find, store.as_deref());
                    resolved.mistakes.extend(mistakes_of_find(store.as_deref(), &find, source));
                    Question::Find(find)
                }
            };
            resolved.asked.push(asked);
        }
        resolved.find_own_secrets(config, kinds);
        resolved.mistakes.extend(cycle(&resolved.found, &resolved.default));
        resolved
    }

    fn note_use(&mut self, name: &StoreName) {
        if !self.used.contains(name) {
            self.used.push(name.clone());
        }
    }

    /// The store with this name; if there is none, that is noted once.
    fn find(
        &mut self,
        config: &Config,
        kinds: &StoreKinds,
        name: &StoreName,
        line: Option<usize>,
    ) -> Option<Arc<dyn StoreConfig>> {
        if let Some(found) = known(&self.found, name) {
            return Some(found.clone());
        }
        match config_of(config, name, kinds) {
            Some(Ok(store)) => {
                self.found.push((name.clone(), store.clone()));
                Some(store)
            }
            Some(Err(mistakes)) => {
                self.mistakes.extend(mistakes);
                None
            }
            None => {
                let known = config.stores.iter().map(|(name, _)| name.as_str());
                let unknown = kinds.unknown(name, known);
                self.mistakes.push(wrong(line, format!("`store`: {}", unknown.message())).with_hint_of(&unknown));
                None
            }
        }
    }

    /// The stores that have the secrets which other stores need, and those that these need.
    fn find_own_secrets(&mut self, config: &Config, kinds: &StoreKinds) {
        let mut open: Vec<StoreName> = self.found.iter().map(|(name, _)| name.clone()).collect();
        while let Some(name) = open.pop() {
            let Some(store) = known(&self.found, &name).cloned() else { continue };
            for secret in store.secrets() {
                let of = secret.request.store().unwrap_or(&self.default).clone();
                self.note_use(&of);
                let is_new = known(&self.found, &of).is_none();
                let Some(other) = self.find(config, kinds, &of, None) else { continue };
                let mistakes = mistakes_of(&*other, &secret.request, None);
                self.mistakes.extend(mistakes.into_iter().map(|failure| failure.with_store(&name)));
                if is_new {
                    open.push(of);
                }
            }
        }
    }

    /// What is wrong, in the order in which it stands there.
    pub(super) fn mistakes(&mut self) -> Vec<Failure> {
        std::mem::take(&mut self.mistakes)
    }

    /// What the sources ask of their stores, in the order of the sources.
    pub(super) fn asked(&mut self) -> impl Iterator<Item = Question> + use<> {
        std::mem::take(&mut self.asked).into_iter()
    }

    fn request(
        &self,
        config: &Config,
        source: &SourceConfig,
        id: &SecretId,
        store: Option<&dyn StoreConfig>,
    ) -> SecretRequest {
        let region = source.region.as_ref().or(usual_region(config, store));
        let name = source.store.as_ref().filter(|name| **name != self.default);
        SecretRequest::new(id.clone())
            .with(region.cloned(), SecretRequest::with_region)
            .with(source.version_id.clone(), SecretRequest::with_version_id)
            .with(source.version_stage.clone(), SecretRequest::with_version_stage)
            .with(name.cloned(), SecretRequest::with_store)
            .normalized()
    }

    fn find_of(&self, config: &Config, source: &SourceConfig, find: &Find, store: Option<&dyn StoreConfig>) -> Find {
        let region = source.region.as_ref().or(find.region()).or(usual_region(config, store));
        let name = store_of(source).filter(|name| **name != self.default);
        find.within(name.cloned(), region.cloned()).normalized()
    }

    pub(super) fn default(&self) -> &StoreName {
        &self.default
    }

    /// The names of the stores that the configuration has and nothing needs.
    pub(super) fn unused(&self, config: &Config) -> Vec<StoreName> {
        let names = config.stores.iter().map(|(name, _)| name);
        names.filter(|name| !self.used.contains(*name)).cloned().collect()
    }

    /// The stores that something needs.
    pub(super) fn used(self) -> impl Iterator<Item = (StoreName, Arc<dyn StoreConfig>)> {
        let Resolved { found, used, .. } = self;
        found.into_iter().filter(move |(name, _)| used.contains(name))
    }
}

/// The store that a source names.
fn store_of(source: &SourceConfig) -> Option<&StoreName> {
    source.store.as_ref().or(match &source.secrets {
        SourceSecrets::Id(_) => None,
        SourceSecrets::Find(find) => find.store(),
    })
}

/// The region of sources that name none. One where the store knows none would be a part of what is asked, and mean nothing.
fn usual_region<'a>(config: &'a Config, store: Option<&'a dyn StoreConfig>) -> Option<&'a Region> {
    let of_store = store.filter(|store| store.capabilities().regions);
    of_store.and_then(|store| store.region().or(config.region.as_ref()))
}

fn known<'f>(found: &'f Found, name: &StoreName) -> Option<&'f Arc<dyn StoreConfig>> {
    found.iter().find(|(known, _)| known == name).map(|(_, store)| store)
}

/// What a store cannot be asked for.
fn mistakes_of(store: &dyn StoreConfig, request: &SecretRequest, line: Option<usize>) -> Vec<Failure> {
    let capabilities = store.capabilities();
    let unknown = capabilities.unknown_fields(request).map(|field| {
        wrong(line, format!("`{field}`: a store of the kind `{}` has no such thing", store.kind()))
            .with_hint("remove it")
    });
    let mut mistakes: Vec<Failure> = unknown.collect();
    let version = if request.version_id().is_some() { "versionId" } else { "versionStage" };
    for (field, checked) in [("secretId", store.check(request)), (version, store.check_version(request))] {
        let failures = checked.as_ref().err().into_iter().flat_map(Error::failures);
        let told = |failure: &Failure| wrong(line, format!("`{field}`: {}", failure.message())).with_hint_of(failure);
        mistakes.extend(failures.map(told));
    }
    mistakes
}

/// What cannot be looked for, in its store or in any, and what does not go with looking for it.
fn mistakes_of_find(store: Option<&dyn StoreConfig>, find: &Find, source: &SourceConfig) -> Vec<Failure> {
    let mut mistakes = Vec::new();
    if find.prefix().is_empty() && find.tags().is_empty() {
        mistakes.push(wrong(source.line, "`find` needs a `prefix` or `tags`, not empty".to_owned()));
    }
    if let Some(store) = store {
        let capabilities = store.capabilities();
        let unknown = capabilities.unknown_fields_of_find(find).map(|field| match field {
            "region" => {
                wrong(source.line, format!("`region`: a store of the kind `{}` has no such thing", store.kind()))
                    .with_hint("remove it")
            }
            field => {
                wrong(source.line, format!("`find`: a store of the kind `{}` finds nothing by {field}", store.kind()))
                    .with_hint("name each of its secrets by `secretId`")
            }
        });
        mistakes.extend(unknown);
        if mistakes.is_empty()
            && let Err(error) = store.check_find(find)
        {
            let told =
                |failure: &Failure| wrong(source.line, format!("`find`: {}", failure.message())).with_hint_of(failure);
            mistakes.extend(error.failures().iter().map(told));
        }
    }
    let given = [
        ("versionStage", source.version_stage.is_some(), "it brings the current versions"),
        ("versionId", source.version_id.is_some(), "it brings the current versions"),
        ("key", source.key.is_some(), "it brings an object of secrets, of which `keys` chooses"),
        ("as", source.selection.as_name.is_some(), "it brings an object of secrets, of which `keys` chooses"),
        ("sha256", source.sha256.is_some(), "it brings several secrets; pin each by its `secretId`"),
    ];
    let misplaced = given.into_iter().filter(|(_, is_given, _)| *is_given);
    mistakes.extend(
        misplaced.map(|(field, _, why)| wrong(source.line, format!("`{field}` does not go with `find`: {why}"))),
    );
    mistakes
}

/// The first circle of stores that need each other's secrets to be opened.
fn cycle(stores: &Found, default: &StoreName) -> Option<Failure> {
    let needs = |name: &StoreName| -> Vec<StoreName> {
        let secrets = known(stores, name).map(|store| store.secrets()).unwrap_or_default();
        secrets.iter().map(|secret| secret.request.store().unwrap_or(default).clone()).collect()
    };
    /// Goes deeper from the end of `way`; the way, if it comes back to itself.
    fn walk(
        way: &mut Vec<StoreName>,
        done: &mut Vec<StoreName>,
        needs: &dyn Fn(&StoreName) -> Vec<StoreName>,
    ) -> Option<Vec<StoreName>> {
        let here = way.last()?.clone();
        for next in needs(&here) {
            if let Some(start) = way.iter().position(|name| *name == next) {
                let mut circle = way[start..].to_vec();
                circle.push(next);
                return Some(circle);
            }
            if !done.contains(&next) {
                way.push(next);
                if let Some(circle) = walk(way, done, needs) {
                    return Some(circle);
                }
                way.pop();
            }
        }
        done.push(here);
        None
    }
    let mut done = Vec::new();
    let circle = stores.iter().find_map(|(name, _)| walk(&mut vec![name.clone()], &mut done, &needs))?;
    let way: Vec<String> = circle.iter().map(|name| quoted(name.as_str())).collect();
    let what = format!("stores need each other's secrets to be opened: {}", way.join(" needs "));
    Some(wrong(None, what).with_hint("keep one of these secrets in a store that needs none"))
}

fn wrong(line: Option<usize>, message: String) -> Failure {
    match line {
        Some(line) => at(line, message),
        None => Failure::new(ErrorKind::Config, message),
    }
}

/// Whatever is wrong with the stores, as one error.
pub(super) fn check(config: &Config, kinds: &StoreKinds) -> Result<()> {
    let mistakes = Resolved::of(config, kinds).mistakes();
    Error::join(mistakes.into_iter().map(Error::from)).map_or(Ok(()), Err)
}
