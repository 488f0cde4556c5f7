//! The one HTTP client: for Secrets Manager, for STS and for the credential endpoints.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::{LengthLimitError, Limited};
use hyper::body::{Body, Frame, SizeHint};
use hyper_util::client::legacy;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::{CipherSuite, ClientConfig};
use tokio::time::{Instant, Sleep};

use super::cause::{BoxError, find};
use super::connector::{Connector, Pool};
use super::endpoint::{authority, host};
use super::proxy::Proxy;
use super::resolver::SystemResolver;
use super::trust::Roots;
use super::verifier::RememberingVerifier;
use crate::call::Call;
use crate::error::{Error, ErrorKind, Failure, Result};

/// The longest answer that is read, in bytes.
///
/// A batch holds at most 20 secrets of 64 KiB. JSON escapes a byte as at most six (`\u0001`), which
/// makes 7.5 MiB; twice that leaves room for names, labels and errors.
pub(super) const LONGEST_ANSWER: usize = crate::bounds::ANSWER as usize;

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
    /// The time is over, for the connection or for the whole attempt.
    #[error("the time for a step is over")]
    Late {
        /// Host and port of the endpoint.
        endpoint: String,
        /// The proxy in between.
        proxy: Option<String>,
        /// What was waited for.
        waiting_for: WaitingFor,
        limit: Duration,
    },
    /// An answer began and did not come to its end.
    #[error("the answer broke off")]
    Broken {
        /// Host and port of the endpoint.
        endpoint: String,
        /// The proxy in between.
        proxy: Option<String>,
        source: BoxError,
    },
    /// The answer has more than [`LONGEST_ANSWER`] bytes.
    #[error("the answer is too large")]
    TooLarge,
}

/// What an attempt waited for when its time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitingFor {
    Lookup,
    Connection,
    Answer,
    /// An answer that had begun.
    Rest,
}

/// An [`HttpClient`] that
///
/// - reads the trust roots when the first https connection is begun, and again only after a certificate was refused: an
///   endpoint over http (a local fake, a credential endpoint) needs none;
/// - has one pool of TLS connections, whatever the timeouts of the caller;
/// - bounds the size of answers, and the time from the look-up of the name to an answer's last byte;
/// - names the endpoint and the proxy in its errors, and what was waited for.
#[derive(Clone, Debug)]
pub(super) struct Transport(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    connect_timeout: Duration,
    attempt_timeout: Duration,
    roots: Roots,
    proxy: Option<Arc<Proxy>>,
    resolver: SystemResolver,
    secure: Mutex<Option<Result<Pool>>>,
    /// By connect and read timeout; two or three of them (instance metadata has its own).
    connectors: Mutex<Vec<(Timeouts, SharedHttpConnector)>>,
}

type Timeouts = (Option<Duration>, Option<Duration>);

impl Transport {
    pub(super) fn new(
        connect_timeout: Duration,
        attempt_timeout: Duration,
        roots: Roots,
        proxy: Option<Proxy>,
    ) -> Self {
        Transport(Arc::new(Shared {
            connect_timeout,
            attempt_timeout,
            roots,
            proxy: proxy.map(Arc::new),
            resolver: SystemResolver::default(),
            secure: Mutex::default(),
            connectors: Mutex::default(),
        }))
    }

    /// Begins a connection for the first https request to this URL, and gives it two turns. What fails is told by that
    /// request.
    pub(super) async fn begin_connection(&self, url: &str) {
        if is_secure(url)
            && let Ok(pool) = self.0.secure()
            && let Ok(uri) = url.parse()
        {
            pool.begin(uri);
            // On a runtime with one thread nothing else runs until this task waits. The look-up or the connection is
            // begun at the first turn; where the host is an address and near, the first message of TLS is sent at the
            // second.
            for _ in 0..2 {
                tokio::task::yield_now().await;
            }
        }
    }

    fn forget_begun_connections(&self) {
        if let Some(Ok(pool)) = &*self.0.made() {
            pool.forget_begun();
        }
    }

    /// Reads the trust roots again for the next connection: the file may have been renewed since.
    pub(super) fn forget_roots(&self) {
        *self.0.made() = None;
    }
}

/// Gives up connections that were begun for requests, when it is dropped before they can be made: on a failure, and when
/// nobody waits any longer.
pub(super) struct Expecting<'a>(Option<&'a Transport>);

impl<'a> Expecting<'a> {
    pub(super) fn requests_of(transport: &'a Transport) -> Self {
        Expecting(Some(transport))
    }

