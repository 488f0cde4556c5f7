//! The one HTTP client: for Secrets Manager, for STS and for the credential endpoints.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;
use rustls::ClientConfig;
use rustls::crypto::ring;

use super::connector::{Connector, Pool};
use super::proxy::Proxy;
use super::trust::Roots;
use crate::error::{Error, ErrorKind, Failure, Result};

/// The longest answer that is read, in bytes.
///
/// A batch holds at most 20 secrets of 64 KiB. JSON escapes a byte as at most six (`\u0001`), which
/// makes 7.5 MiB; twice that leaves room for names, labels and errors.
pub(super) const LONGEST_ANSWER: usize = 16 * 1024 * 1024;

/// Why no usable answer came over the network, with what a message needs to say about it.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransportError {
    /// The trust roots or the TLS settings are wrong: nothing was sent.
    #[error("the TLS configuration is not usable")]
    Unusable(Error),
    /// The connection could not be made or broke.
    #[error("no answer from the endpoint")]
    Connection {
        /// Host and port of the endpoint.
        endpoint: String,
        /// The proxy in between.
        proxy: Option<String>,
        source: ConnectorError,
    },
    /// The answer announces more than [`LONGEST_ANSWER`] bytes.
    #[error("the answer is too large")]
    TooLarge,
}

/// An [`HttpClient`] that
///
/// - reads the trust roots when the first https request is made, and only once: an endpoint over http
///   (a local fake, a credential endpoint) needs none;
/// - has one pool of TLS connections, whatever the timeouts of the caller;
/// - bounds the size of answers;
/// - names the endpoint and the proxy in its errors.
#[derive(Clone, Debug)]
pub(super) struct Transport(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    connect_timeout: Duration,
    roots: Roots,
    proxy: Option<Arc<Proxy>>,
    secure: OnceLock<Result<Pool>>,
    /// By connect and read timeout; two or three of them (instance metadata has its own).
    connectors: Mutex<Vec<(Timeouts, SharedHttpConnector)>>,
}

type Timeouts = (Option<Duration>, Option<Duration>);

impl Transport {
    pub(super) fn new(connect_timeout: Duration, roots: Roots, proxy: Option<Proxy>) -> Self {
        Transport(Arc::new(Shared {
            connect_timeout,
            roots,
            proxy: proxy.map(Arc::new),
            secure: OnceLock::new(),
            connectors: Mutex::default(),
        }))
    }
}

impl HttpClient for Transport {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self.0.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, connector)) = connectors.iter().find(|(key, _)| *key == timeouts) {
            return connector.clone();
        }
        let connector = SharedHttpConnector::new(Dispatch {
            shared: self.0.clone(),
            plain: Pool::new(Connector::plain(settings.connect_timeout()), settings.read_timeout()),
        });
        connectors.push((timeouts, connector.clone()));
        connector
    }
}

/// Sends https requests over the shared pool and http requests over its own.
#[derive(Debug)]
struct Dispatch {
    shared: Arc<Shared>,
    plain: Pool,
}

impl HttpConnector for Dispatch {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri = request.uri();
        let endpoint = authority(uri);
        let secure = uri.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
        let (pool, proxy) = if secure {
            (self.shared.secure(), self.shared.proxy.as_ref().and_then(|proxy| proxy.describe_for(uri)))
        } else {
            (Ok(&self.plain), None)
        };
        let answer = match pool {
            Ok(pool) => pool.send(request),
            Err(error) => {
                let error = TransportError::Unusable(error.clone());
                return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
            }
        };
        HttpConnectorFuture::new(async move {
            match answer.await {
                Ok(response) => bounded(response),
                Err(source) => Err(named(source, endpoint, proxy)),
            }
        })
    }
}

impl Shared {
    fn secure(&self) -> Result<&Pool, &Error> {
        self.secure
            .get_or_init(|| {
                let roots = self.roots.load()?;
                let mut tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                    .with_safe_default_protocol_versions()
                    .map_err(|_| Failure::new(ErrorKind::Internal, "the TLS client cannot be built"))?
                    .with_root_certificates(roots)
                    .with_no_client_auth();
                tls.alpn_protocols = vec![b"http/1.1".to_vec()];
                let connector = Connector::secure(Some(self.connect_timeout), Arc::new(tls), self.proxy.clone());
                Ok(Pool::new(connector, None))
            })
            .as_ref()
    }
}

/// Lets at most [`LONGEST_ANSWER`] bytes of the body through.
fn bounded(response: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let announced = response.headers().get("content-length").and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > LONGEST_ANSWER as u64) {
        return Err(ConnectorError::other(TransportError::TooLarge.into(), None));
    }
    Ok(response.map(|body| SdkBody::from_body_1_x(Limited::new(body, LONGEST_ANSWER))))
}

/// The same error, with the names of endpoint and proxy.
fn named(source: ConnectorError, endpoint: String, proxy: Option<String>) -> ConnectorError {
    let wrap: fn(Box<dyn std::error::Error + Send + Sync>) -> ConnectorError = if source.is_timeout() {
        ConnectorError::timeout
    } else if source.is_user() {
        ConnectorError::user
    } else {
        ConnectorError::io
    };
    wrap(TransportError::Connection { endpoint, proxy, source }.into())
}

/// Host and port of a URL, without user name and password.
pub(super) fn authority(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_has_no_user_name_and_no_path() {
        assert_eq!(
            authority("https://secretsmanager.eu-west-1.amazonaws.com/"),
            "secretsmanager.eu-west-1.amazonaws.com"
        );
        assert_eq!(authority("http://user:pass@proxy:3128/x?y"), "proxy:3128");
        assert_eq!(authority("http://[::1]:4566"), "[::1]:4566");
    }

    #[test]
    fn an_answer_that_announces_too_much_is_refused_before_it_is_read() {
        let mut response = HttpResponse::new(200.try_into().unwrap(), SdkBody::empty());
        response.headers_mut().insert("content-length", (LONGEST_ANSWER + 1).to_string());
        assert!(bounded(response).is_err());
    }
}
