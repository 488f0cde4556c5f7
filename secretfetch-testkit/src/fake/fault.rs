//! Scripted faults.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::log::Operation;
use super::rate::Rate;
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
pub struct Fault {
    effect: Effect,
    secret_id: Option<String>,
    operation: Option<Operation>,
    after: u32,
    times: Option<u32>,
    above: Option<Rate>,
}

#[derive(Clone)]
pub(crate) enum Effect {
    Refuse(Refuse),
    Break(Breakage),
    Hang,
    Delay(Duration),
    Meanwhile(Arc<dyn Fn(&FakeSecretStore) + Send + Sync>),
}

/// The refusals that do not follow from the state.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refuse {
    Throttled,
    AccessDenied,
    KmsAccessDenied,
    ExpiredToken,
    InvalidToken,
    InternalError,
    Unavailable,
}

/// Answers that are not the service's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Breakage {
    Reset,
    TruncatedBody,
    ResetBody,
    MalformedBody,
    Trickle(Duration),
    LargeBody(u64),
    Redirect(String),
    HtmlPage(u16),
    Status(u16),
}

impl Effect {
    fn ends_the_request(&self) -> bool {
        matches!(self, Effect::Refuse(_) | Effect::Break(_) | Effect::Hang)
    }
}

impl Fault {
    fn new(effect: Effect) -> Self {
        Fault { effect, secret_id: None, operation: None, after: 0, times: None, above: None }
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
        Fault::new(Effect::Meanwhile(Arc::new(action)))
    }

    /// Only for this secret, by any of its names or ARNs.
    pub fn on(mut self, secret_id: impl Into<String>) -> Self {
        self.secret_id = Some(secret_id.into());
        self
    }

    /// Only for this operation.
    pub fn on_operation(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Lets this many matching requests pass first.
    pub fn after(mut self, requests: u32) -> Self {
        self.after = requests;
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
        self.above = Some(Rate::new(per_second));
        self
    }

    /// Happens this many times, then no more.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
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
            .field("effect", &self.effect)
            .field("secret_id", &self.secret_id)
            .field("operation", &self.operation)
            .field("after", &self.after)
            .field("times", &self.times)
            .field("above", &self.above)
            .finish()
    }
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Effect::Refuse(refuse) => refuse.fmt(f),
            Effect::Break(breakage) => breakage.fmt(f),
            Effect::Hang => f.write_str("Hang"),
            Effect::Delay(delay) => write!(f, "Delay({delay:?})"),
            Effect::Meanwhile(_) => f.write_str("Meanwhile"),
        }
    }
}

/// The faults that were injected, and how far each has played.
#[derive(Debug, Default)]
pub(crate) struct Script(Vec<Fault>);

impl Script {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The effects on one request, up to the first that ends it. `concerns` is asked with a fault's
    /// secret, if it is restricted to one.
    pub(crate) fn play(&mut self, operation: Operation, concerns: impl Fn(Option<&str>) -> bool) -> Vec<Effect> {
        let mut effects = Vec::new();
        for fault in &mut self.0 {
            let matches = fault.operation.map_or(operation.is_about_secrets(), |only| only == operation)
                && fault.times != Some(0)
                && concerns(fault.secret_id.as_deref());
            if !matches {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
                continue;
            }
            if fault.above.as_mut().is_some_and(Rate::admits) {
                continue;
            }
            fault.times = fault.times.map(|times| times - 1);
            effects.push(fault.effect.clone());
            if fault.effect.ends_the_request() {
                break;
            }
        }
        effects
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_waits_plays_and_is_spent() {
        let mut script = Script::default();
        script.add(Fault::throttled().after(1).times(2).on("a"));
        let mut plays = |id: &str| script.play(Operation::GetSecretValue, |only| only == Some(id)).len();
        assert_eq!([plays("a"), plays("b"), plays("a"), plays("a"), plays("a")], [0, 0, 1, 1, 0]);
    }

    #[test]
    fn what_ends_a_request_leaves_later_faults_unspent() {
        let mut script = Script::default();
        script.add(Fault::latency(Duration::ZERO).once());
        script.add(Fault::throttled().once());
        script.add(Fault::access_denied().once());
        let mut play = || format!("{:?}", script.play(Operation::GetSecretValue, |_| true));
        assert_eq!([play(), play(), play()], ["[Delay(0ns), Throttled]", "[AccessDenied]", "[]"]);
    }
}
