//! The server of the pages: for the kubelet, a probe and Prometheus.
//!
//! Anyone who reaches the port can ask, and may do so badly. A connection is for one request and for a few seconds;
//! there is a bound on those that are open, and a newcomer takes the place of the oldest: whoever opens thousands of
//! them keeps neither the kubelet out nor the rounds from their turn.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::{self, ErrorKind as IoErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustix::net::sockopt::set_ipv6_v6only;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{AbortHandle, yield_now};
use tokio::time::{sleep, timeout};

use super::address::ListenAddress;
use super::pages::Pages;

/// How many connections are open at a time.
const MOST_CONNECTIONS: usize = 64;

/// How long a connection lasts, from its first byte to its last.
const LONGEST_CONNECTION: Duration = Duration::from_secs(5);

/// The longest head of a request, in bytes: hyper's least.
const LONGEST_HEAD: usize = 8192;

/// How long nothing is accepted after the system had no room for a connection, such as for its descriptor.
const PAUSE: Duration = Duration::from_secs(1);

/// How many connections the system holds that are not accepted yet.
const BACKLOG: u32 = 128;

/// How much the system holds of what was sent and what is to be sent, in bytes each: clients that do not read count as
/// memory of the container, too.
const BUFFER: u32 = 32 << 10;

/// Takes the port.
pub(super) fn bind(address: ListenAddress) -> io::Result<TcpListener> {
    let port = match address {
        ListenAddress::At(address) => return listen(address),
        ListenAddress::Everywhere(port) => port,
    };
    match listen(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port)) {
        // A host, or a sandbox, without IPv6.
        Err(error) if matches!(error.kind(), IoErrorKind::Unsupported | IoErrorKind::AddrNotAvailable) => {}
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error()) => {}
        bound => return bound,
    }
    listen(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port))
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if address.is_ipv6() && address.ip().is_unspecified() {
        // What net.ipv6.bindv6only says of the host is not meant for this.
        set_ipv6_v6only(&socket, false)?;
    }
    // The connections inherit it.
    socket.set_send_buffer_size(BUFFER)?;
    socket.set_recv_buffer_size(BUFFER)?;
    // Another run's connections, closed a moment ago, do not keep the port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Answers whoever asks, for as long as the runtime runs.
pub(super) async fn serve(listener: TcpListener, pages: Arc<Mutex<Pages>>) {
    // The oldest first.
    let mut open: VecDeque<AbortHandle> = VecDeque::with_capacity(MOST_CONNECTIONS);
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // Its client is gone already.
            Err(error) if matches!(error.kind(), IoErrorKind::ConnectionAborted | IoErrorKind::ConnectionReset) => {
                continue;
            }
            Err(_) => {
                sleep(PAUSE).await;
                continue;
            }
        };
        open.retain(|connection| !connection.is_finished());
        if open.len() == MOST_CONNECTIONS {
            open.pop_front().inspect(AbortHandle::abort);
        }
        open.push_back(tokio::spawn(timeout(LONGEST_CONNECTION, converse(stream, pages.clone()))).abort_handle());
        // Under a flood every accept is ready at once, and the rounds want their turn.
        yield_now().await;
    }
}

/// One request and its answer. What goes wrong is the client's business.
async fn converse(stream: TcpStream, pages: Arc<Mutex<Pages>>) {
    let service = service_fn(|request: Request<Incoming>| {
        let mut pages = pages.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = pages.answer(request.method(), request.uri().path());
        async { Ok::<_, Infallible>(answer) }
    });
    let mut connection = http1::Builder::new();
    connection.keep_alive(false).half_close(true).max_buf_size(LONGEST_HEAD);
    let _ = connection.serve_connection(TokioIo::new(stream), service).await;
}
