//! What all handles of one fake share, and how a fault plays on a request.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use secretfetch::{ErrorKind, Failure, Region, VersionId};

use super::account::Account;
use super::clock::Clock;
use super::identities::Identities;
use super::log::{Operation, RecordedRequest};
use super::pages::Pages;
use super::parameter::name::parameter_arn;
use super::parameter::refusal::ParameterRefusal;
use super::refusal::Refusal;
use super::script::{Breakage, Effect, Refuse, Script, Unreached};
use super::service::Service;
use crate::iam::access::Iam;
use crate::objects::buckets::Buckets;

/// What a fault does to the account before a request to this region goes on.
pub(crate) type Action = Arc<dyn Fn(&Arc<Shared>, &Region) + Send + Sync>;

/// Goes through the steps of a rotation: of the secret with this ARN, to the version with this id.
pub(crate) type RotationFunction =
    Arc<dyn Fn(&Arc<Shared>, &Region, &str, &VersionId) -> Result<(), BoxError> + Send + Sync>;

/// An error of a test's own function.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Who is asking when nothing else is known.
pub(crate) const ANYONE: &str = "arn:aws:sts::123456789012:assumed-role/app/i-0";

#[derive(Default)]
pub(crate) struct Shared {
    account: Mutex<Account>,
    buckets: Mutex<Buckets>,
    script: Mutex<Script<Action>>,
    log: Mutex<Vec<RecordedRequest>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    pages: Mutex<Pages>,
    rotation: Mutex<Option<RotationFunction>>,
    iam: Mutex<Option<Arc<Iam>>>,
    clock: Clock,
    identities: Mutex<Identities>,
}

