//! Scripted faults.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secretfetch::Region;

use super::chance::Chance;
use super::guard::FaultGuard;
use super::log::Operation;
use super::rate::Rate;
use super::script::{Breakage, Effect, Entry, Refuse, Unreached};
use super::shared::Action;
use super::store::FakeSecretStore;

/// Something that goes wrong, or only takes its time, while a fake answers.
///
/// A fault is built from what happens and from when; it does nothing until it is given to
/// [`FakeSecretStore::inject`], or to [`inject_scoped`](FakeSecretStore::inject_scoped), which tells if it has not
/// happened in the end. Without a restriction it befalls every request of Secrets Manager from
/// then on; a source of credentials only if it is named by [`on_operation`](Fault::on_operation). Several
/// faults play in the order of their injection, up to the first that ends the request.
///
/// Every fault works on both fakes. What only a wire can do (a reset, a half body) is, in memory, the
/// error that a client would make of it. What no server can do, because the request does not come as far
/// as that, is a reset over the wire, and there is something else to test it with:
///
/// | what goes wrong | in memory | over the wire |
/// | --- | --- | --- |
/// | the host name is not found | [`Fault::dns`] | an endpoint whose host name ends in `.invalid`, which no name server has (RFC 6761) |
/// | the connection is refused | [`Fault::connect`] | the URL of a [`ReservedAddress`](crate::ReservedAddress) |
/// | nobody answers at all | [`Fault::hang`] | the URL of a [`BlackHole`](crate::BlackHole) |
/// | the certificate is nobody's | [`Fault::untrusted_certificate`] | a server with a certificate of a `CertificateAuthority` that the client was not told of (feature `tls`) |
///
/// ```
/// # use std::time::Duration;
/// use secretfetch_testkit::{FakeSecretStore, Fault, Operation};
///
/// let store = FakeSecretStore::new();
/// store.inject(Fault::throttled().times(2)); // the first two requests, of whatever secret
/// store.inject(Fault::access_denied().on("prod/db")); // that secret, for good
/// store.inject(Fault::latency(Duration::from_millis(50)).after(10));
/// store.inject(Fault::region_away("eu-west-1")); // no other region notices
/// store.inject(Fault::internal_error().with_probability(0.1, 42)); // the same ones in every run
/// store.inject(Fault::access_denied().on_operation(Operation::AssumeRoleWithWebIdentity));
/// ```
///
/// In a `BatchGetSecretValue`, a refusal [`on`](Fault::on) one of its secrets is an entry in the
/// answer's `Errors`; without `on` it refuses the whole request.
#[derive(Clone)]
#[must_use = "a fault does nothing until it is given to `inject`"]
pub struct Fault(Entry<Action>);

impl Fault {
    fn new(effect: Effect<Action>) -> Self {
        Fault(Entry::new(effect))
    }

    /// `ThrottlingException`: "Rate exceeded".
    pub fn throttled() -> Self {
        Fault::new(Effect::Refuse(Refuse::Throttled))
    }

    /// `AccessDeniedException`: no policy allows the operation.
    pub fn access_denied() -> Self {
        Fault::new(Effect::Refuse(Refuse::AccessDenied))
    }

    /// `AccessDeniedException`: "Access to KMS is not allowed".
    pub fn kms_access_denied() -> Self {
        Fault::new(Effect::Refuse(Refuse::KmsAccessDenied))
    }

    /// `ExpiredTokenException`: the session's credentials are too old.
    pub fn expired_token() -> Self {
        Fault::new(Effect::Refuse(Refuse::ExpiredToken))
    }

    /// `UnrecognizedClientException`: AWS does not know the credentials.
    pub fn invalid_token() -> Self {
        Fault::new(Effect::Refuse(Refuse::InvalidToken))
    }

    /// Nobody is who asks: no source has credentials (`ErrorKind::NoCredentials` in memory).
    ///
    /// Over the wire it befalls the sources too, without their being named: the container's endpoint and the
    /// instance's metadata have no credentials (404), though the metadata give a token and tell the region. These
    /// requests count as well: the first of an instance is for its token. A request that comes with credentials
    /// from elsewhere is answered as if it had none (`MissingAuthenticationTokenException`).
    pub fn no_credentials() -> Self {
        Fault::new(Effect::Refuse(Refuse::NoCredentials))
    }

