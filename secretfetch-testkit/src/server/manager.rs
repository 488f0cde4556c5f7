use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::connection;
use super::control::Control;
use super::credentials::{ECS_TASK_PATH, POD_IDENTITY_PATH};
use super::security::Security;
use super::state::Server;
#[cfg(feature = "tls")]
use crate::certificate::ServerCertificate;
use crate::fake::access_key::AccessKey;
use crate::fake::log::RecordedRequest;
use crate::fake::store::FakeSecretStore;
#[cfg(feature = "tls")]
use crate::key_exchange::KeyExchange;

/// Secrets Manager on loopback: a [`FakeSecretStore`] behind the service's own protocol.
///
/// Point an AWS SDK, the AWS CLI or secretfetch at [`url`](FakeSecretsManager::url), by
/// `AWS_ENDPOINT_URL` or in code; any credentials do, unless [signatures are
/// required](FakeSecretsManager::require_signatures). It speaks all of the
/// service's operations ([`Operation::SECRETS_MANAGER`](crate::Operation::SECRETS_MANAGER)), and takes the region from
/// the request's signature.
///
/// [Parameter Store](crate::Operation::PARAMETER_STORE) of the same account is at the same URL: `AWS_ENDPOINT_URL_SSM`, or
/// `AWS_ENDPOINT_URL` for all.
///
/// # S3
///
/// The same URL answers S3's reads of the [buckets](FakeSecretStore::create_bucket) that the store has
/// ([`Operation::S3`](crate::Operation::S3)), by path and by host. A bucket is elsewhere if it is in another region than the
/// one that the request is signed for: that is `PermanentRedirect` by path, and `AuthorizationHeaderMalformed` by host,
/// unless the host has a region in it. Its host may be `bucket.localhost`, one of AWS's, or any that begins with the bucket's
/// name.
///
/// # Credentials
///
/// The server is also where a client gets credentials, by the standard variables:
///
/// | source | variables | operation, for [faults](crate::Fault) and [requests](Self::requests) | access key id |
/// | --- | --- | --- | --- |
/// | IRSA | `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN`, `AWS_ENDPOINT_URL_STS` = [`url`](Self::url) | [`AssumeRoleWithWebIdentity`](crate::Operation::AssumeRoleWithWebIdentity) | `ASIAWEBIDENTITY…` |
/// | a role of a role | `AWS_ENDPOINT_URL_STS` = [`url`](Self::url) | [`AssumeRole`](crate::Operation::AssumeRole) | `ASIAROLE…` |
/// | EKS Pod Identity | `AWS_CONTAINER_CREDENTIALS_FULL_URI` = [`pod_identity_url`](Self::pod_identity_url), `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` | [`ContainerCredentials`](crate::Operation::ContainerCredentials) | `ASIACONTAINER…` |
/// | ECS | `AWS_CONTAINER_CREDENTIALS_FULL_URI` = [`ecs_url`](Self::ecs_url) | the same | the same |
/// | EC2 (IMDSv2) | `AWS_EC2_METADATA_SERVICE_ENDPOINT` = [`url`](Self::url) | [`InstanceMetadata`](crate::Operation::InstanceMetadata) | `ASIAINSTANCE…` |
///
/// Any token will do, unless it is a JSON Web Token whose `exp` is over, and any role is given to anyone, unless the
/// store [declares](FakeSecretStore::add_role) whom it trusts. The instance's region is that of the store. What is
/// issued ends by the store's [clock](FakeSecretStore::set_time), and [belongs](FakeSecretStore::identity_of) to the
/// role's session.
///
/// The server has a thread of its own and stops when it is dropped, so it serves tests with and without
/// an async runtime, and ones that wait for a child process.
///
/// ```
/// use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault};
///
/// let store = FakeSecretStore::new().in_region("ca-central-1");
/// store.create_text("vinsguru/prod", "s3cr3t");
/// store.inject(Fault::throttled().once());
///
/// let server = FakeSecretsManager::start(&store);
/// assert!(server.url().starts_with("http://127.0.0.1:"));
/// // … run the code under test with `server.environment()` …
/// assert!(server.requests().is_empty());
/// ```
///
/// Where the service leaves something open, the fake takes the way that is harder for a client:
/// `BatchGetSecretValue` answers in the order of the ARNs, not of the request, and only once for a
/// secret that was asked for twice.
#[must_use = "the server stops when it is dropped"]
pub struct FakeSecretsManager {
    address: SocketAddr,
    server: Arc<Server>,
    /// `None` once the server is stopping.
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl FakeSecretsManager {
    /// Serves the store on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// If no port can be had.
    #[track_caller]
    pub fn start(store: &FakeSecretStore) -> Self {
        started(FakeSecretsManager::bind(LOOPBACK, store))
    }

    /// Serves the store over TLS on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// If no port can be had.
    #[cfg(feature = "tls")]
    #[track_caller]
    pub fn start_tls(store: &FakeSecretStore, certificate: &ServerCertificate) -> Self {
        started(FakeSecretsManager::bind_tls(LOOPBACK, store, certificate))
    }

    /// Serves the store at `address`; port 0 stands for any free one.
    ///
    /// # Errors
    /// If the address cannot be bound, or no thread can be started.
    pub fn bind(address: SocketAddr, store: &FakeSecretStore) -> io::Result<Self> {
        FakeSecretsManager::bind_with_control(address, store, Control::Off)
    }

    /// As [`bind`](Self::bind), with the control API of `secretfetch-fake`, by which a test in another language prepares
    /// the fake and asks what it has seen.
    ///
    /// # Errors
    /// If the address cannot be bound, or no thread can be started.
    pub fn bind_with_control(address: SocketAddr, store: &FakeSecretStore, control: Control) -> io::Result<Self> {
        FakeSecretsManager::serve(TcpListener::bind(address)?, store, Security::None, control)
    }

    /// Serves the store over TLS at `address`; port 0 stands for any free one.
    ///
    /// # Errors
    /// If the address cannot be bound, or no thread can be started.
    #[cfg(feature = "tls")]
    pub fn bind_tls(address: SocketAddr, store: &FakeSecretStore, certificate: &ServerCertificate) -> io::Result<Self> {
        FakeSecretsManager::serve(
            TcpListener::bind(address)?,
            store,
            Security::Tls(certificate.0.clone()),
            Control::Off,
        )
    }

    pub(super) fn serve(
        listener: TcpListener,
        store: &FakeSecretStore,
        security: Security,
        control: Control,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let server = Arc::new(Server::new(store.clone(), security, control));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("fake-secrets-manager".to_owned()).spawn({
            let server = Arc::clone(&server);
            move || runtime.block_on(connection::serve(listener, server, stopped))
        })?;
        Ok(FakeSecretsManager { address, server, running: Some((stop, thread)) })
    }

    /// The endpoint URL, such as `http://127.0.0.1:40123`.
    ///
    /// Over TLS it begins with `https`; for a certificate that has a host name only, write that in the
    /// address's place.
    pub fn url(&self) -> String {
        format!("{}://{}", self.server.security().scheme(), self.address)
    }

    /// The variables by which a program that uses any AWS SDK finds the server: endpoint, region, and a key.
    ///
    /// ```
    /// # use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager};
    /// # let server = FakeSecretsManager::start(&FakeSecretStore::new());
    /// let mut command = std::process::Command::new("my-service");
    /// command.env_clear().envs(server.environment());
    /// ```
    pub fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL", self.url()),
            ("AWS_REGION", self.store().region().to_string()),
            ("AWS_ACCESS_KEY_ID", TESTING.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", TESTING.to_owned()),
        ]
    }

