//! What goes wrong in a fake, and with which of the requests.

use std::fmt;
use std::time::Duration;

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

impl<Action> Effect<Action> {
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

/// An effect and the requests that it befalls: without a restriction every one of Secrets Manager.
#[derive(Clone)]
pub(crate) struct Entry<Action> {
    pub(crate) effect: Effect<Action>,
    pub(crate) secret_id: Option<String>,
    pub(crate) operation: Option<Operation>,
    pub(crate) after: u32,
    pub(crate) times: Option<u32>,
    pub(crate) above: Option<Rate>,
}

impl<Action> Entry<Action> {
    pub(crate) fn new(effect: Effect<Action>) -> Self {
        Entry { effect, secret_id: None, operation: None, after: 0, times: None, above: None }
    }
}

/// What was injected, in its order, and how far each entry has played.
pub(crate) struct Script<Action>(Vec<Entry<Action>>);

impl<Action> Default for Script<Action> {
    fn default() -> Self {
        Script(Vec::new())
    }
}

impl<Action: Clone> Script<Action> {
    pub(crate) fn add(&mut self, entry: Entry<Action>) {
        self.0.push(entry);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The effects on one request, up to the first that ends it. `concerns` is asked with an entry's
    /// secret, if it is restricted to one.
    pub(crate) fn play(
        &mut self,
        operation: Operation,
        concerns: impl Fn(Option<&str>) -> bool,
    ) -> Vec<Effect<Action>> {
        let mut effects = Vec::new();
        for entry in &mut self.0 {
            let matches = entry.operation.map_or(operation.is_about_secrets(), |only| only == operation)
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
            entry.times = entry.times.map(|times| times - 1);
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

    #[test]
    fn an_entry_waits_plays_and_is_spent() {
        let mut script = Script::default();
        script.add(Entry { after: 1, times: Some(2), secret_id: Some("a".to_owned()), ..refused(Refuse::Throttled) });
        let mut plays = |id: &str| script.play(Operation::GetSecretValue, |only| only == Some(id)).len();
        assert_eq!([plays("a"), plays("b"), plays("a"), plays("a"), plays("a")], [0, 0, 1, 1, 0]);
    }

    #[test]
    fn what_ends_a_request_leaves_later_entries_unspent() {
        let mut script = Script::default();
        script.add(Entry { times: Some(1), ..Entry::new(Effect::Delay(Duration::ZERO)) });
        script.add(Entry { times: Some(1), ..refused(Refuse::Throttled) });
        script.add(Entry { times: Some(1), ..refused(Refuse::AccessDenied) });
        let mut play = || format!("{:?}", script.play(Operation::GetSecretValue, |_| true));
        assert_eq!([play(), play(), play()], ["[Delay(0ns), Throttled]", "[AccessDenied]", "[]"]);
    }
}
