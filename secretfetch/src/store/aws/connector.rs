//! Connections: a name to addresses, TCP, a proxy's tunnel, TLS; and the pool that keeps them.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{
    CaptureConnection, Connected, Connection, HttpConnector, capture_connection,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::error::Elapsed;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;

use super::cause::{BoxError, find};
use super::early::EarlyConnections;
use super::proxy::Proxy;
use super::resolver::SystemResolver;

type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

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
        // Idle connections end only with a timer.
        let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector.clone());
        Pool { client, connector, read_timeout }
    }

    /// Begins a connection for the first request to the host of `uri`, which tells what fails.
    pub(super) fn begin(&self, uri: Uri) {
        if let Some(authority) = uri.authority().cloned() {
            self.connector.early.begin(&authority, self.connector.clone().connect_in_time(uri));
        }
    }

    /// Gives up connections that were begun for requests which have not come.
    pub(super) fn forget_begun(&self) {
        self.connector.early.forget();
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
            let answer = client.request(request);
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
        Connector { tcp, tls: None, proxy: None, timeout, early: EarlyConnections::default() }
    }

    /// For https as well.
    pub(super) fn with_tls(self, tls: Arc<ClientConfig>, proxy: Option<Arc<Proxy>>) -> Self {
        Connector { tls: Some(tls), proxy, ..self }
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

/// What failed on the way to the proxy itself, not behind it.
#[derive(Debug, thiserror::Error)]
#[error("no way to the proxy")]
pub(super) struct ToProxy(#[source] BoxError);

/// One connection, with as many layers as it has hops.
pub(super) enum Stream {
    Plain(TokioIo<TcpStream>),
    Tls(Box<TokioIo<TlsStream<TokioIo<Stream>>>>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        match self {
            Stream::Plain(stream) => stream.connected(),
            Stream::Tls(stream) => stream.inner().get_ref().0.inner().connected(),
        }
    }
}

impl Read for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl Write for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Stream::Tls(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
