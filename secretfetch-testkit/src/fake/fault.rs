//! Scripted faults.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::log::Operation;
use super::rate::Rate;
use super::script::{Breakage, Effect, Entry, Refuse};
use super::shared::Action;
use super::store::FakeSecretStore;

/// Something that goes wrong, or only takes its time, while a fake answers.
///
/// A fault is built from what happens and from when; it does nothing until it is given to
/// [`FakeSecretStore::inject`]. Without a restriction it befalls every request of Secrets Manager from
/// then on; a source of credentials only if it is named by [`on_operation`](Fault::on_operation). Several
/// faults play in the order of their injection, up to the first that ends the request.
///
/// Every fault works on both fakes. What only a wire can do (a reset, a half body) is, in memory, the
/// error that a client would make of it.
///
/// ```
/// # use std::time::Duration;
/// use secretfetch_testkit::{FakeSecretStore, Fault, Operation};
///
/// let store = FakeSecretStore::new();
/// store.inject(Fault::throttled().times(2)); // the first two requests, of whatever secret
/// store.inject(Fault::access_denied().on("prod/db")); // that secret, for good
/// store.inject(Fault::latency(Duration::from_millis(50)).after(10));
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
            .field("after", &self.0.after)
            .field("times", &self.0.times)
            .field("above", &self.0.above)
            .finish()
    }
}

impl FakeSecretStore {
    /// Adds a fault to the script, after those that are there.
    pub fn inject(&self, fault: Fault) {
        self.shared().script().add(fault.0);
    }
}