    /// The requests can be made.
    pub(super) fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Expecting<'_> {
    fn drop(&mut self) {
        if let Some(transport) = self.0 {
            transport.forget_begun_connections();
        }
    }
}

fn is_secure(url: &str) -> bool {
    url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"))
}

impl HttpClient for Transport {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self.0.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, connector)) = connectors.iter().find(|(key, _)| *key == timeouts) {
            return connector.clone();
        }
        let plain = Connector::plain(timeouts.0, self.0.resolver.clone());
        let plain = Pool::new(plain, timeouts.1);
        let connector = SharedHttpConnector::new(Dispatch { shared: self.0.clone(), timeouts, plain });
        connectors.push((timeouts, connector.clone()));
        connector
    }
}

/// Sends https requests over the shared pool and http requests over its own.
#[derive(Debug)]
struct Dispatch {
    shared: Arc<Shared>,
    /// Of the plain connections.
    timeouts: Timeouts,
    plain: Pool,
}

impl HttpConnector for Dispatch {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri = request.uri();
        let endpoint = authority(uri);
        let secure = is_secure(uri);
        let proxy = self.shared.proxy.as_ref().filter(|_| secure).filter(|proxy| proxy.is_for(uri));
        let way = Way {
            first_host: host(proxy.map_or(endpoint.as_str(), |proxy| proxy.authority())).to_owned(),
            proxy: proxy.map(|proxy| proxy.describe()),
            endpoint,
            limit: Call::current().limit(self.shared.attempt_timeout),
        };
        let pool = if secure { self.shared.secure() } else { Ok(self.plain.clone()) };
        let answer = match pool {
            Ok(pool) => pool.send(request),
            Err(error) => {
                return HttpConnectorFuture::ready(Err(TransportError::Unusable(error).into()));
            }
        };
        let resolver = self.shared.resolver.clone();
        let (connect_timeout, read_timeout) = match secure {
            true => (Some(self.shared.connect_timeout), None),
            false => self.timeouts,
        };
        HttpConnectorFuture::new(async move {
            let end = Instant::now() + way.limit;
            let looking_up = || resolver.is_waiting_for(&way.first_host);
            match tokio::time::timeout_at(end, answer).await {
                Ok(Ok(response)) => bounded(response, way, end),
                Ok(Err(source)) if source.is_timeout() => {
                    let (waiting_for, limit) = match looking_up() {
                        true => (WaitingFor::Lookup, connect_timeout),
                        // Only what fails before there is a connection has an error of the pool around it.
                        false if find::<legacy::Error>(&source).is_some() => (WaitingFor::Connection, connect_timeout),
                        false => (WaitingFor::Answer, read_timeout),
                    };
                    Err(way.late(waiting_for, limit).into())
                }
                Ok(Err(source)) => Err(way.broken(source)),
                Err(_) => {
                    let waiting_for = if looking_up() { WaitingFor::Lookup } else { WaitingFor::Answer };
                    Err(way.late(waiting_for, None).into())
                }
            }
        })
    }
}

impl Shared {
    fn secure(&self) -> Result<Pool> {
        self.made().get_or_insert_with(|| self.make_secure()).clone()
    }

    fn made(&self) -> MutexGuard<'_, Option<Result<Pool>>> {
        self.secure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // Not inlined: its 20 KB of stack would be held by all that is called after it.
    #[inline(never)]
    fn make_secure(&self) -> Result<Pool> {
        let roots = self.roots.load()?;
        let cannot = || Failure::new(ErrorKind::Internal, "the TLS client cannot be built");
        let crypto = Arc::new(crypto());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), crypto.clone());
        let verifier = verifier.build().map_err(|_| cannot())?;
        let mut tls = ClientConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()
            .map_err(|_| cannot())?
            // What rustls calls any verifier but its own; this one asks its own.
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(RememberingVerifier::new(verifier)))
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Eight for each of eight hosts; the default has room for four times that, which is made at once.
        tls.resumption = Resumption::in_memory_sessions(64);
        let plain = Connector::plain(Some(self.connect_timeout), self.resolver.clone());
        Ok(Pool::new(plain.with_tls(Arc::new(tls), self.proxy.clone()), None))
    }
}

/// AWS-LC, with a key exchange that a quantum computer cannot undo first; the classic ones are for servers without it.
///
/// Of the suites AES-128 is first, as in browsers: its hash is SHA-256, which processors compute themselves; with
/// SHA-384 a run for one secret computes 1.5 % more.
fn crypto() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    provider
}

