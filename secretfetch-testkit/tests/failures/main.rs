//! What a failing test says: at which of its own lines, and without a secret's value.

// clippy.toml allows `unwrap` in test functions, not in what they share.
#![allow(clippy::unwrap_used)]

mod faults;
mod files;
mod mock;
mod requests;
mod setup;

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use secretfetch::SecretRequest;
use secretfetch_testkit::{FakeSecretStore, assert_no_secret_in};

/// The value of every secret here.
const VALUE: &str = "hunter2-canary";

/// A panic, as the test's output has it.
#[derive(Debug)]
struct Panicked {
    file: String,
    line: u32,
    message: String,
}

thread_local! {
    /// The last panic of this thread.
    static LAST: RefCell<Option<Panicked>> = const { RefCell::new(None) };
}

/// The panic of `failing`: the last one, if it has more than one.
#[track_caller]
fn panic_of<T>(failing: impl FnOnce() -> T) -> Panicked {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let location = info.location().unwrap();
            let message = info.payload_as_str().unwrap_or_default().to_owned();
            let panicked = Panicked { file: location.file().to_owned(), line: location.line(), message };
            LAST.with(|last| *last.borrow_mut() = Some(panicked));
            before(info);
        }));
    });
    let outcome = panic::catch_unwind(AssertUnwindSafe(failing));
    assert!(outcome.is_err(), "nothing panicked");
    let panicked = LAST.take().unwrap();
    assert_no_secret_in(&panicked.message, VALUE);
    panicked
}

/// Holds that it panics at its own line, and what it says.
macro_rules! panics_here {
    ($failing:expr, $message:expr) => {{
        let panicked = crate::panic_of(|| {
            _ = $failing;
        });
        let here = (file!(), line!());
        assert_eq!((panicked.file.as_str(), panicked.line), here, "{}", panicked.message);
        assert!(panicked.message.contains($message), "{}", panicked.message);
    }};
}
use panics_here;

fn store() -> FakeSecretStore {
    let store = FakeSecretStore::new();
    store.create_text("prod/db", VALUE);
    store.create_text("prod/api", VALUE);
    store
}

fn request(id: &str) -> SecretRequest {
    SecretRequest::new(id.parse().unwrap())
}
