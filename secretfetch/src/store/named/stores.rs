//! The router: a request goes to the store that it names.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::sync::OnceCell;

use super::config::{Defaults, Opening, OwnSecrets, StoreConfig};
use super::secret_key_ref::SecretKeyRef;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::secret::{Secret, SecretRequest, SecretValue, StoreName};
use crate::store::find::Find;
use crate::store::secret_store::SecretStore;
use crate::text::{nearest, quoted};

/// Several stores by name, as one: a request goes to the store that it [names](SecretRequest::store), and one that names
/// none to the default store.
///
/// The stores of a plan are opened once each, when they are first needed. `Fetcher::open` makes them of a plan; by hand:
///
/// ```
/// use secretfetch::{LocalSecretStore, SecretRequest, SecretStore, Stores};
///
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// let stores = Stores::new("main".parse()?, LocalSecretStore::from_json(r#"{"db": "a"}"#)?)
///     .with("payments".parse()?, LocalSecretStore::from_json(r#"{"db": "b"}"#)?);
/// let request = SecretRequest::new("db".parse()?).with_store("payments".parse()?);
/// assert_eq!(stores.fetch(&request).await?.value.expose_text(), Some("b"));
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
/// ```
pub struct Stores {
    default: StoreName,
    /// By name; few, so that a list is the smallest map.
    stores: Vec<(StoreName, Entry)>,
    defaults: Defaults,
}

struct Entry {
    /// None for a store that came open.
    config: Option<Arc<dyn StoreConfig>>,
    open: OnceCell<Arc<dyn SecretStore>>,
}

impl Stores {
    /// One store, which requests that name none go to.
    pub fn new(name: StoreName, store: impl SecretStore + 'static) -> Self {
        let stores = Stores { default: name.clone(), stores: Vec::new(), defaults: Defaults::default() };
        stores.with(name, store)
    }

    /// Adds a store; one of the same name is replaced.
    #[must_use]
    pub fn with(mut self, name: StoreName, store: impl SecretStore + 'static) -> Self {
        let open = OnceCell::new_with(Some(Arc::new(store) as Arc<dyn SecretStore>));
        self.stores.retain(|(known, _)| *known != name);
        self.stores.push((name, Entry { config: None, open }));
        self
    }

    /// The stores of a plan.
    pub(crate) fn configured(
        default: StoreName,
        configs: impl IntoIterator<Item = (StoreName, Arc<dyn StoreConfig>)>,
        defaults: Defaults,
    ) -> Self {
        let entry = |config| Entry { config: Some(config), open: OnceCell::new() };
        let stores = configs.into_iter().map(|(name, config)| (name, entry(config))).collect();
        Stores { default, stores, defaults }
    }

    /// The store of requests that name none.
    pub fn default_store(&self) -> &StoreName {
        &self.default
    }

    /// Opens every store that the requests and finds go to and that needs no other's secrets, so that what is wrong with their
    /// settings is known before anything is asked.
    pub(crate) async fn open_for(&self, requests: &[SecretRequest], finds: &[Find]) -> Result<()> {
        let mut errors = Vec::new();
        for (name, entry) in &self.stores {
            let is_it = |store: Option<&StoreName>| store.unwrap_or(&self.default) == name;
            let is_needed =
                requests.iter().any(|request| is_it(request.store())) || finds.iter().any(|find| is_it(find.store()));
            if is_needed && entry.config.as_ref().is_some_and(|config| config.secrets().is_empty()) {
                errors.extend(self.opened(name).await.err());
            }
        }
        Error::join(errors).map_or(Ok(()), Err)
    }

    fn entry(&self, name: &StoreName) -> Result<&Entry> {
        let found = self.stores.iter().find(|(known, _)| known == name).map(|(_, entry)| entry);
        found.ok_or_else(|| {
            let failure = Failure::new(ErrorKind::Config, format!("there is no store {}", quoted(name.as_str())));
            let near = nearest(name.as_str(), self.stores.iter().map(|(name, _)| name.as_str()));
            match near.first() {
                Some(near) => failure.with_hint(format!("did you mean {}?", quoted(near))),
                None => failure,
            }
            .into()
        })
    }

