//! The contract of [`SecretStore`](secretfetch::SecretStore) as a suite that any store can run.
//!
//! A [`Subject`] says how to get a store that holds certain secrets. [`run`] prepares such stores and
//! panics at the first rule that one of them breaks, naming the rule and what happened. What cannot be
//! tested on the subject (it has no ARNs, or no fake behind it that could fail) is in the [`Report`], so
//! that a test can hold that nothing was left out.
//!
//! ```
//! use secretfetch_testkit::FakeSecretStore;
//! use secretfetch_testkit::contract::{self, Prepared, SeedSecret, Subject};
//!
//! struct InMemory;
//!
//! impl Subject for InMemory {
//!     type Store = FakeSecretStore;
//!
//!     async fn prepare(&self, secrets: &[SeedSecret]) -> Prepared<FakeSecretStore> {
//!         let fake = contract::fake_with(secrets);
//!         Prepared::new(fake.clone()).with_fake(&fake)
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let report = contract::run(&InMemory).await;
//! assert!(report.not_applicable().is_empty());
//! # }
//! ```
//!
//! The suite waits by tokio's clock, which must not be paused: a server under test has another one.

mod answers;
mod capture;
mod conduct;
mod report;
mod seam;
mod search;
mod seed;
mod subject;

use std::time::Duration;

pub use report::{NotApplicable, Report, Rule};
pub use seed::{SeedSecret, SeedVersion, fake_with};
pub use subject::{Identity, Prepared, Subject};

/// How long one rule may take, however slow the machine is.
const LIMIT: Duration = Duration::from_secs(60);

/// Tests every rule of the contract on the subject's stores.
///
/// # Panics
/// If a rule is broken, or takes more than a minute.
pub async fn run<S: Subject>(subject: &S) -> Report {
    let mut report = Report::default();
    within(Rule::Identity, answers::identity(subject, &mut report)).await;
    within(Rule::Version, answers::version(subject, &mut report)).await;
    within(Rule::NotFound, answers::not_found(subject, &mut report)).await;
    within(Rule::Exactness, answers::exactness(subject)).await;
    within(Rule::Order, answers::order(subject, &mut report)).await;
    within(Rule::NoRetries, conduct::no_retries(subject, &mut report)).await;
    within(Rule::Silence, conduct::silence(subject, &mut report)).await;
    within(Rule::Cancellation, conduct::cancellation(subject, &mut report)).await;
    within(Rule::Deadline, seam::deadline(subject, &mut report)).await;
    within(Rule::Progress, seam::progress(subject, &mut report)).await;
    within(Rule::Search, search::search(subject, &mut report)).await;
    report
}

async fn within(rule: Rule, test: impl Future<Output = ()>) {
    if tokio::time::timeout(LIMIT, test).await.is_err() {
        rule.broken(format_args!("no answer within {} s", LIMIT.as_secs()));
    }
}