    /// Where EKS Pod Identity's agent would be: the value for `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    pub fn pod_identity_url(&self) -> String {
        format!("{}{POD_IDENTITY_PATH}", self.url())
    }

    /// Where ECS's agent would be: a value for `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    ///
    /// In a task, `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` has its path, `/v2/credentials/…`; the host that SDKs put
    /// before that one is fixed.
    pub fn ecs_url(&self) -> String {
        format!("{}{ECS_TASK_PATH}", self.url())
    }

    /// The address that the server listens at.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The store that is served: the place for secrets, faults and requests.
    pub fn store(&self) -> &FakeSecretStore {
        self.server.store()
    }

    /// Every request up to now, those for credentials too. A request that is for nothing the fake knows, or
    /// unsigned where it must be signed, is refused and not among them.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.store().requests()
    }

    /// How many connections were accepted up to now.
    pub fn connections(&self) -> u64 {
        self.server.connections()
    }

    /// How the keys of the TLS connections up to now were agreed on.
    #[cfg(feature = "tls")]
    pub fn key_exchanges(&self) -> Vec<KeyExchange> {
        self.server.key_exchanges()
    }

    /// Checks every signature from now on: that its access key is one that the store
    /// [was given](FakeSecretStore::add_access_key) or that this server has issued, that it has not ended, comes with its
    /// session token, and has signed this very request, not more than five minutes ago.
    ///
    /// The key of [`environment`](Self::environment) is known, too. Whether a key has ended is told by the store's
    /// [clock](FakeSecretStore::set_time); a signature may be of that clock's time or of the machine's.
    ///
    /// ```
    /// use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager};
    ///
    /// let store = FakeSecretStore::new();
    /// let key = store.create_access_key("arn:aws:iam::123456789012:user/alice");
    /// let server = FakeSecretsManager::start(&store);
    /// server.require_signatures();
    /// // … run the code under test with `key.id()` and `key.secret_access_key()` …
    /// ```
    pub fn require_signatures(&self) {
        self.store().add_access_key(&AccessKey::new(TESTING, TESTING));
        self.store().shared().identities().require_signatures();
    }

    /// As [`FakeSecretStore::paginate`], for every server of the store.
    pub fn paginate(&self, sizes: &[usize]) {
        self.store().paginate(sizes);
    }
}

/// The access key of [`FakeSecretsManager::environment`], and its secret.
const TESTING: &str = "testing";

pub(super) const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

#[track_caller]
fn started(server: io::Result<FakeSecretsManager>) -> FakeSecretsManager {
    match server {
        Ok(server) => server,
        Err(error) => panic!("cannot serve the fake on 127.0.0.1: {error}"),
    }
}

impl Drop for FakeSecretsManager {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            let _ = stop.send(());
            // A scripted action may hold the last handle: a thread cannot wait for itself.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

impl fmt::Debug for FakeSecretsManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeSecretsManager").field("url", &self.url()).finish_non_exhaustive()
    }
}
