//! The way to Secrets Manager: one client per region.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_config::retry::RetryConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{Builder, Config, Region as SdkRegion};
use tokio::sync::OnceCell;

use super::endpoint::url_of_region;
use crate::error::{Error, Result};
use crate::secret::Region;
use crate::store::identity::{Opened, Session, no_region};

/// The way to Secrets Manager, in every region that is asked for.
pub(crate) struct Connection {
    origin: Origin,
    clients: Mutex<HashMap<Region, Client>>,
}

enum Origin {
    /// Found from the settings when the first secret is fetched.
    Found(Box<Found>),
    /// The caller's own, and its region.
    Given(Box<(Config, Option<Region>)>),
}

struct Found {
    session: Session,
    config: OnceCell<Config>,
}

impl Connection {
    pub(crate) fn new(session: Session) -> Self {
        let found = Found { session, config: OnceCell::new() };
        Connection { origin: Origin::Found(Box::new(found)), clients: Mutex::default() }
    }

    /// On a configuration that the caller made. Its retries are switched off: see [`AwsSecretStore`](crate::AwsSecretStore).
    pub(crate) fn from_config(config: Config) -> Self {
        let region = config.region().and_then(|region| region.as_ref().parse().ok());
        let config = config.to_builder().retry_config(RetryConfig::disabled()).build();
        Connection { origin: Origin::Given(Box::new((config, region))), clients: Mutex::default() }
    }

    /// Whether the caller has made the clients' configuration, with limits of its own.
    pub(crate) fn is_given(&self) -> bool {
        self.session().is_none()
    }

    fn session(&self) -> Option<&Session> {
        match &self.origin {
            Origin::Found(found) => Some(&found.session),
            Origin::Given(_) => None,
        }
    }

    pub(crate) fn configured_region(&self) -> Option<&Region> {
        match &self.origin {
            Origin::Found(found) => found.session.configured_region(),
            Origin::Given(given) => given.1.as_ref(),
        }
    }

    /// Host and port of Secrets Manager, if they were configured.
    pub(crate) fn endpoint(&self) -> Option<&str> {
        self.session()?.endpoint()
    }

    /// The region that a request without one goes to. Asks the network only if nothing names one.
    pub(crate) async fn default_region(&self) -> Result<Region> {
        match &self.origin {
            Origin::Found(found) => found.session.default_region().await,
            Origin::Given(given) => given.1.clone().ok_or_else(no_region),
        }
    }

    /// A client for `region`, once there are credentials.
    pub(crate) async fn client(&self, region: &Region) -> Result<Client> {
        match &self.origin {
            Origin::Given(given) => Ok(self.client_on(&given.0, region)),
            Origin::Found(found) => {
                let opened = found.session.ready(region, &url_of_region).await?;
                let config = found.config.get_or_init(|| async { config(opened) }).await;
                Ok(self.client_on(config, region))
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

    /// What was rejected is not used again.
    pub(crate) async fn note_rejection(&self, failed: impl IntoIterator<Item = &Error>) {
        if let Some(session) = self.session() {
            session.note_rejection(failed).await;
        }
    }
}

fn config(opened: &Opened) -> Config {
    let mut config = Builder::from(&opened.identity.shared);
    config.set_credentials_provider(Some(SharedCredentialsProvider::new(opened.identity.credentials.clone())));
    config.set_endpoint_url(opened.url.clone());
    config.build()
}
