//! From settings to clients: what region, which credentials, one client per region.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_config::identity::IdentityCache;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{Config, Region as SdkRegion};
use aws_types::origin::Origin as SettingOrigin;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::credentials::SharedCredentials;
use super::endpoint::{self, Service, authority};
use super::http::Expecting;
use super::profiles;
use super::roles::Role;
use super::settings::{APP_NAME, Settings};
use super::sources::{self, Found, Metadata, Source};
use crate::call::{self, Call};
use crate::error::{ErrorKind, Failure, Result, Setting};
use crate::secret::Region;
use crate::text::quoted;

/// The way to Secrets Manager, in every region that is asked for.
pub(super) struct Connection {
    origin: Origin,
    /// From the builder, the environment, the profile or a given client: known without the network.
    configured_region: Option<Region>,
    clients: Mutex<HashMap<Region, Client>>,
}

enum Origin {
    /// Found from the settings when the first secret is fetched.
    Found(Box<Lookup>),
    /// The caller's own.
    Given(Box<Config>),
}

struct Lookup {
    settings: Arc<Settings>,
    loaded: OnceCell<Loaded>,
    /// From instance metadata.
    discovered_region: OnceCell<Region>,
    metadata: Metadata,
}

struct Loaded {
    /// What all clients have in common.
    shared: SdkConfig,
    config: Config,
    /// Host and port of Secrets Manager, if they are configured.
    endpoint: Option<String>,
    credentials: SharedCredentials,
}

impl Connection {
    pub(super) fn new(settings: Settings, configured_region: Option<Region>) -> Self {
        let lookup = Lookup {
            settings: Arc::new(settings),
            loaded: OnceCell::new(),
            discovered_region: OnceCell::new(),
            metadata: Metadata::default(),
        };
        Connection { origin: Origin::Found(Box::new(lookup)), configured_region, clients: Mutex::default() }
    }

    /// On a configuration that the caller made. Its retries are switched off: see [`super::AwsSecretStore`].
    pub(super) fn from_config(config: Config) -> Self {
        let configured_region = config.region().and_then(|region| region.as_ref().parse().ok());
        let config = config.to_builder().retry_config(RetryConfig::disabled()).build();
        Connection { origin: Origin::Given(Box::new(config)), configured_region, clients: Mutex::default() }
    }

    pub(super) fn configured_region(&self) -> Option<&Region> {
        self.configured_region.as_ref()
    }

    /// Host and port of Secrets Manager, if they were configured.
    pub(super) fn endpoint(&self) -> Option<&str> {
        match &self.origin {
            Origin::Found(lookup) => match lookup.loaded.get() {
                Some(loaded) => loaded.endpoint.as_deref(),
                None => lookup.settings.endpoint.as_deref(),
            },
            Origin::Given(_) => None,
        }
    }