    async fn opened(&self, name: &StoreName) -> Result<&Arc<dyn SecretStore>> {
        let entry = self.entry(name)?;
        let open = || async {
            match &entry.config {
                Some(config) => config.open(&Opening { defaults: &self.defaults, secrets: self }).await,
                None => Err(Failure::new(ErrorKind::Internal, "the store is not open").into()),
            }
        };
        entry.open.get_or_try_init(open).await.map_err(|error| self.about(name, error))
    }

    /// An error of a store; that of the default one need not say which it is.
    fn about(&self, name: &StoreName, error: Error) -> Error {
        if *name == self.default {
            return error;
        }
        error.map_failures(|failure| if failure.store().is_some() { failure } else { failure.with_store(name) })
    }

    /// What one store answers to the requests at these places.
    async fn fetch_group(&self, name: &StoreName, requests: &[SecretRequest], places: &[usize]) -> Vec<Result<Secret>> {
        let own: Vec<SecretRequest> = places.iter().map(|&place| requests[place].within_store()).collect();
        let answers = match self.opened(name).await {
            Ok(store) => store.fetch_many(&own).await,
            Err(error) => places.iter().map(|_| Err(error.clone())).collect(),
        };
        answers.into_iter().map(|answer| answer.map_err(|error| self.about(name, error))).collect()
    }
}

#[async_trait]
impl OwnSecrets for Stores {
    async fn fetch_own(&self, secret: &SecretKeyRef) -> Result<SecretValue> {
        let fetched = self.fetch(&secret.request).await?;
        secret
            .of(fetched.value.clone())
            .map_err(|error| error.map_failures(|failure| failure.with_secret_id(secret.request.secret_id())))
    }
}

#[async_trait]
impl SecretStore for Stores {
    fn check(&self, request: &SecretRequest) -> Result<()> {
        let name = request.store().unwrap_or(&self.default);
        let entry = self.entry(name)?;
        let own: SecretRequest;
        let request = match request.store() {
            None => request,
            Some(_) => {
                own = request.within_store();
                &own
            }
        };
        let checked = match (&entry.config, entry.open.get()) {
            (_, Some(store)) => store.check(request),
            (Some(config), None) => config.check(request),
            (None, None) => Ok(()),
        };
        checked.map_err(|error| self.about(name, error))
    }

    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        let Some(name) = request.store() else {
            return self.opened(&self.default).await?.fetch(request).await;
        };
        let store = self.opened(name).await?;
        store.fetch(&request.within_store()).await.map_err(|error| self.about(name, error))
    }

    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        // As most plans are: one store, and nothing to sort.
        if requests.iter().all(|request| request.store().is_none()) {
            return match self.opened(&self.default).await {
                Ok(store) => store.fetch_many(requests).await,
                Err(error) => requests.iter().map(|_| Err(error.clone())).collect(),
            };
        }
        let mut groups: Vec<(&StoreName, Vec<usize>)> = Vec::new();
        for (place, request) in requests.iter().enumerate() {
            let name = request.store().unwrap_or(&self.default);
            match groups.iter_mut().find(|(known, _)| *known == name) {
                Some((_, places)) => places.push(place),
                None => groups.push((name, vec![place])),
            }
        }
        // Each is open before any is asked: a store's own secrets come first.
        join_all(groups.iter().map(|(name, _)| self.opened(name))).await;
        let fetches = groups.iter().map(|(name, places)| self.fetch_group(name, requests, places));
        let mut answers: Vec<Option<Result<Secret>>> = requests.iter().map(|_| None).collect();
        for ((_, places), group) in groups.iter().zip(join_all(fetches.collect::<Vec<_>>()).await) {
            for (&place, answer) in places.iter().zip(group) {
                answers[place] = Some(answer);
            }
        }
        let lost = || Err(Failure::new(ErrorKind::Internal, "a request was left without a result").into());
        answers.into_iter().map(|answer| answer.unwrap_or_else(lost)).collect()
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        let name = find.store().unwrap_or(&self.default);
        let store = self.opened(name).await?;
        store.find(&find.within_store()).await.map_err(|error| self.about(name, error))
    }
}

impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |is_open: bool| -> Vec<&str> {
            let stores = self.stores.iter().filter(|(_, entry)| entry.open.initialized() == is_open);
            stores.map(|(name, _)| name.as_str()).collect()
        };
        f.debug_struct("Stores")
            .field("default", &self.default.as_str())
            .field("open", &names(true))
            .field("closed", &names(false))
            .finish()
    }
}