    /// `InternalServiceError`, status 500.
    pub fn internal_error() -> Self {
        Fault::new(Effect::Refuse(Refuse::InternalError))
    }

    /// `ServiceUnavailable`, status 503.
    pub fn unavailable() -> Self {
        Fault::new(Effect::Refuse(Refuse::Unavailable))
    }

    /// The answer comes this much later, by tokio's clock.
    pub fn latency(delay: Duration) -> Self {
        Fault::new(Effect::Delay(delay))
    }

    /// The request is taken and never answered.
    pub fn hang() -> Self {
        Fault::new(Effect::Hang)
    }

    /// The host name is not found: `ErrorKind::Dns` in memory; over the wire [see above](Fault).
    pub fn dns() -> Self {
        Fault::new(Effect::Break(Breakage::Unreached(Unreached::Dns)))
    }

    /// No connection can be made: `ErrorKind::Connect` in memory; over the wire [see above](Fault).
    pub fn connect() -> Self {
        Fault::new(Effect::Break(Breakage::Unreached(Unreached::Connect)))
    }

    /// The server's certificate is by no authority that the client trusts:
    /// `ErrorKind::UntrustedCertificate` in memory; over the wire [see above](Fault).
    pub fn untrusted_certificate() -> Self {
        Fault::new(Effect::Break(Breakage::Unreached(Unreached::UntrustedCertificate)))
    }

    /// A whole region is away: no connection to it can be made, and the other regions answer.
    ///
    /// One server is all regions' and knows a request's region only from its signature: over the wire the
    /// connection is made, and reset when a request for the region comes.
    ///
    /// # Panics
    /// If `region` cannot be the name of a region.
    #[track_caller]
    pub fn region_away(region: &str) -> Self {
        Fault::connect().in_region(region)
    }

    /// The connection is reset instead of an answer (`ErrorKind::Connect` in memory).
    pub fn reset() -> Self {
        Fault::new(Effect::Break(Breakage::Reset))
    }

    /// The connection closes after half of the answer's body (`ErrorKind::Connect` in memory).
    pub fn truncated_body() -> Self {
        Fault::new(Effect::Break(Breakage::TruncatedBody))
    }

    /// The connection is reset after half of the answer's body (`ErrorKind::Connect` in memory).
    pub fn reset_body() -> Self {
        Fault::new(Effect::Break(Breakage::ResetBody))
    }

    /// The answer's body is cut in half, and the answer ends as if that were all of it: a whole message
    /// with broken JSON (or XML) in it (`ErrorKind::InvalidResponse` in memory).
    pub fn malformed_body() -> Self {
        Fault::new(Effect::Break(Breakage::MalformedBody))
    }

    /// The answer's body comes one byte after the other, with this time before each
    /// (`ErrorKind::Timeout` in memory).
    pub fn trickle(interval: Duration) -> Self {
        Fault::new(Effect::Break(Breakage::Trickle(interval)))
    }

    /// This many spaces in the answer's place, with status 200 and without a `Content-Length`
    /// (`ErrorKind::InvalidResponse` in memory).
    pub fn large_body(bytes: u64) -> Self {
        Fault::new(Effect::Break(Breakage::LargeBody(bytes)))
    }

    /// A redirect to this URL, status 302 (`ErrorKind::InvalidResponse` in memory).
    ///
    /// # Panics
    /// If the URL has other characters than the visible ones of ASCII.
    #[track_caller]
    pub fn redirect(location: impl Into<String>) -> Self {
        let location = location.into();
        assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{location:?} is not a URL");
        Fault::new(Effect::Break(Breakage::Redirect(location)))
    }

    /// A proxy's or load balancer's HTML page with this status, 200 to 599, instead of an answer
    /// (`ErrorKind::InvalidResponse` in memory, `ServiceUnavailable` from 500 up).
    pub fn html_page(status: u16) -> Self {
        Fault::new(Effect::Break(Breakage::HtmlPage(status)))
    }