/// Which faults concern a step of a request.
#[derive(Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// A request about one secret: faults for it, and those for all.
    Secret(&'a str),
    /// A request as a whole, about no secret or several: faults for all.
    Whole,
    /// A request about several, of which all are answered or none: faults for each of them, and those for all.
    AnyOf(&'a [String]),
    /// One secret of a batch: faults for it alone.
    BatchItem(&'a str),
}

/// How a fault ended a request.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    Refused(Refusal),
    Broken(Breakage),
}

impl Ending {
    pub(crate) fn failure(&self) -> Failure {
        match self {
            Ending::Refused(refusal) => refusal.failure(),
            Ending::Broken(Breakage::Unreached(Unreached::Dns)) => {
                Failure::new(ErrorKind::Dns, "the fake's host name is not found")
            }
            Ending::Broken(Breakage::Unreached(Unreached::Connect)) => {
                Failure::new(ErrorKind::Connect, "the fake refuses the connection")
            }
            Ending::Broken(Breakage::Unreached(Unreached::UntrustedCertificate)) => {
                Failure::new(ErrorKind::UntrustedCertificate, "the fake's certificate is by an unknown authority")
            }
            Ending::Broken(Breakage::Reset | Breakage::ResetBody) => {
                Failure::new(ErrorKind::Connect, "the fake resets the connection")
            }
            Ending::Broken(Breakage::TruncatedBody) => {
                Failure::new(ErrorKind::Connect, "the fake closes the connection inside the answer")
            }
            Ending::Broken(Breakage::Trickle(_)) => {
                Failure::new(ErrorKind::Timeout, "the fake answers too slowly to wait for it")
            }
            Ending::Broken(Breakage::MalformedBody | Breakage::LargeBody(_) | Breakage::Redirect(_)) => {
                Failure::new(ErrorKind::InvalidResponse, "the fake does not answer as Secrets Manager does")
            }
            Ending::Broken(Breakage::HtmlPage(status) | Breakage::Status(status)) => {
                let kind = if *status >= 500 { ErrorKind::ServiceUnavailable } else { ErrorKind::InvalidResponse };
                Failure::new(kind, format!("the fake answers with status {status} and not as Secrets Manager does"))
            }
        }
    }
}

/// Counts a request as under way until it is dropped.
pub(crate) struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Shared {
    pub(crate) fn account(&self) -> MutexGuard<'_, Account> {
        lock(&self.account)
    }

    /// What S3 has.
    pub(crate) fn buckets(&self) -> MutexGuard<'_, Buckets> {
        lock(&self.buckets)
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script<Action>> {
        lock(&self.script)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Vec<RecordedRequest>> {
        lock(&self.log)
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::SeqCst)
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// Whose the access keys are, and the roles that STS knows.
    pub(crate) fn identities(&self) -> MutexGuard<'_, Identities> {
        lock(&self.identities)
    }

    pub(crate) fn set_iam(&self, iam: Option<Iam>) {
        *lock(&self.iam) = iam.map(Arc::new);
    }

    /// The account's policies; `None` while everything is allowed.
    pub(crate) fn iam(&self) -> Option<Arc<Iam>> {
        lock(&self.iam).clone()
    }

    pub(crate) fn set_rotation_function(&self, function: Option<RotationFunction>) {
        *lock(&self.rotation) = function;
    }

    pub(crate) fn rotation_function(&self) -> Option<RotationFunction> {
        lock(&self.rotation).clone()
    }

    /// Calls a rotation function with its four steps, on a thread where it may wait for whatever it likes: the fake goes
    /// on answering.
    pub(crate) async fn call_rotation_function(
        self: &Arc<Self>,
        function: RotationFunction,
        region: &Region,
        secret_id: &str,
        token: VersionId,
    ) {
        let (shared, region, secret_id) = (Arc::clone(self), region.clone(), secret_id.to_owned());
        let steps = tokio::task::spawn_blocking(move || function(&shared, &region, &secret_id, &token));
        // A function that panics has failed, as one on AWS that raises: the rotation is not complete.
        let _ = steps.await;
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.most_in_flight.load(Ordering::SeqCst)
    }

    /// How the answers of which there are several are cut.
    pub(crate) fn pages(&self) -> MutexGuard<'_, Pages> {
        lock(&self.pages)
    }

    /// Forgets the requests up to now; those under way still count as such.
    pub(crate) fn forget_requests(&self) {
        self.log().clear();
        self.most_in_flight.store(self.in_flight(), Ordering::SeqCst);
    }

    /// Writes a request down and counts it as under way.
    pub(crate) fn begin(&self, mut request: RecordedRequest) -> InFlight<'_> {
        let identity = request.access_key_id.as_deref().and_then(|key| self.identities().identity_of(key));
        request.principal = identity.map(|identity| identity.arn);
        self.log().push(request);
        let under_way = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(under_way, Ordering::SeqCst);
        InFlight(&self.in_flight)
    }

    /// Lets the scripted faults befall a step of a request; an error if one of them ends it.
    pub(crate) async fn play(
        self: &Arc<Self>,
        operation: Operation,
        region: &Region,
        scope: Scope<'_>,
    ) -> Result<(), Ending> {
        let effects = {
            let account = self.account();
            self.script().play(operation, region, |only| match (scope, only) {
                (Scope::Secret(_) | Scope::AnyOf(_) | Scope::Whole, None) => true,
                (Scope::BatchItem(_), None) | (Scope::Whole, Some(_)) => false,
                (Scope::Secret(id) | Scope::BatchItem(id), Some(only)) => account.same(region, only, id),
                (Scope::AnyOf(ids), Some(only)) => ids.iter().any(|id| account.same(region, only, id)),
            })
        };
        for effect in effects {
            match effect {
                Effect::Delay(delay) => tokio::time::sleep(delay).await,
                Effect::Hang => std::future::pending().await,
                // Outside every lock, and where it may wait: the action may call anything on the store, and a rotation
                // function the fake's own port.
                Effect::Meanwhile(action) => {
                    let (shared, region) = (Arc::clone(self), region.clone());
                    let done = tokio::task::spawn_blocking(move || action(&shared, &region)).await;
                    if let Err(failed) = done
                        && let Ok(panic) = failed.try_into_panic()
                    {
                        std::panic::resume_unwind(panic);
                    }
                }
                Effect::Refuse(refuse) => return Err(Ending::Refused(self.refusal(refuse, operation, region, scope))),
                Effect::Break(breakage) => return Err(Ending::Broken(breakage)),
            }
        }
        Ok(())
    }

    fn refusal(&self, refuse: Refuse, operation: Operation, region: &Region, scope: Scope<'_>) -> Refusal {
        match refuse {
            Refuse::Throttled => Refusal::Throttled,
            Refuse::AccessDenied => {
                let (action, resource) = match scope {
                    Scope::Secret(id) => (operation, self.account().resource(region, id)),
                    Scope::Whole => (operation, "*".to_owned()),
                    Scope::AnyOf(ids) => {
                        let arn = ids.first().map(|id| parameter_arn(region, id));
                        (operation, arn.unwrap_or_else(|| "*".to_owned()))
                    }
                    Scope::BatchItem(id) => (Operation::GetSecretValue, self.account().resource(region, id)),
                };
                let action = action.iam_action();
                let why = format!("because no identity-based policy allows the {action} action");
                Refusal::AccessDenied { caller: ANYONE.to_owned(), action, resource, why }
            }
            Refuse::KmsAccessDenied if operation.service() == Some(Service::ParameterStore) => {
                ParameterRefusal::KmsAccessDenied.into()
            }
            Refuse::KmsAccessDenied => Refusal::KmsAccessDenied,
            Refuse::ExpiredToken => Refusal::ExpiredToken,
            Refuse::InvalidToken => Refusal::InvalidToken,
            Refuse::NoCredentials => Refusal::NoCredentials,
            Refuse::InternalError if operation.service() == Some(Service::ParameterStore) => {
                ParameterRefusal::InternalServerError.into()
            }
            Refuse::InternalError => Refusal::InternalError,
            Refuse::Unavailable => Refusal::Unavailable,
        }
    }
}

/// A test that panics under a lock must not take the others with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
