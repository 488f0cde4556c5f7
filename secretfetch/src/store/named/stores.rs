//! The router: a request goes to the store that it names.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::sync::OnceCell;

use super::config::{Defaults, Opening, OwnSecrets, StoreConfig};
use super::secret_key_ref::SecretKeyRef;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::secret::{Secret, SecretRequest, SecretValue, StoreName};
use crate::store::find::Find;
use crate::store::results::Results;
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
    #[cfg(feature = "aws")]
    identities: crate::store::identity::Identities,
}

struct Entry {
    /// None for a store that came open.
    config: Option<Arc<dyn StoreConfig>>,
    /// Another cell when the store is opened again.
    open: Mutex<Arc<Open>>,
}

type Open = OnceCell<Arc<dyn SecretStore>>;

impl Entry {
    fn new(config: Option<Arc<dyn StoreConfig>>, open: Open) -> Self {
        Entry { config, open: Mutex::new(Arc::new(open)) }
    }

    fn open(&self) -> Arc<Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has the store opened again for the next request, if this is the store that is open.
    fn close(&self, store: &Arc<dyn SecretStore>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.get().is_some_and(|known| Arc::ptr_eq(known, store)) {
            *open = Arc::default();
        }
    }
}

impl Stores {
    /// One store, which requests that name none go to.
    pub fn new(name: StoreName, store: impl SecretStore + 'static) -> Self {
        Stores::configured(name.clone(), [], Defaults::default()).with(name, store)
    }

    /// Adds a store; one of the same name is replaced.
    #[must_use]
    pub fn with(mut self, name: StoreName, store: impl SecretStore + 'static) -> Self {
        let open = OnceCell::new_with(Some(Arc::new(store) as Arc<dyn SecretStore>));
        self.stores.retain(|(known, _)| *known != name);
        self.stores.push((name, Entry::new(None, open)));
        self
    }

    /// Adds a store that is opened when it is first needed; one of the same name is replaced. Its own secrets come from the
    /// others.
    ///
    /// ```
    /// use secretfetch::{HttpsStoreConfig, LocalSecretStore, SecretKeyRef, SecretRequest, Stores};
    ///
    /// let token = SecretKeyRef::new(SecretRequest::new("token".parse()?));
    /// let repo = HttpsStoreConfig::new("https://api.github.com/repos/acme/app/contents/".parse()?).with_bearer(token);
    /// let stores = Stores::new("main".parse()?, LocalSecretStore::from_json(r#"{"token": "t0ken"}"#)?)
    ///     .with_config("repo".parse()?, repo)?;
    /// # Ok::<(), secretfetch::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if it takes a secret of the store to open it, by way of however many others.
    pub fn with_config(mut self, name: StoreName, config: impl StoreConfig) -> Result<Self> {
        self.stores.retain(|(known, _)| *known != name);
        self.stores.push((name.clone(), Entry::new(Some(Arc::new(config)), OnceCell::new())));
        if !self.needs_itself(&name) {
            return Ok(self);
        }
        let what = format!("it takes a secret of the store {} to open it", quoted(name.as_str()));
        Err(Failure::new(ErrorKind::Config, what).with_hint("keep that secret in a store that needs none").into())
    }

    fn needs_itself(&self, name: &StoreName) -> bool {
        let (mut open, mut seen) = (vec![name], Vec::new());
        while let Some(next) = open.pop() {
            let config = self.entry(next).ok().and_then(|entry| entry.config.as_ref());
            for secret in config.map(|config| config.secrets()).unwrap_or_default() {
                let of = secret.request.store().unwrap_or(&self.default);
                if of == name {
                    return true;
                }
                if !seen.contains(&of) {
                    seen.push(of);
                    open.push(of);
                }
            }
        }
        false
    }

