//! Connections: a name to addresses, TCP, a proxy's tunnel, TLS.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::cause::BoxError;
use super::early::EarlyConnections;
use super::error::ToProxy;
use super::proxy::Proxy;
use super::resolver::SystemResolver;
use super::stream::Stream;

/// After so long without traffic the system asks whether the other side is still there, in this process's place. What is in
/// between keeps an idle connection 350 seconds at AWS
/// ([NAT gateways](https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html), endpoints in a VPC), and
/// four minutes elsewhere.
const KEEPALIVE: Duration = Duration::from_secs(60);

type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// Makes connections: for https with TLS and, where it applies, through the proxy.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    tcp: HttpConnector<SystemResolver>,
    tls: Option<Arc<ClientConfig>>,
    proxy: Option<Arc<Proxy>>,
    /// For everything together, from the name's look-up to the end of the handshake.
    timeout: Option<Duration>,
    early: EarlyConnections<Stream>,
}

impl Connector {
    /// A connector for http.
    pub(super) fn plain(timeout: Option<Duration>, resolver: SystemResolver) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(resolver);
        tcp.enforce_http(false);
        // A request is sent in two writes: without this the second would wait for the first one's acknowledgement.
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_keepalive_interval(Some(KEEPALIVE / 4));
        tcp.set_keepalive_retries(Some(4));
        Connector { tcp, tls: None, proxy: None, timeout, early: EarlyConnections::default() }
    }

    /// For https as well.
    pub(super) fn with_tls(self, tls: Arc<ClientConfig>, proxy: Option<Arc<Proxy>>) -> Self {
        Connector { tls: Some(tls), proxy, ..self }
    }

    /// Begins a connection for the first request to the host of `uri`, which tells what fails.
    pub(super) fn begin(&self, uri: Uri) {
        if let Some(authority) = uri.authority().cloned() {
            self.early.begin(&authority, self.clone().connect_in_time(uri));
        }
    }

    /// Gives up connections that were begun for requests which have not come.
    pub(super) fn forget_begun(&self) {
        self.early.forget();
    }

    async fn connect_in_time(self, uri: Uri) -> Result<Stream, BoxError> {
        match self.timeout {
            Some(time) => tokio::time::timeout(time, self.connect(uri)).await?,
            None => self.connect(uri).await,
        }
    }

    async fn connect(mut self, uri: Uri) -> Result<Stream, BoxError> {
        let Some(proxy) = self.proxy.as_ref().and_then(|proxy| proxy.intercept(&uri)) else {
            return self.hop(uri).await;
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), Hop(self.clone()));
        if let Some(credentials) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        let stream = tunnel.call(uri.clone()).await?;
        self.secured(stream, &uri).await
    }

    /// Straight to the host of the URL: the endpoint's or the proxy's.
    async fn hop(&mut self, uri: Uri) -> Result<Stream, BoxError> {
        let stream = Stream::Plain(self.tcp.call(uri.clone()).await?);
        self.secured(stream, &uri).await
    }

    /// With TLS over it, if the URL says https.
    async fn secured(&self, stream: Stream, uri: &Uri) -> Result<Stream, BoxError> {
        if uri.scheme_str() != Some("https") {
            return Ok(stream);
        }
        let tls = self.tls.clone().ok_or("no TLS here")?;
        // An IPv6 address stands in brackets.
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host)?;
        let stream = TlsConnector::from(tls).connect(name, TokioIo::new(stream)).await?;
        Ok(Stream::Tls(Box::new(TokioIo::new(stream))))
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = BoxFuture<Stream, BoxError>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let begun = uri.authority().and_then(|authority| self.early.take(authority));
        let connector = self.clone();
        Box::pin(async move {
            if let Some(begun) = begun
                && let Some(made) = begun.finish().await
            {
                return made;
            }
            connector.connect_in_time(uri).await
        })
    }
}

/// The way to the proxy itself.
struct Hop(Connector);

impl Service<Uri> for Hop {
    type Response = Stream;
    type Error = BoxError;
    type Future = BoxFuture<Stream, BoxError>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let mut connector = self.0.clone();
        Box::pin(async move { connector.hop(uri).await.map_err(|error| ToProxy(error).into()) })
    }
}
