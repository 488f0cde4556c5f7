//! What goes wrong in a fake, and with which of the requests.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use secretfetch::Region;

use super::chance::Chance;
use super::log::Operation;
use super::rate::Rate;

/// What happens to a request. `Action` is what a fault does besides; the script only hands it on.
#[derive(Clone)]
pub(crate) enum Effect<Action> {
    Refuse(Refuse),
    Break(Breakage),
    Hang,
    Delay(Duration),
    Meanwhile(Action),
}

/// The refusals that do not follow from the state.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refuse {
    Throttled,
    AccessDenied,
    KmsAccessDenied,
    ExpiredToken,
    InvalidToken,
    NoCredentials,
    InternalError,
    Unavailable,
}

/// Answers that are not the service's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Breakage {
    Unreached(Unreached),
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

/// Why a request does not come as far as to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreached {
    Dns,
    Connect,
    UntrustedCertificate,
}

impl<Action> Effect<Action> {
    /// Whether it befalls this operation if no operation is named.
    fn concerns(&self, operation: Operation) -> bool {
        match (self, operation) {
            // Who has no credentials has none from here.
            (Effect::Refuse(Refuse::NoCredentials), Operation::ContainerCredentials | Operation::InstanceMetadata) => {
                true
            }
            _ => operation.service().is_some() || operation.is_about_objects(),
        }
    }

    fn ends_the_request(&self) -> bool {
        matches!(self, Effect::Refuse(_) | Effect::Break(_) | Effect::Hang)
    }
}

impl<Action> fmt::Debug for Effect<Action> {
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

/// An effect and the requests that it befalls: without a restriction every one of a service.
#[derive(Clone)]
pub(crate) struct Entry<Action> {
    pub(crate) effect: Effect<Action>,
    pub(crate) secret_id: Option<String>,
    pub(crate) operation: Option<Operation>,
    pub(crate) region: Option<Region>,
    pub(crate) after: u32,
    pub(crate) times: Option<u32>,
    pub(crate) above: Option<Rate>,
    pub(crate) chance: Option<Chance>,
}

impl<Action> Entry<Action> {
    pub(crate) fn new(effect: Effect<Action>) -> Self {
        Entry {
            effect,
            secret_id: None,
            operation: None,
            region: None,
            after: 0,
            times: None,
            above: None,
            chance: None,
        }
    }
}

/// How often an entry of a script has played.
#[derive(Clone, Debug, Default)]
pub(crate) struct Played(Arc<AtomicU32>);

impl Played {
    pub(crate) fn times(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    fn once_more(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn is_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// What was injected, in its order, and how far each entry has played.
pub(crate) struct Script<Action>(Vec<(Entry<Action>, Played)>);

impl<Action> Default for Script<Action> {
    fn default() -> Self {
        Script(Vec::new())
    }
}

impl<Action: Clone> Script<Action> {
    pub(crate) fn add(&mut self, entry: Entry<Action>) -> Played {
        let played = Played::default();
        self.0.push((entry, played.clone()));
        played
    }

    /// Takes out the entry of which `played` tells.
    pub(crate) fn remove(&mut self, played: &Played) {
        self.0.retain(|(_, other)| !other.is_of(played));
    }

    /// What is there, and how often each has played.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Entry<Action>, u32)> {
        self.0.iter().map(|(entry, played)| (entry, played.times()))
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The effects on one request, up to the first that ends it. `concerns` is asked with an entry's
    /// secret, if it is restricted to one.
    pub(crate) fn play(
        &mut self,
        operation: Operation,
        region: &Region,
        concerns: impl Fn(Option<&str>) -> bool,
    ) -> Vec<Effect<Action>> {
        let mut effects = Vec::new();
        for (entry, played) in &mut self.0 {
            let matches = entry.operation.map_or_else(|| entry.effect.concerns(operation), |only| only == operation)
                && entry.region.as_ref().is_none_or(|only| only == region)
                && entry.times != Some(0)
                && concerns(entry.secret_id.as_deref());
            if !matches {
                continue;
            }
            if entry.after > 0 {
                entry.after -= 1;
                continue;
            }
            if entry.above.as_mut().is_some_and(Rate::admits) {
                continue;
            }
            if entry.chance.as_mut().is_some_and(|chance| !chance.strikes()) {
                continue;
            }
            entry.times = entry.times.map(|times| times - 1);
            played.once_more();
            effects.push(entry.effect.clone());
            if entry.effect.ends_the_request() {
                break;
            }
        }
        effects
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(refuse: Refuse) -> Entry<()> {
        Entry::new(Effect::Refuse(refuse))
    }

    fn here() -> Region {
        "us-east-1".parse().unwrap()
    }

    #[test]
    fn an_entry_waits_plays_and_is_spent() {
        let mut script = Script::default();
        script.add(Entry { after: 1, times: Some(2), secret_id: Some("a".to_owned()), ..refused(Refuse::Throttled) });
        let mut plays = |id: &str| script.play(Operation::GetSecretValue, &here(), |only| only == Some(id)).len();
        assert_eq!([plays("a"), plays("b"), plays("a"), plays("a"), plays("a")], [0, 0, 1, 1, 0]);
    }

    #[test]
    fn what_ends_a_request_leaves_later_entries_unspent() {
        let mut script = Script::default();
        script.add(Entry { times: Some(1), ..Entry::new(Effect::Delay(Duration::ZERO)) });
        script.add(Entry { times: Some(1), ..refused(Refuse::Throttled) });
        script.add(Entry { times: Some(1), ..refused(Refuse::AccessDenied) });
        let mut play = || format!("{:?}", script.play(Operation::GetSecretValue, &here(), |_| true));
        assert_eq!([play(), play(), play()], ["[Delay(0ns), Throttled]", "[AccessDenied]", "[]"]);
    }

    #[test]
    fn an_entry_that_is_taken_out_plays_no_more_and_leaves_the_others() {
        let mut script = Script::default();
        let first = script.add(refused(Refuse::Throttled));
        let second = script.add(refused(Refuse::AccessDenied));
        let play = |script: &mut Script<()>| format!("{:?}", script.play(Operation::GetSecretValue, &here(), |_| true));
        assert_eq!(play(&mut script), "[Throttled]");
        script.remove(&first);
        assert_eq!(play(&mut script), "[AccessDenied]");
        assert_eq!((first.times(), second.times()), (1, 1));
    }
}
