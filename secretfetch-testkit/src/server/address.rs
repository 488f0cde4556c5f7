//! Addresses where nobody answers, or nobody yet.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use super::control::Control;
use super::manager::{FakeSecretsManager, LOOPBACK};
use super::security::Security;
use crate::fake::store::FakeSecretStore;

/// An address of 127.0.0.1 where connecting is refused until a fake is started there: a credential agent
/// that comes up after the program that needs it, for example.
///
/// The port is held all the while, so that no other test gets it.
///
/// ```
/// use secretfetch_testkit::{FakeSecretStore, ReservedAddress};
///
/// let store = FakeSecretStore::new();
/// let reserved = ReservedAddress::new();
/// let url = reserved.url();
/// // … start the program under test with AWS_ENDPOINT_URL = url, wait a second …
/// let server = reserved.start(&store);
/// assert_eq!(server.url(), url);
/// ```
#[must_use = "the port is free again when it is dropped"]
pub struct ReservedAddress {
    socket: Socket,
    address: SocketAddr,
}

impl ReservedAddress {
    /// Takes a free port.
    ///
    /// # Panics
    /// If no port can be had.
    #[track_caller]
    pub fn new() -> Self {
        let (socket, address) = expect(bound());
        ReservedAddress { socket, address }
    }

    /// The address that is held.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL that the fake will have.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves the store at the address.
    ///
    /// # Panics
    /// If the system has no threads or file descriptors left.
    #[track_caller]
    pub fn start(self, store: &FakeSecretStore) -> FakeSecretsManager {
        let listening = self.socket.listen(1024).map(|()| TcpListener::from(self.socket));
        expect(listening.and_then(|listener| FakeSecretsManager::serve(listener, store, Security::None, Control::Off)))
    }
}

impl Default for ReservedAddress {
    #[track_caller]
    fn default() -> Self {
        ReservedAddress::new()
    }
}

impl fmt::Debug for ReservedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReservedAddress").field(&self.address).finish()
    }
}

/// An address of 127.0.0.1 where a connection is neither made nor refused, as behind a firewall that drops
/// packets.
///
/// It is a listening socket that accepts nothing and whose queue is full: Linux leaves further SYN packets
/// unanswered.
///
/// ```
/// # use std::{io, net::TcpStream, time::Duration};
/// let hole = secretfetch_testkit::BlackHole::new();
/// let error = TcpStream::connect_timeout(&hole.address(), Duration::from_millis(50)).unwrap_err();
/// assert_eq!(error.kind(), io::ErrorKind::TimedOut);
/// ```
#[must_use = "the address refuses connections when it is dropped"]
pub struct BlackHole {
    address: SocketAddr,
    _queue: (Socket, Vec<TcpStream>),
}

impl BlackHole {
    /// Makes one on a free port.
    ///
    /// # Panics
    /// If no port can be had, or the system answers however full the queue is.
    #[track_caller]
    pub fn new() -> Self {
        expect(BlackHole::make())
    }

    fn make() -> io::Result<Self> {
        const LONGEST_QUEUE: usize = 64;
        let (socket, address) = bound()?;
        socket.listen(0)?;
        let mut queued = Vec::new();
        while queued.len() < LONGEST_QUEUE {
            match TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
                Ok(stream) => queued.push(stream),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return Ok(BlackHole { address, _queue: (socket, queued) });
                }
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("the queue of a listening socket does not get full"))
    }

    /// Where nobody answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Default for BlackHole {
    #[track_caller]
    fn default() -> Self {
        BlackHole::new()
    }
}

impl fmt::Debug for BlackHole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BlackHole").field(&self.address).finish()
    }
}

/// A socket with a port of its own that does not listen.
fn bound() -> io::Result<(Socket, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.bind(&LOOPBACK.into())?;
    let address = socket.local_addr()?.as_socket().ok_or_else(|| io::Error::other("no address of IPv4"))?;
    Ok((socket, address))
}

#[track_caller]
fn expect<T>(result: io::Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("cannot have an address of 127.0.0.1: {error}"),
    }
}