/// Where a request goes, and how long it may take: what an error says of it.
struct Way {
    endpoint: String,
    proxy: Option<String>,
    /// The name that is looked up: the proxy's, or the endpoint's own.
    first_host: String,
    limit: Duration,
}

impl Way {
    /// `limit` is that of a step; `None` for that of the whole attempt.
    fn late(self, waiting_for: WaitingFor, limit: Option<Duration>) -> TransportError {
        let limit = limit.unwrap_or(self.limit);
        TransportError::Late { endpoint: self.endpoint, proxy: self.proxy, waiting_for, limit }
    }

    fn broken(self, source: ConnectorError) -> ConnectorError {
        // The class decides only the SDK's own retries, which are off.
        let wrap: fn(BoxError) -> ConnectorError =
            if source.is_user() { ConnectorError::user } else { ConnectorError::io };
        wrap(TransportError::Connection { endpoint: self.endpoint, proxy: self.proxy, source }.into())
    }
}

impl From<TransportError> for ConnectorError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Late { .. } => ConnectorError::timeout(error.into()),
            TransportError::Unusable(_) => ConnectorError::user(error.into()),
            TransportError::Connection { .. } | TransportError::Broken { .. } => ConnectorError::io(error.into()),
            TransportError::TooLarge => ConnectorError::other(error.into(), None),
        }
    }
}

/// Lets at most [`LONGEST_ANSWER`] bytes of the body through, and none after `end`.
fn bounded(mut response: HttpResponse, way: Way, end: Instant) -> Result<HttpResponse, ConnectorError> {
    let announced = response.headers().get("content-length").and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > LONGEST_ANSWER as u64) {
        return Err(TransportError::TooLarge.into());
    }
    let body = Limited::new(response.take_body(), LONGEST_ANSWER);
    let timed = Timed { body, end: Box::pin(tokio::time::sleep_until(end)), way: Some(way) };
    *response.body_mut() = SdkBody::from_body_1_x(timed);
    Ok(response)
}

/// A body that must be complete in time.
struct Timed {
    body: Limited<SdkBody>,
    end: Pin<Box<Sleep>>,
    /// `None` once it has failed.
    way: Option<Way>,
}

impl Body for Timed {
    type Data = <SdkBody as Body>::Data;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let failure = match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(Some(Err(error))) => Some(error),
            Poll::Ready(frame) => return Poll::Ready(frame),
            Poll::Pending => {
                ready!(self.end.as_mut().poll(context));
                None
            }
        };
        let told = self.way.take().map(|way| match failure {
            Some(error) if error.is::<LengthLimitError>() => TransportError::TooLarge,
            Some(source) => TransportError::Broken { endpoint: way.endpoint, proxy: way.proxy, source },
            None => way.late(WaitingFor::Rest, None),
        });
        Poll::Ready(told.map(|error| Err(error.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind::WouldBlock;

    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Reads until the other side has closed.
    async fn end_of(stream: TcpStream) {
        loop {
            stream.readable().await.unwrap();
            match stream.try_read(&mut [0; 1024]) {
                Ok(1..) => {}
                Err(error) if error.kind() == WouldBlock => {}
                Ok(0) | Err(_) => return,
            }
        }
    }

    #[tokio::test]
    async fn connections_that_were_begun_are_given_up_unless_their_requests_can_be_made() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let transport = Transport::new(30 * SECOND, 30 * SECOND, Roots::Bundled, None);
        for can_be_made in [false, true] {
            let expecting = Expecting::requests_of(&transport);
            transport.begin_connection(&url).await;
            let (stream, _) = listener.accept().await.unwrap();
            if can_be_made {
                expecting.keep()
            } else {
                drop(expecting)
            }
            // A connection that is kept waits for an answer; there is no time limit to wait out for one that is not.
            let limit = if can_be_made { SECOND / 5 } else { 10 * SECOND };
            assert_eq!(tokio::time::timeout(limit, end_of(stream)).await.is_err(), can_be_made);
        }
    }

    #[test]
    fn an_answer_that_announces_too_much_is_refused_before_it_is_read() {
        let mut response = HttpResponse::new(200.try_into().unwrap(), SdkBody::empty());
        response.headers_mut().insert("content-length", (LONGEST_ANSWER + 1).to_string());
        let way =
            Way { endpoint: "x:1".to_owned(), proxy: None, first_host: "x".to_owned(), limit: Duration::from_secs(1) };
        assert!(bounded(response, way, Instant::now()).is_err());
    }
}