    /// The stores of a plan.
    pub(crate) fn configured(
        default: StoreName,
        configs: impl IntoIterator<Item = (StoreName, Arc<dyn StoreConfig>)>,
        defaults: Defaults,
    ) -> Self {
        let entry = |config| Entry::new(Some(config), OnceCell::new());
        let stores = configs.into_iter().map(|(name, config)| (name, entry(config))).collect();
        Stores {
            default,
            stores,
            defaults,
            #[cfg(feature = "aws")]
            identities: Default::default(),
        }
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

    async fn opened(&self, name: &StoreName) -> Result<Arc<dyn SecretStore>> {
        let entry = self.entry(name)?;
        let open = || async {
            match &entry.config {
                Some(config) => {
                    let opening = Opening {
                        defaults: &self.defaults,
                        secrets: self,
                        #[cfg(feature = "aws")]
                        identities: &self.identities,
                    };
                    config.open(&opening).await
                }
                None => Err(Failure::new(ErrorKind::Internal, "the store is not open").into()),
            }
        };
        entry.open().get_or_try_init(open).await.cloned().map_err(|error| self.about(name, error))
    }

    /// An error of a store; that of the default one need not say which it is.
    fn about(&self, name: &StoreName, error: Error) -> Error {
        if *name == self.default {
            return error;
        }
        error.map_failures(|failure| if failure.store().is_some() { failure } else { failure.with_store(name) })
    }

    /// Where a store's own secrets were refused, they may have been rotated since it was opened: they are fetched again for
    /// the next request.
    fn close_if_refused(&self, name: &StoreName, store: &Arc<dyn SecretStore>, error: &Error) {
        if error.failures().iter().any(|failure| failure.kind() == ErrorKind::CredentialsRejected)
            && let Ok(entry) = self.entry(name)
            && entry.config.as_ref().is_some_and(|config| !config.secrets().is_empty())
        {
            entry.close(store);
        }
    }

    /// An error of a store that is open.
    fn of_open(&self, name: &StoreName, store: &Arc<dyn SecretStore>, error: Error) -> Error {
        self.close_if_refused(name, store, &error);
        self.about(name, error)
    }

    /// What one store answers to the requests at these places.
    async fn fetch_group(&self, name: &StoreName, requests: &[SecretRequest], places: &[usize]) -> Vec<Result<Secret>> {
        let own: Vec<SecretRequest> = places.iter().map(|&place| requests[place].within_store()).collect();
        let store = match self.opened(name).await {
            Ok(store) => store,
            Err(error) => return places.iter().map(|_| Err(error.clone())).collect(),
        };
        let answers = store.fetch_many(&own).await.into_iter();
        answers.map(|answer| answer.map_err(|error| self.of_open(name, &store, error))).collect()
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
        let checked = match (&entry.config, entry.open().get()) {
            (_, Some(store)) => store.check(request),
            (Some(config), None) => config.check(request),
            (None, None) => Ok(()),
        };
        checked.map_err(|error| self.about(name, error))
    }

    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        let name = request.store().unwrap_or(&self.default);
        let store = self.opened(name).await?;
        let answer = match request.store() {
            None => store.fetch(request).await,
            Some(_) => store.fetch(&request.within_store()).await,
        };
        answer.map_err(|error| self.of_open(name, &store, error))
    }

    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        // As most plans are: one store, and nothing to sort.
        if requests.iter().all(|request| request.store().is_none()) {
            let store = match self.opened(&self.default).await {
                Ok(store) => store,
                Err(error) => return requests.iter().map(|_| Err(error.clone())).collect(),
            };
            let answers = store.fetch_many(requests).await;
            let errors = answers.iter().filter_map(|answer| answer.as_ref().err());
            errors.for_each(|error| self.close_if_refused(&self.default, &store, error));
            return answers;
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
        let mut results = Results::of(requests.len());
        for ((_, places), answers) in groups.iter().zip(join_all(fetches.collect::<Vec<_>>()).await) {
            results.put_all(places.iter().copied().zip(answers));
        }
        results.in_order()
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        let name = find.store().unwrap_or(&self.default);
        let store = self.opened(name).await?;
        store.find(&find.within_store()).await.map_err(|error| self.of_open(name, &store, error))
    }
}

impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |is_open: bool| -> Vec<&str> {
            let stores = self.stores.iter().filter(|(_, entry)| entry.open().initialized() == is_open);
            stores.map(|(name, _)| name.as_str()).collect()
        };
        f.debug_struct("Stores")
            .field("default", &self.default.as_str())
            .field("open", &names(true))
            .field("closed", &names(false))
            .finish()
    }
}