    /// This status, 200 to 599, with an empty body (in memory as [`html_page`](Fault::html_page)).
    pub fn status(status: u16) -> Self {
        Fault::new(Effect::Break(Breakage::Status(status)))
    }

    /// Does something else to the store before the request is answered: a rotation between two calls, for
    /// example. The request then goes on.
    ///
    /// ```
    /// # use secretfetch::{SecretRequest, SecretStore};
    /// # use secretfetch_testkit::{FakeSecretStore, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = FakeSecretStore::new();
    /// store.create_text("prod/db", "old");
    /// store.inject(Fault::meanwhile(|store| _ = store.put_text("prod/db", "new")).after(1).once());
    ///
    /// let request = SecretRequest::new("prod/db".parse()?);
    /// assert_eq!(store.fetch(&request).await?.value.expose_text(), Some("old"));
    /// assert_eq!(store.fetch(&request).await?.value.expose_text(), Some("new"));
    /// # Ok(()) }
    /// ```
    pub fn meanwhile(action: impl Fn(&FakeSecretStore) + Send + Sync + 'static) -> Self {
        Fault::new(Effect::Meanwhile(Arc::new(move |shared, region| {
            action(&FakeSecretStore::sharing(Arc::clone(shared), region.clone()));
        })))
    }

    /// This secret is [rotated](FakeSecretStore::rotate) between its first and its second request.
    ///
    /// [`after`](Fault::after) and [`times`](Fault::times) make it another pair of requests, or several. A
    /// secret that is not there to be rotated is left to the request, which says so.
    ///
    /// ```
    /// # use secretfetch::{SecretRequest, SecretStore};
    /// # use secretfetch_testkit::{FakeSecretStore, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = FakeSecretStore::new();
    /// store.create_text("prod/db", "old");
    /// store.inject(Fault::rotation("prod/db"));
    ///
    /// let request = SecretRequest::new("prod/db".parse()?);
    /// let [first, second] = [store.fetch(&request).await?, store.fetch(&request).await?];
    /// assert_ne!(first.version_id, second.version_id);
    /// # Ok(()) }
    /// ```
    pub fn rotation(secret_id: impl Into<String>) -> Self {
        let secret_id = secret_id.into();
        let id = secret_id.clone();
        let rotate = Fault::new(Effect::Meanwhile(Arc::new(move |shared, region| {
            _ = FakeSecretStore::sharing(Arc::clone(shared), region.clone()).try_rotate(&id);
        })));
        rotate.on(secret_id).after(1).once()
    }

    /// Only for this secret, by any of its names or ARNs.
    pub fn on(mut self, secret_id: impl Into<String>) -> Self {
        self.0.secret_id = Some(secret_id.into());
        self
    }

    /// Only for this operation.
    pub fn on_operation(mut self, operation: Operation) -> Self {
        self.0.operation = Some(operation);
        self
    }

    /// Only in this region.
    ///
    /// # Panics
    /// If `region` cannot be the name of a region.
    #[track_caller]
    pub fn in_region(mut self, region: &str) -> Self {
        match region.parse::<Region>() {
            Ok(region) => self.0.region = Some(region),
            Err(error) => panic!("{error}"),
        }
        self
    }

    /// Lets this many matching requests pass first.
    pub fn after(mut self, requests: u32) -> Self {
        self.0.after = requests;
        self
    }

    /// Lets this many matching requests a second pass, by tokio's clock, and befalls the others. Together
    /// with [`throttled`](Fault::throttled) it is a quota of the service.
    ///
    /// ```
    /// use secretfetch_testkit::{FakeSecretStore, Fault, Operation};
    ///
    /// let store = FakeSecretStore::new();
    /// let quota = |operation, rate| Fault::throttled().on_operation(operation).above(rate);
    /// store.inject(quota(Operation::GetSecretValue, 10_000));
    /// store.inject(quota(Operation::BatchGetSecretValue, 100));
    /// ```
    pub fn above(mut self, per_second: u32) -> Self {
        self.0.above = Some(Rate::new(per_second));
        self
    }

