//! The way to one service: who asks, where, and when requests can be sent.

use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use tokio::sync::OnceCell;

use super::endpoint::Endpoint;
use super::loader::{Identity, Loader};
use super::service::Service;
use crate::error::{Error, ErrorKind, Failure, Result, Setting};
use crate::secret::Region;
use crate::store::transport::{Expecting, Transport, authority};
use crate::text::quoted;

/// What the requests of one store to one service have in common. Nothing is asked of the network before the first of them.
pub(crate) struct Session {
    service: &'static Service,
    loader: Arc<Loader>,
    endpoint: Endpoint,
    /// From an option, the environment or the profile: known without the network.
    configured_region: Option<Region>,
    opened: OnceCell<Opened>,
    /// The regions that have been asked.
    asked: Mutex<Vec<Region>>,
}

/// What is known once the configuration has been read.
pub(crate) struct Opened {
    pub(crate) identity: Identity,
    /// The service's URL, if it is configured.
    pub(crate) url: Option<String>,
    /// Host and port of that.
    authority: Option<String>,
}

impl Session {
    pub(crate) fn new(
        service: &'static Service,
        loader: Arc<Loader>,
        endpoint: Endpoint,
        configured_region: Option<Region>,
    ) -> Self {
        Session { service, loader, endpoint, configured_region, opened: OnceCell::new(), asked: Mutex::default() }
    }

    pub(crate) fn configured_region(&self) -> Option<&Region> {
        self.configured_region.as_ref()
    }

    pub(crate) fn transport(&self) -> &Transport {
        self.loader.transport()
    }

    /// Host and port of the service, if they are configured.
    pub(crate) fn endpoint(&self) -> Option<&str> {
        match self.opened.get() {
            Some(opened) => opened.authority.as_deref(),
            None => self.endpoint.authority(),
        }
    }

    /// The region that a request without one goes to. Asks the network only if nothing names one.
    pub(crate) async fn default_region(&self) -> Result<Region> {
        if let Some(region) = &self.configured_region {
            return Ok(region.clone());
        }
        self.loader.discovered_region().await.ok_or_else(no_region)
    }

    /// Waits until requests to `region` can be sent: there are credentials, and a connection is under way. `url_of_region`
    /// tells where the service is in a region, as far as that is not configured.
    pub(crate) async fn ready(
        &self,
        region: &Region,
        url_of_region: &(dyn Fn(&SdkConfig, &Region) -> Option<String> + Sync),
    ) -> Result<&Opened> {
        let transport = self.transport();
        let is_first = !self.asked.lock().unwrap_or_else(PoisonError::into_inner).contains(region);
        let expecting = Expecting::requests_of(transport);
        if is_first && let Some(url) = self.endpoint.url() {
            transport.begin_connection(url).await;
        }
        // STS is asked in the default region, and without one where the first secret is.
        let default = self.configured_region.as_ref().unwrap_or(region);
        let opened = self.opened.get_or_try_init(|| self.open(default)).await?;
        if is_first {
            let at = match &opened.authority {
                Some(endpoint) => Some(endpoint.clone()),
                None => match url_of_region(&opened.identity.shared, region) {
                    Some(url) => {
                        transport.begin_connection(&url).await;
                        Some(authority(&url))
                    }
                    None => None,
                },
            };
            let at = at.map(|at| format!(" at {}", quoted(&at))).unwrap_or_default();
            tracing::info!(target: "secretfetch::aws", "asking {} in {region}{at}", self.service.name);
        }
        opened.identity.credentials.ready().await?;
        expecting.keep();
        if is_first {
            self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(region.clone());
        }
        Ok(opened)
    }

    async fn open(&self, region: &Region) -> Result<Opened> {
        let identity = self.loader.identity(region).await?.clone();
        let url = self.endpoint.configured_url(&identity.shared)?;
        Ok(Opened { identity, authority: url.as_deref().map(authority), url })
    }

    /// What was rejected is not used again: a later attempt looks for new credentials, and reads the trust roots anew.
    pub(crate) async fn note_rejection(&self, failed: impl IntoIterator<Item = &Error>) {
        let (mut credentials, mut roots) = (false, false);
        for failure in failed.into_iter().flat_map(Error::failures) {
            credentials |= failure.kind() == ErrorKind::CredentialsRejected;
            // A bundle that cannot be read is a matter of the configuration.
            roots |= matches!(failure.kind(), ErrorKind::UntrustedCertificate | ErrorKind::Config);
        }
        if roots {
            self.transport().forget_roots();
        }
        if let Some(opened) = self.opened.get().filter(|_| credentials) {
            opened.identity.credentials.forget().await;
        }
    }
}

/// What there is to say where nothing names a region.
pub(crate) fn no_region() -> Error {
    Failure::new(ErrorKind::Config, "no AWS region is configured")
        .with_hint("give the secret by its ARN, or set AWS_REGION or the region of the run")
        .with_setting(Setting::Region)
        .into()
}