    /// The region that a request without one goes to. Asks the network only if nothing names one.
    pub(super) async fn default_region(&self) -> Result<Region> {
        if let Some(region) = &self.configured_region {
            return Ok(region.clone());
        }
        let discovered = match &self.origin {
            Origin::Found(lookup) => {
                lookup.discovered_region.get_or_try_init(|| instance_region(lookup)).await.ok().cloned()
            }
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
    pub(super) async fn client(&self, region: &Region) -> Result<Client> {
        match &self.origin {
            Origin::Given(config) => Ok(self.client_on(config, region)),
            Origin::Found(lookup) => {
                let Settings { endpoint_url, transport, .. } = &*lookup.settings;
                let is_first = !self.clients().contains_key(region);
                let expecting = Expecting::requests_of(transport);
                if is_first && let Some(url) = endpoint_url {
                    transport.begin_connection(url).await;
                }
                // STS is asked in the default region, and without one where the first secret is.
                let default = self.configured_region.as_ref().unwrap_or(region);
                let loaded = lookup.loaded.get_or_try_init(|| load(lookup, default)).await?;
                if is_first {
                    let at = match &loaded.endpoint {
                        Some(endpoint) => Some(endpoint.clone()),
                        None => match endpoint::url_of_region(&loaded.shared, region).await {
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
                loaded.credentials.ready().await?;
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
    pub(super) fn forget_roots(&self) {
        if let Origin::Found(lookup) = &self.origin {
            lookup.settings.transport.forget_roots();
        }
    }

    /// Forgets credentials that AWS has rejected, so that a later attempt asks for new ones.
    pub(super) async fn forget_credentials(&self) {
        if let Origin::Found(lookup) = &self.origin
            && let Some(loaded) = lookup.loaded.get()
        {
            loaded.credentials.forget().await;
        }
    }
}

/// The region of the environment or the profile.
pub(super) async fn configured_region(profile: Option<&str>) -> Result<Option<Region>> {
    profiles::check_files()?;
    let mut from_profile = ProfileFileRegionProvider::builder();
    if let Some(name) = profile.or(default_profile()) {
        from_profile = from_profile.profile_name(name);
    }
    // The first of the variables that is not empty; the SDK's own provider stops at an empty one.
    let from_environment = ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|region| !region.is_empty()))
        .map(SdkRegion::new);
    let chain = RegionProviderChain::first_try(from_environment).or_else(from_profile.build());
    match chain.region().await.as_ref().map(AsRef::as_ref) {
        None | Some("") => Ok(None),
        Some(name) => name.parse().map(Some).map_err(|error: crate::secret::ParseRegionError| {
            Failure::new(ErrorKind::Config, error.to_string())
                .with_hint("check AWS_REGION, AWS_DEFAULT_REGION and the profile's `region`")
                .into()
        }),
    }
}

/// `AWS_PROFILE` that is set to nothing counts as not set; to the SDK it would name a profile.
fn default_profile() -> Option<&'static str> {
    let empty = std::env::var_os("AWS_PROFILE").is_some_and(|name| name.is_empty());
    empty.then_some("default")
}

async fn instance_region(lookup: &Lookup) -> Result<Region, NoRegion> {
    tracing::debug!("no region is configured: asking instance metadata");
    let config = sources::provider_config(&lookup.settings, None);
    let provider =
        ImdsRegionProvider::builder().configure(&config).imds_client(lookup.metadata.client(&lookup.settings)).build();
    let limit = Call::current().limit(lookup.settings.credentials_timeout);
    let found = call::until(Instant::now() + limit, provider.region()).await.flatten();
    found.and_then(|region| region.as_ref().parse().ok()).ok_or(NoRegion)
}

/// Instance metadata names no region, for whatever reason.
struct NoRegion;

async fn load(lookup: &Lookup, region: &Region) -> Result<Loaded> {
    let settings = &lookup.settings;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(settings.transport.clone())
        .region(SdkRegion::new(region.as_str().to_owned()))
        .timeout_config(settings.timeouts())
        // The Fetcher is the one that retries, for STS as well.
        .retry_config(RetryConfig::disabled())
        // The time for an attempt bounds the body too: a second watch over it adds nothing.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .identity_cache(IdentityCache::no_cache());
    if let Ok(name) = AppName::new(APP_NAME) {
        loader = loader.app_name(name);
    }
    if let Some(name) = settings.profile.as_deref().or(default_profile()) {
        loader = loader.profile_name(name);
    }
    let shared = loader.no_credentials().load().await;
    let sts = for_sts(&shared);
    let found = Found {
        settings: settings.clone(),
        shared: shared.clone(),
        sts: sts.clone(),
        metadata: lookup.metadata.clone(),
    };
    let provider = match &settings.role_arn {
        None => SharedCredentialsProvider::new(found),
        Some(arn) => {
            let role = Role { arn: arn.clone(), external_id: settings.external_id.clone(), ..Role::default() };
            SharedCredentialsProvider::new(role.assumed_by(found, Source::AssumedRole, &sts?).await)
        }
    };
    // The sources bound themselves, and so does each request to STS.
    let credentials = SharedCredentials::new(provider, settings.profile.clone());
    let mut config = aws_sdk_secretsmanager::config::Builder::from(&shared);
    config.set_credentials_provider(Some(SharedCredentialsProvider::new(credentials.clone())));
    // Only for Secrets Manager, as in the AWS CLI: STS has its own endpoint.
    let url = match &settings.endpoint_url {
        Some(url) if settings.is_endpoint_given => Some(url.clone()),
        _ => Service::SecretsManager.configured_url(&shared)?,
    };
    if url.is_some() {
        endpoint::check_variants(&shared)?;
    }
    url.as_deref().map(endpoint::tell_if_plain);
    let endpoint = url.as_deref().map(authority);
    config.set_endpoint_url(url);
    Ok(Loaded { shared, config: config.build(), endpoint, credentials })
}

/// The same for clients of STS, at the endpoint that is configured for it.
fn for_sts(shared: &SdkConfig) -> Result<SdkConfig> {
    let mut config = shared.to_builder();
    config.set_endpoint_url(Service::Sts.configured_url(shared)?);
    // Decided, so that the client does not look into the environment and the profile again.
    config.insert_origin("endpoint_url", SettingOrigin::shared_config());
    Ok(config.build())
}