    /// Befalls each matching request with this probability, 0 to 1.
    ///
    /// Which ones is the seed's doing alone, so it is the same in every run: the third and the fourth request,
    /// for example. Where requests are concurrent, their order of arrival says which one is the third.
    ///
    /// # Panics
    /// If the probability is not from 0 to 1.
    #[track_caller]
    pub fn with_probability(mut self, probability: f64, seed: u64) -> Self {
        assert!((0.0..=1.0).contains(&probability), "{probability} is not a probability: it is from 0 to 1");
        self.0.chance = Some(Chance::new(probability, seed));
        self
    }

    /// Happens this many times, then no more.
    pub fn times(mut self, times: u32) -> Self {
        self.0.times = Some(times);
        self
    }

    /// Happens once.
    pub fn once(self) -> Self {
        self.times(1)
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("effect", &self.0.effect)
            .field("secret_id", &self.0.secret_id)
            .field("operation", &self.0.operation)
            .field("region", &self.0.region)
            .field("after", &self.0.after)
            .field("times", &self.0.times)
            .field("above", &self.0.above)
            .field("chance", &self.0.chance)
            .finish()
    }
}

/// What happens, and to what: `Throttled on "prod/db" in eu-west-1, 2 times`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = &self.0;
        write!(f, "{:?}", entry.effect)?;
        if let Some(id) = &entry.secret_id {
            write!(f, " on {id:?}")?;
        }
        if let Some(operation) = entry.operation {
            write!(f, " at {operation}")?;
        }
        if let Some(region) = &entry.region {
            write!(f, " in {region}")?;
        }
        match entry.after {
            0 => {}
            1 => f.write_str(", after 1 request")?,
            after => write!(f, ", after {after} requests")?,
        }
        match entry.times {
            None => Ok(()),
            Some(1) => f.write_str(", once"),
            Some(times) => write!(f, ", {times} times"),
        }
    }
}

impl FakeSecretStore {
    /// Every fault that is there, by what it is, and how often it has fired.
    pub fn faults(&self) -> Vec<(String, u32)> {
        let script = self.shared().script();
        script.entries().map(|(entry, times)| (Fault(entry.clone()).to_string(), times)).collect()
    }

    /// Adds a fault to the script, after those that are there, until [`clear_faults`](Self::clear_faults).
    pub fn inject(&self, fault: Fault) {
        self.shared().script().add(fault.0);
    }

    /// Adds a fault to the script for as long as the guard lives, and holds that it happens in that time.
    ///
    /// A test of what a service does in a fault passes without a word if the service never meets it: it asked
    /// for another secret, or had the value from a cache. This one does not.
    ///
    /// ```
    /// # use secretfetch::{ErrorKind, SecretRequest, SecretStore};
    /// # use secretfetch_testkit::{FakeSecretStore, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = FakeSecretStore::new();
    /// store.create_text("prod/db", "s3cr3t");
    /// let request = SecretRequest::new("prod/db".parse()?);
    ///
    /// let throttled = store.inject_scoped(Fault::throttled().on("prod/db"));
    /// assert_eq!(store.fetch(&request).await.unwrap_err().kind(), ErrorKind::Throttled);
    /// throttled.verify();
    /// assert!(store.fetch(&request).await.is_ok());
    /// # Ok(()) }
    /// ```
    ///
    /// ```should_panic
    /// # use secretfetch_testkit::{FakeSecretStore, Fault};
    /// let store = FakeSecretStore::new();
    /// let _throttled = store.inject_scoped(Fault::throttled().on("prod/db"));
    /// // … and nobody asks for prod/db
    /// ```
    #[track_caller]
    pub fn inject_scoped(&self, fault: Fault) -> FaultGuard {
        let (name, times) = (fault.to_string(), fault.0.times);
        let played = self.shared().script().add(fault.0);
        FaultGuard::new(Arc::clone(self.shared()), played, name, times.unwrap_or(1))
    }
}
