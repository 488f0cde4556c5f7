//! Faults that must happen.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::thread;

use super::script::Played;
use super::shared::Shared;

/// A [`Fault`](crate::Fault) from [`inject_scoped`](crate::FakeSecretStore::inject_scoped): it ends when this is
/// dropped, and must have happened by then.
///
/// A fault with [`times`](crate::Fault::times) must have happened that many times, any other one at least once.
///
/// # Panics
/// When it is dropped and the fault has not happened often enough, unless the thread is panicking already. The
/// message has the fault and the line where it was injected. [`verify`](FaultGuard::verify) does the same at a line of
/// the test.
#[must_use = "the fault ends when the guard is dropped"]
pub struct FaultGuard {
    shared: Arc<Shared>,
    played: Played,
    name: String,
    /// How often it must have happened in the end.
    expected: u32,
    injected: &'static Location<'static>,
}

impl FaultGuard {
    #[track_caller]
    pub(crate) fn new(shared: Arc<Shared>, played: Played, name: String, expected: u32) -> Self {
        FaultGuard { shared, played, name, expected, injected: Location::caller() }
    }

    /// How often the fault has happened up to now.
    pub fn times_fired(&self) -> u32 {
        self.played.times()
    }

    /// Ends the fault.
    ///
    /// # Panics
    /// If it has not happened often enough.
    #[track_caller]
    pub fn verify(self) {
        if let Some(unmet) = self.end() {
            // Dropped while the thread panics, the guard is silent.
            panic!("{unmet}");
        }
    }

    /// Takes the fault out of the script; what to say if it has not happened often enough.
    fn end(&self) -> Option<String> {
        self.shared.script().remove(&self.played);
        let fired = self.times_fired();
        (fired < self.expected).then(|| {
            let how_often = match (fired, self.expected) {
                (0, _) => "never fired".to_owned(),
                (fired, expected) => format!("fired {fired} of {expected} times"),
            };
            format!("the fault `{}`, injected at {}, {how_often}", self.name, self.injected)
        })
    }
}

impl Drop for FaultGuard {
    fn drop(&mut self) {
        let unmet = self.end();
        if let Some(unmet) = unmet.filter(|_| !thread::panicking()) {
            panic!("{unmet}");
        }
    }
}

impl fmt::Debug for FaultGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultGuard")
            .field("fault", &self.name)
            .field("times_fired", &self.times_fired())
            .field("expected", &self.expected)
            .field("injected", &format_args!("{}", self.injected))
            .finish()
    }
}
