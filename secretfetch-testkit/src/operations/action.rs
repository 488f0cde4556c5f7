//! What an operation is, and what every request goes through.

use std::sync::{Arc, MutexGuard};
use std::time::SystemTime;

use secretfetch::Region;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::authorization::{Conditions, KeyUse, Permission};
use super::checks;
use crate::fake::account::Account;
use crate::fake::identity::Identity;
use crate::fake::log::{Operation, RecordedRequest};
use crate::fake::refusal::Refusal;
use crate::fake::script::Breakage;
use crate::fake::shared::{Ending, Scope, Shared};
use crate::iam::request as iam;

/// Through which door a request came, and whose it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    /// The connection's number; `None` in memory.
    pub(crate) connection: Option<u64>,
    /// Of the key that signed the request; `None` in memory.
    pub(crate) access_key_id: Option<String>,
}

/// Where and when a request is made.
pub(crate) struct Context<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    pub(crate) region: &'a Region,
    caller: &'a Caller,
    pub(crate) now: SystemTime,
}

/// What a request is about, for the log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    /// As they were given.
    pub(crate) secret_ids: Vec<String>,
    pub(crate) version_id: Option<String>,
    pub(crate) version_stage: Option<String>,
}

impl Subject {
    pub(super) fn of(id: Option<&String>) -> Self {
        Subject { secret_ids: id.cloned().into_iter().collect(), ..Subject::default() }
    }
}

/// The input of an operation, and what the operation does.
pub(crate) trait Action: DeserializeOwned + Send + Sized {
    const OPERATION: Operation;
    type Output: Serialize + Send;

    /// The one secret that it is about, as it was given.
    fn secret_id(&self) -> Option<&String> {
        None
    }

    /// The parameters that it is about, as they were given: it is refused for all of them or for none.
    fn parameters(&self) -> &[String] {
        &[]
    }

    fn subject(&self) -> Subject {
        let secret_ids = self.secret_id().into_iter().chain(self.parameters()).cloned().collect();
        Subject { secret_ids, ..Subject::default() }
    }

    fn scope(&self) -> Scope<'_> {
        match (self.secret_id(), self.parameters()) {
            (Some(id), _) => Scope::Secret(id),
            (None, []) => Scope::Whole,
            (None, names) => Scope::AnyOf(names),
        }
    }

    /// What can be said of the input without the account: the constraints of the API's model.
    fn check(&self) -> Result<(), Refusal> {
        checks::secret_id(self.secret_id())
    }

    /// What the request says that policies may make conditions of.
    fn conditions(&self) -> Conditions {
        Conditions::new()
    }

    fn key_use(&self) -> KeyUse {
        KeyUse::None
    }

    /// The key that a secret is to be created with.
    fn new_key(&self) -> Option<String> {
        None
    }

    /// Whether the account's policies allow it; without policies everything is.
    fn authorize(&self, context: &Context<'_>, account: &Account) -> Result<(), Refusal> {
        context.authorize(self, account)
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Self::Output, Refusal>;

    /// From the checks to the answer.
    fn answer(self, context: &Context<'_>) -> Result<Self::Output, Refusal> {
        self.check()?;
        let mut account = context.account();
        self.authorize(context, &account)?;
        self.act(context, &mut account)
    }

    /// From the faults to the answer; only what has faults or waits between its steps does it otherwise.
    fn run(self, context: &Context<'_>) -> impl Future<Output = Outcome<Self::Output>> + Send {
        async move {
            let breakage = match breakage(context.play(Self::OPERATION, self.scope()).await) {
                Ok(breakage) => breakage,
                Err(refusal) => return refusal.into(),
            };
            Outcome { result: self.answer(context), breakage }
        }
    }
}

/// What comes of a request: the service's answer, and what a fault does to it on its way.
#[derive(Debug)]
pub(crate) struct Outcome<T> {
    pub(crate) result: Result<T, Refusal>,
    pub(crate) breakage: Option<Breakage>,
}

impl<T> From<Refusal> for Outcome<T> {
    fn from(refusal: Refusal) -> Self {
        Outcome { result: Err(refusal), breakage: None }
    }
}

impl<T> Outcome<T> {
    pub(crate) fn map<U>(self, map: impl FnOnce(T) -> U) -> Outcome<U> {
        Outcome { result: self.result.map(map), breakage: self.breakage }
    }

    /// What a caller in memory gets: no answer is spoiled there, it fails.
    pub(crate) fn in_memory(self) -> Result<T, Ending> {
        match self.breakage {
            Some(breakage) => Err(Ending::Broken(breakage)),
            None => self.result.map_err(Ending::Refused),
        }
    }
}

impl Context<'_> {
    /// The account as it is now: what has been waiting for its deletion is gone when its time is over.
    pub(super) fn account(&self) -> MutexGuard<'_, Account> {
        let mut account = self.shared.account();
        account.purge(self.now);
        account
    }

    /// Who is asking.
    pub(crate) fn identity(&self) -> iam::Caller {
        let known = self.caller.access_key_id.as_deref();
        let identity = known.and_then(|key| self.shared.identities().identity_of(key));
        let identity = identity.unwrap_or_else(Identity::anyone);
        iam::Caller { arn: identity.arn, role_arn: identity.role_arn, tags: identity.tags }
    }

    /// Whether the account's policies allow an action; without policies everything is.
    pub(super) fn authorize<A: Action>(&self, action: &A, account: &Account) -> Result<(), Refusal> {
        let Some(iam) = self.shared.iam() else { return Ok(()) };
        Permission {
            iam: &iam,
            region: self.region,
            now: self.now,
            caller: self.identity(),
            operation: A::OPERATION,
            secret_id: action.secret_id().map(String::as_str),
            conditions: action.conditions(),
            key_use: action.key_use(),
            new_key: action.new_key(),
        }
        .check(account)
    }

    pub(super) async fn play(&self, operation: Operation, scope: Scope<'_>) -> Result<(), Ending> {
        self.shared.play(operation, self.region, scope).await
    }
}

/// Tells a fault that spoils the answer from one that is the answer.
pub(crate) fn breakage(played: Result<(), Ending>) -> Result<Option<Breakage>, Refusal> {
    match played {
        Ok(()) => Ok(None),
        Err(Ending::Broken(breakage)) => Ok(Some(breakage)),
        Err(Ending::Refused(refusal)) => Err(refusal),
    }
}

/// Writes a request down and answers it.
pub(crate) async fn perform<A: Action>(
    shared: &Arc<Shared>,
    region: &Region,
    caller: &Caller,
    action: A,
) -> Outcome<A::Output> {
    let Subject { secret_ids, version_id, version_stage } = action.subject();
    let _in_flight = shared.begin(RecordedRequest {
        operation: A::OPERATION,
        region: region.clone(),
        secret_ids,
        bucket: None,
        version_id,
        version_stage,
        connection: caller.connection,
        access_key_id: caller.access_key_id.clone(),
        principal: None,
    });
    action.run(&Context { shared, region, caller, now: shared.now() }).await
}

/// What a test's own hands do to the account: the service's rules without faults, policies or a line in the log.
pub(crate) fn prepare<A: Action>(shared: &Arc<Shared>, region: &Region, action: A) -> Result<A::Output, Refusal> {
    action.check()?;
    let caller = &Caller::default();
    let context = Context { shared, region, caller, now: shared.now() };
    action.act(&context, &mut context.account())
}
