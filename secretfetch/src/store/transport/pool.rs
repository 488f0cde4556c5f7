//! The pool that keeps connections, and a request over one of them.

use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use hyper::Uri;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::rt::TokioExecutor;
use tokio::time::error::Elapsed;

use super::cause::{BoxError, find};
use super::connector::Connector;
use super::stale;

/// Connections that are kept for the next request, over HTTP/1.1.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    client: Client<Connector, SdkBody>,
    connector: Connector,
    read_timeout: Option<Duration>,
}

impl Pool {
    /// `read_timeout` is the longest time from a request's begin to the head of its answer.
    pub(super) fn new(connector: Connector, read_timeout: Option<Duration>) -> Self {
        // What is idle ends when the other side ends it, or no longer answers the system's own probes: a timer here would
        // wake a process that has nothing to do, and close what its next request could use.
        let client = Client::builder(TokioExecutor::new()).pool_idle_timeout(None).build(connector.clone());
        Pool { client, connector, read_timeout }
    }

    /// Begins a connection for the first request to the host of `uri`, which tells what fails.
    pub(super) fn begin(&self, uri: Uri) {
        self.connector.begin(uri);
    }

    /// Gives up connections that were begun for requests which have not come.
    pub(super) fn forget_begun(&self) {
        self.connector.forget_begun();
    }

    pub(super) fn send(
        &self,
        request: HttpRequest,
    ) -> impl Future<Output = Result<HttpResponse, ConnectorError>> + use<> {
        let (client, read_timeout) = (self.client.clone(), self.read_timeout);
        async move {
            let mut request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let captured = capture_connection(&mut request);
            if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
                capture.set_connection_retriever(move || metadata(&captured));
            }
            let answer = stale::send(&client, request);
            let response = match read_timeout {
                None => answer.await.map_err(|error| connector_error(error.into()))?,
                Some(time) => match tokio::time::timeout(time, answer).await {
                    Ok(answer) => answer.map_err(|error| connector_error(error.into()))?,
                    Err(elapsed) => return Err(connector_error(elapsed.into())),
                },
            };
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        }
    }
}

/// What the SDK is told of a connection, by which it keeps a failing one from being used again.
fn metadata(captured: &CaptureConnection) -> Option<ConnectionMetadata> {
    captured.connection_metadata().as_ref()?;
    let captured = captured.clone();
    let poison = move || {
        if let Some(connection) = captured.connection_metadata().as_ref() {
            connection.poison();
        }
    };
    Some(ConnectionMetadata::builder().proxied(false).poison_fn(poison).build())
}

/// The class decides only the SDK's own retries, which are off; a time limit is told to the user.
fn connector_error(error: BoxError) -> ConnectorError {
    let is_user = |error: &hyper::Error| error.is_user();
    if find::<Elapsed>(error.as_ref()).is_some() {
        ConnectorError::timeout(error)
    } else if find::<hyper::Error>(error.as_ref()).is_some_and(is_user) {
        ConnectorError::user(error)
    } else {
        ConnectorError::io(error)
    }
}
