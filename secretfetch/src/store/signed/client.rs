//! Sends requests to one service, in every region that is asked.

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;

use super::endpoint::Api;
use super::request::Request;
use crate::error::{Error, Result};
use crate::secret::Region;
use crate::store::identity::{Opened, Session, not_signed};
use crate::store::transport::{Response, TransportError, find, no_answer};

/// The way to one service.
pub(crate) struct SignedClient {
    api: &'static Api,
    session: Session,
}

/// Why a request has no answer.
pub(crate) enum Unanswered {
    /// There are no credentials, or they cannot be used: a matter of no single request.
    Credentials(Error),
    /// The answer has more bytes than it may.
    TooLarge,
    /// Nobody answered, or the answer broke off.
    NoAnswer(Error),
}

impl SignedClient {
    pub(crate) fn new(api: &'static Api, session: Session) -> Self {
        SignedClient { api, session }
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// Waits until requests to the service in a region can be sent.
    pub(crate) async fn ready<'a>(&'a self, region: &'a Region) -> Result<Ready<'a>, Unanswered> {
        let url = |shared: &SdkConfig, region: &Region| Some(self.api.url_of_region(shared, region));
        let opened = self.session.ready(region, &url).await.map_err(Unanswered::Credentials)?;
        Ok(Ready { client: self, opened, region })
    }

    /// Sends a request to the service in a region, as [`Ready::send`].
    pub(crate) async fn send(&self, region: &Region, request: Request, longest: u64) -> Result<Response, Unanswered> {
        self.ready(region).await?.send(request, longest).await
    }
}

/// The way to the service in one region, with credentials.
pub(crate) struct Ready<'a> {
    client: &'a SignedClient,
    opened: &'a Opened,
    region: &'a Region,
}

impl Ready<'_> {
    /// Whether the service is at a URL that is configured, and not at AWS's own.
    pub(crate) fn is_configured(&self) -> bool {
        self.opened.url.is_some()
    }

    /// Sends a request. Every answer is one, whatever its status; it has at most `longest` bytes.
    pub(crate) async fn send(self, request: Request, longest: u64) -> Result<Response, Unanswered> {
        let Ready { client: SignedClient { api, session }, opened, region } = self;
        let credentials = opened.identity.credentials.provide_credentials().await;
        let credentials = credentials.map_err(|error| Unanswered::Credentials(not_signed(&error)))?;
        let base = opened.url.clone().unwrap_or_else(|| api.url_of_region(&opened.identity.shared, region));
        let request = request.signed(api, &base, region, credentials).map_err(Unanswered::NoAnswer)?;
        session.transport().send(request, longest).await.map_err(|error| match find::<TransportError>(&error) {
            Some(TransportError::TooLarge { .. }) => Unanswered::TooLarge,
            _ => Unanswered::NoAnswer(no_answer(&error).into()),
        })
    }
}
