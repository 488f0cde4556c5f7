//! Identities and connections that several stores have in common.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::endpoint::Endpoint;
use super::loader::Loader;
use super::region::configured_region;
use super::role::{check_external_id, check_role_arn};
use super::service::Service;
use super::session::Session;
use super::settings::Settings;
use crate::error::Result;
use crate::secret::Region;
use crate::store::transport::Transport;

/// The longest times of steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// Of a connection: name look-up, TCP and TLS.
    pub(crate) connect: Duration,
    /// Of a request, from connecting to the answer's last byte.
    pub(crate) attempt: Duration,
    /// To find credentials, over all sources.
    pub(crate) credentials: Duration,
}

impl Default for Times {
    fn default() -> Self {
        // The first is the SDK's own, which most networks never need.
        Times {
            connect: Duration::from_millis(3100),
            attempt: Duration::from_secs(10),
            credentials: Duration::from_secs(10),
        }
    }
}

/// Who asks: what two stores must have in common to be one caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) profile: Option<String>,
    pub(crate) role_arn: Option<String>,
    pub(crate) external_id: Option<String>,
    /// Where STS is asked.
    pub(crate) region: Option<Region>,
}

/// The one HTTP client of a run, and its callers: stores that ask as the same one find its credentials once.
#[derive(Default)]
pub(crate) struct Identities {
    times: Times,
    transport: Mutex<Option<Transport>>,
    known: Mutex<Vec<(Who, Arc<Loader>)>>,
}

impl Identities {
    pub(crate) fn new(times: Times) -> Self {
        Identities { times, ..Identities::default() }
    }

    /// The way of a caller to a service, at another endpoint than the environment's or AWS's own if one is given.
    pub(crate) async fn session(
        &self,
        service: &'static Service,
        who: Who,
        endpoint_url: Option<String>,
    ) -> Result<Session> {
        let endpoint = Endpoint::new(service, endpoint_url)?;
        let (loader, region) = self.loader(who).await?;
        Ok(Session::new(service, loader, endpoint, region))
    }

    /// Checks who asks, and finds the region of requests that name none; reads the profile files if no region is given.
    async fn loader(&self, mut who: Who) -> Result<(Arc<Loader>, Option<Region>)> {
        check(&who)?;
        let transport = self.transport()?;
        if who.region.is_none() {
            who.region = configured_region(who.profile.as_deref()).await?;
        }
        let region = who.region.clone();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, loader)) = known.iter().find(|(other, _)| *other == who) {
            return Ok((loader.clone(), region));
        }
        let loader = Arc::new(Loader::new(Settings {
            profile: who.profile.clone(),
            role_arn: who.role_arn.clone(),
            external_id: who.external_id.clone(),
            connect_timeout: self.times.connect,
            credentials_timeout: self.times.credentials,
            transport,
        }));
        known.push((who, loader.clone()));
        Ok((loader, region))
    }

    /// With the trust roots and the proxy that the environment names.
    pub(crate) fn transport(&self) -> Result<Transport> {
        let mut transport = self.transport.lock().unwrap_or_else(PoisonError::into_inner);
        match &*transport {
            Some(transport) => Ok(transport.clone()),
            None => {
                let made = Transport::from_environment(self.times.connect, self.times.attempt)?;
                Ok(transport.insert(made).clone())
            }
        }
    }
}

/// Checks what was given of a caller.
fn check(who: &Who) -> Result<()> {
    if let Some(arn) = &who.role_arn {
        check_role_arn(arn)?;
    }
    who.external_id.as_ref().map_or(Ok(()), |id| check_external_id(id, who.role_arn.is_some()))
}
