//! The expectation-style mock.

use std::fmt;
use std::fmt::Write as _;
use std::future;
use std::panic::{self, AssertUnwindSafe, Location};
use std::pin::Pin;
use std::thread;

use secretfetch::{Result, Secret, SecretRequest, SecretStore};

/// What mockall writes.
mod expectations {
    // It has no documentation of its own beside the struct.
    #![allow(missing_docs)]

    use secretfetch::{Result, Secret, SecretRequest};

    mockall::mock! {
        // The name is in mockall's messages.
        #[derive(Debug)]
        pub SecretStore {
            pub fn fetch(&self, request: &SecretRequest) -> Result<Secret>;
        }
    }

    pub use __mock_MockSecretStore::__fetch::Expectation;
}

pub use expectations::Expectation as FetchExpectation;

/// A [`SecretStore`] for tests that expect certain calls, made by [mockall](crate::mockall).
///
/// Only `fetch` has expectations. `fetch_many` is the trait's own default, which calls `fetch` for
/// each request, so a mock with `expect_fetch` answers both. A `fetch` without an expectation
/// panics, and so does dropping the mock with one that was not met.
///
/// ```
/// use secretfetch::{Secret, SecretRequest, SecretStore, SecretValue};
/// use secretfetch_testkit::MockSecretStore;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut store = MockSecretStore::new();
/// store
///     .expect_fetch()
///     .withf(|request| request.secret_id().as_str() == "prod/db")
///     .times(2)
///     .returning(|request| {
///         Ok(Secret::new(request.secret_id().as_str(), SecretValue::from_text("s3cr3t".to_owned())))
///     });
///
/// let request = SecretRequest::new("prod/db".parse()?);
/// assert_eq!(store.fetch(&request).await?.value.expose_text(), Some("s3cr3t"));
/// assert!(store.fetch_many(&[request]).await[0].is_ok());
/// store.checkpoint();
/// # Ok(()) }
/// ```
///
/// # Where a failure points
///
/// [`checkpoint`](MockSecretStore::checkpoint) panics at its caller's line; so does a `fetch` that is not expected, if
/// the caller has the mock itself or is generic over the store. Rust knows no caller of a method of a `dyn SecretStore`,
/// and none of a drop: for these the message has the lines where the mock was made and its calls were expected. It has
/// the request, and never a value. mockall's own panic, with less in it, is printed before.
///
/// A call counts when it is made, before its future is polled.
pub struct MockSecretStore {
    expectations: expectations::MockSecretStore,
    made: &'static Location<'static>,
    /// Where calls were expected, since the last checkpoint.
    expected: Vec<&'static Location<'static>>,
}

impl MockSecretStore {
    /// A mock that expects nothing.
    #[track_caller]
    pub fn new() -> Self {
        MockSecretStore {
            expectations: expectations::MockSecretStore::new(),
            made: Location::caller(),
            expected: Vec::new(),
        }
    }

    /// Expects a call of `fetch`: which one, how often, and what it answers is said of the [`FetchExpectation`].
    ///
    /// Of several expectations that fit, the first one that has calls left answers.
    #[track_caller]
    pub fn expect_fetch(&mut self) -> &mut FetchExpectation {
        self.expected.push(Location::caller());
        self.expectations.expect_fetch()
    }

    /// Holds that what was expected up to now has been called, and expects nothing from then on.
    ///
    /// # Panics
    /// If it has not been called as often as it should.
    #[track_caller]
    pub fn checkpoint(&mut self) {
        if let Some(unmet) = self.unmet() {
            panic!("{unmet}");
        }
    }

    /// What to say if an expectation was not met. There is none any more.
    fn unmet(&mut self) -> Option<String> {
        let checked = caught(|| self.expectations.checkpoint());
        let unmet = checked.err().map(|message| self.told(&message, None));
        self.expected.clear();
        unmet
    }

    #[track_caller]
    fn answer(&self, request: &SecretRequest) -> Result<Secret> {
        match caught(|| self.expectations.fetch(request)) {
            Ok(answer) => answer,
            Err(message) => panic!("{}", self.told(&message, Some(request))),
        }
    }

    /// A message of mockall's, and what it does not know.
    fn told(&self, message: &str, request: Option<&SecretRequest>) -> String {
        let mut text = message.to_owned();
        if let Some(request) = request {
            _ = write!(text, "\n  the request: {:?}", request.secret_id().as_str());
            let version = request.version_id().map(|id| ("version", id.as_str()));
            let stage = request.version_stage().map(|stage| ("stage", stage.as_str()));
            let region = request.region().map(|region| ("region", region.as_str()));
            for (what, value) in [version, stage, region].into_iter().flatten() {
                _ = write!(text, ", {what} {value}");
            }
        }
        _ = write!(text, "\n  the mock: made at {}", self.made);
        for (n, expected) in self.expected.iter().enumerate() {
            _ = write!(text, "{}{expected}", if n == 0 { "\n  calls are expected at " } else { ", " });
        }
        text
    }
}

/// mockall's message, if that panics. What else panics, the closure of an expectation, goes on doing so.
fn caught<T>(call: impl FnOnce() -> T) -> std::result::Result<T, String> {
    // mockall's own state is whole after its panics.
    panic::catch_unwind(AssertUnwindSafe(call)).map_err(|payload| match payload.downcast::<String>() {
        Ok(message) if message.starts_with("MockSecretStore::fetch") => *message,
        Ok(other) => panic::resume_unwind(other),
        Err(other) => panic::resume_unwind(other),
    })
}

impl SecretStore for MockSecretStore {
    // Not `async`, which has no caller: this is what `async_trait` makes of it.
    #[track_caller]
    fn fetch<'store, 'request, 'answer>(
        &'store self,
        request: &'request SecretRequest,
    ) -> Pin<Box<dyn Future<Output = Result<Secret>> + Send + 'answer>>
    where
        'store: 'answer,
        'request: 'answer,
        Self: 'answer,
    {
        Box::pin(future::ready(self.answer(request)))
    }
}

impl Default for MockSecretStore {
    #[track_caller]
    fn default() -> Self {
        MockSecretStore::new()
    }
}

impl Drop for MockSecretStore {
    fn drop(&mut self) {
        if !thread::panicking()
            && let Some(unmet) = self.unmet()
        {
            panic!("{unmet}");
        }
    }
}

impl fmt::Debug for MockSecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockSecretStore").field("made", &format_args!("{}", self.made)).finish_non_exhaustive()
    }
}
