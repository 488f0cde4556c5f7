//! The way to Secrets Manager: one client per region.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_config::retry::RetryConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{Builder, Config, Region as SdkRegion};
use tokio::sync::OnceCell;

use super::endpoint::url_of_region;
use crate::error::{ErrorKind, Failure, Result, Setting};
use crate::secret::Region;
use crate::store::identity::{Endpoint, Identity, Loader, Settings};
use crate::store::transport::{Expecting, authority};
use crate::text::quoted;

/// The way to Secrets Manager, in every region that is asked for.
pub(crate) struct Connection {
    origin: Origin,
    /// From the builder, the environment, the profile or a given client: known without the network.
    configured_region: Option<Region>,
    clients: Mutex<HashMap<Region, Client>>,
}

enum Origin {
    /// Found from the settings when the first secret is fetched.
    Found(Box<Found>),
    /// The caller's own.
    Given(Box<Config>),
}

struct Found {
    loader: Loader,
    endpoint: Endpoint,
    loaded: OnceCell<Loaded>,
}

struct Loaded {
    identity: Identity,
    config: Config,
    /// Host and port of Secrets Manager, if they are configured.
    endpoint: Option<String>,
}

impl Connection {
    pub(crate) fn new(settings: Settings, endpoint: Endpoint, configured_region: Option<Region>) -> Self {
        let found = Found { loader: Loader::new(settings), endpoint, loaded: OnceCell::new() };
        Connection { origin: Origin::Found(Box::new(found)), configured_region, clients: Mutex::default() }
    }

    /// On a configuration that the caller made. Its retries are switched off: see [`AwsSecretStore`](crate::AwsSecretStore).
    pub(crate) fn from_config(config: Config) -> Self {
        let configured_region = config.region().and_then(|region| region.as_ref().parse().ok());
        let config = config.to_builder().retry_config(RetryConfig::disabled()).build();
        Connection { origin: Origin::Given(Box::new(config)), configured_region, clients: Mutex::default() }
    }

    /// Whether the caller has made the clients' configuration, with limits of its own.
    pub(crate) fn is_given(&self) -> bool {
        matches!(self.origin, Origin::Given(_))
    }

    pub(crate) fn configured_region(&self) -> Option<&Region> {
        self.configured_region.as_ref()
    }

    /// Host and port of Secrets Manager, if they were configured.
    pub(crate) fn endpoint(&self) -> Option<&str> {
        match &self.origin {
            Origin::Found(found) => match found.loaded.get() {
                Some(loaded) => loaded.endpoint.as_deref(),
                None => found.endpoint.authority(),
            },
            Origin::Given(_) => None,
        }
    }

    /// The region that a request without one goes to. Asks the network only if nothing names one.
    pub(crate) async fn default_region(&self) -> Result<Region> {
        if let Some(region) = &self.configured_region {
            return Ok(region.clone());
        }
        let discovered = match &self.origin {
            Origin::Found(found) => found.loader.discovered_region().await,
            Origin::Given(_) => None,
        };
        discovered.ok_or_else(|| {
            Failure::new(ErrorKind::Config, "no AWS region is configured")
                .with_hint("give the secret by its ARN, or set AWS_REGION or the region of the run")
                .with_setting(Setting::Region)
                .into()
        })
    }

    /// A client for `region`, once there are credentials.
    pub(crate) async fn client(&self, region: &Region) -> Result<Client> {
        match &self.origin {
            Origin::Given(config) => Ok(self.client_on(config, region)),
            Origin::Found(found) => {
                let transport = found.loader.transport();
                let is_first = !self.clients().contains_key(region);
                let expecting = Expecting::requests_of(transport);
                if is_first && let Some(url) = found.endpoint.url() {
                    transport.begin_connection(url).await;
                }
                // STS is asked in the default region, and without one where the first secret is.
                let default = self.configured_region.as_ref().unwrap_or(region);
                let loaded = found.loaded.get_or_try_init(|| load(found, default)).await?;
                if is_first {
                    let at = match &loaded.endpoint {
                        Some(endpoint) => Some(endpoint.clone()),
                        None => match url_of_region(&loaded.identity.shared, region).await {
                            Some(url) => {
                                transport.begin_connection(&url).await;
                                Some(authority(&url))
                            }
                            None => None,
                        },
                    };
                    let at = at.map(|at| format!(" at {}", quoted(&at))).unwrap_or_default();
                    tracing::info!(target: "secretfetch::aws", "asking Secrets Manager in {region}{at}");
                }
                loaded.identity.credentials.ready().await?;
                expecting.keep();
                Ok(self.client_on(&loaded.config, region))
            }
        }
    }

    fn client_on(&self, config: &Config, region: &Region) -> Client {
        let client = || {
            let region = SdkRegion::new(region.as_str().to_owned());
            Client::from_conf(config.to_builder().region(region).build())
        };
        self.clients().entry(region.clone()).or_insert_with(client).clone()
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<Region, Client>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the trust roots, after they have been of no use.
    pub(crate) fn forget_roots(&self) {
        if let Origin::Found(found) = &self.origin {
            found.loader.transport().forget_roots();
        }
    }

    /// Forgets credentials that AWS has rejected, so that a later attempt asks for new ones.
    pub(crate) async fn forget_credentials(&self) {
        if let Origin::Found(found) = &self.origin
            && let Some(loaded) = found.loaded.get()
        {
            loaded.identity.credentials.forget().await;
        }
    }
}

async fn load(found: &Found, region: &Region) -> Result<Loaded> {
    let identity = found.loader.load(region).await?;
    let url = found.endpoint.configured_url(&identity.shared)?;
    let mut config = Builder::from(&identity.shared);
    config.set_credentials_provider(Some(SharedCredentialsProvider::new(identity.credentials.clone())));
    let endpoint = url.as_deref().map(authority);
    config.set_endpoint_url(url);
    Ok(Loaded { config: config.build(), endpoint, identity })
}
