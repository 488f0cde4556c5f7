//! The one HTTP client: for the services of AWS, for STS and for the credential endpoints.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::Headers;
use hyper_util::client::legacy;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::body::{bounded, read};
use super::cause::find;
use super::client_identity::ClientIdentity;
use super::connector::Connector;
use super::error::{TransportError, WaitingFor};
use super::pool::Pool;
use super::proxy::Proxy;
use super::resolver::SystemResolver;
use super::tls;
use super::trust::Roots;
use super::url::{authority, host};
use super::way::Way;
use crate::call::{Call, StoreEvent};
use crate::error::Result;

/// An [`HttpClient`] that
///
/// - reads the trust roots when the first https connection is begun, and again only after a certificate was refused: an
///   endpoint over http (a local fake, a credential endpoint) needs none;
/// - has one pool of TLS connections, whatever the timeouts of the caller;
/// - bounds the size of answers, and the time from the look-up of the name to an answer's last byte;
/// - names the endpoint and the proxy in its errors, and what was waited for.
#[derive(Clone, Debug)]
pub(crate) struct Transport(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    connect_timeout: Duration,
    attempt_timeout: Duration,
    roots: Roots,
    identity: Option<ClientIdentity>,
    proxy: Option<Arc<Proxy>>,
    resolver: SystemResolver,
    secure: Mutex<Option<Result<Pool>>>,
    /// For http, by connect and read timeout; two or three of them (instance metadata has its own).
    plain: Mutex<Vec<(Timeouts, Pool)>>,
}

type Timeouts = (Option<Duration>, Option<Duration>);

impl Transport {
    /// With the trust roots and the proxy that the environment names.
    pub(crate) fn from_environment(connect_timeout: Duration, attempt_timeout: Duration) -> Result<Self> {
        let proxy = Proxy::from_environment(|name| std::env::var(name).ok())?;
        let roots = Roots::choose(std::env::var_os, |path| path.is_file());
        Ok(Transport::new(connect_timeout, attempt_timeout, roots, None, proxy))
    }

    /// With the proxy that the environment names, and TLS of its own: the authorities in a file alone, if one is given, in
    /// the place of those that the environment names, and a certificate for servers that ask for one.
    pub(crate) fn with_own_tls(
        connect_timeout: Duration,
        attempt_timeout: Duration,
        ca_bundle: Option<PathBuf>,
        identity: Option<ClientIdentity>,
    ) -> Result<Self> {
        let proxy = Proxy::from_environment(|name| std::env::var(name).ok())?;
        let roots = match ca_bundle {
            Some(path) => Roots::Named { variable: "`caBundle`", path },
            None => Roots::choose(std::env::var_os, |path| path.is_file()),
        };
        Ok(Transport::new(connect_timeout, attempt_timeout, roots, identity, proxy))
    }

    fn new(
        connect_timeout: Duration,
        attempt_timeout: Duration,
        roots: Roots,
        identity: Option<ClientIdentity>,
        proxy: Option<Proxy>,
    ) -> Self {
        Transport(Arc::new(Shared {
            connect_timeout,
            attempt_timeout,
            roots,
            identity,
            proxy: proxy.map(Arc::new),
            resolver: SystemResolver::default(),
            secure: Mutex::default(),
            plain: Mutex::default(),
        }))
    }

    /// Begins a connection for the first https request to this URL, and gives it two turns. What fails is told by that
    /// request.
    pub(crate) async fn begin_connection(&self, url: &str) {
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
    pub(crate) fn forget_roots(&self) {
        *self.0.made() = None;
    }
}

/// Gives up connections that were begun for requests, when it is dropped before they can be made: on a failure, and when
/// nobody waits any longer.
pub(crate) struct Expecting<'a>(Option<&'a Transport>);

impl<'a> Expecting<'a> {
    pub(crate) fn requests_of(transport: &'a Transport) -> Self {
        Expecting(Some(transport))
    }

    /// The requests can be made.
    pub(crate) fn keep(mut self) {
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

impl Transport {
    /// Sends a request that no SDK made, and answers when the head of its answer is there: what that says may make the body
    /// not worth reading. What is left of the time is for the body, which has at most `longest` bytes.
    pub(crate) async fn begin_answer(
        &self,
        request: HttpRequest,
        longest: u64,
    ) -> Result<HttpResponse, ConnectorError> {
        self.dispatch((Some(self.0.connect_timeout), None)).send(request, longest).await
    }

    /// The same, and reads the body to its end.
    pub(crate) async fn send(&self, request: HttpRequest, longest: u64) -> Result<Response, ConnectorError> {
        let mut response = self.begin_answer(request, longest).await?;
        let body = read(response.take_body()).await?;
        Ok(Response { status: response.status().as_u16(), headers: response.headers().clone(), body })
    }

    fn dispatch(&self, timeouts: Timeouts) -> Dispatch {
        let mut dispatches = self.0.plain.lock().unwrap_or_else(PoisonError::into_inner);
        let known = dispatches.iter().find(|(key, _)| *key == timeouts).map(|(_, plain)| plain.clone());
        let plain = known.unwrap_or_else(|| {
            let plain = Pool::new(Connector::plain(timeouts.0, self.0.resolver.clone()), timeouts.1);
            dispatches.push((timeouts, plain.clone()));
            plain
        });
        Dispatch { shared: self.0.clone(), timeouts, plain }
    }
}

/// An answer in full.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl HttpClient for Transport {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.dispatch((settings.connect_timeout(), settings.read_timeout())))
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
        HttpConnectorFuture::new(self.send(request, crate::bounds::ANSWER))
    }
}

impl Dispatch {
    /// The answer's body has at most `longest` bytes.
    fn send(
        &self,
        request: HttpRequest,
        longest: u64,
    ) -> impl Future<Output = Result<HttpResponse, ConnectorError>> + use<> {
        let uri = request.uri();
        let endpoint = authority(uri);
        let secure = is_secure(uri);
        let proxy = self.shared.proxy.as_ref().filter(|_| secure).filter(|proxy| proxy.is_for(uri));
        let call = Call::current();
        call.tell(&StoreEvent::Requested);
        let way = Way {
            first_host: host(proxy.map_or(endpoint.as_str(), |proxy| proxy.authority())).to_owned(),
            proxy: proxy.map(|proxy| proxy.describe()),
            endpoint,
            limit: call.limit(self.shared.attempt_timeout),
        };
        let pool = if secure { self.shared.secure() } else { Ok(self.plain.clone()) };
        let answer = pool.map(|pool| pool.send(request));
        let resolver = self.shared.resolver.clone();
        let (connect_timeout, read_timeout) = match secure {
            true => (Some(self.shared.connect_timeout), None),
            false => self.timeouts,
        };
        async move {
            let answer = answer.map_err(|error| ConnectorError::from(TransportError::Unusable(error)))?;
            let end = Instant::now() + way.limit;
            let looking_up = || resolver.is_waiting_for(&way.first_host);
            match tokio::time::timeout_at(end, answer).await {
                Ok(Ok(response)) => bounded(response, longest, way, end),
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
        }
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
        let tls = tls::config(self.roots.load()?, self.identity.as_ref())?;
        let plain = Connector::plain(Some(self.connect_timeout), self.resolver.clone());
        Ok(Pool::new(plain.with_tls(tls, self.proxy.clone()), None))
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
        let transport = Transport::new(30 * SECOND, 30 * SECOND, Roots::Bundled, None, None);
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
}
