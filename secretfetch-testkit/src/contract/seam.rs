//! Rules 9 and 10: what a store knows of its caller, and what it tells it, through whatever is wrapped around it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secretfetch::{Call, ErrorKind, SecretStore as _, StoreEvent};
use tokio::time::{Instant, timeout_at};

use super::answers::request;
use super::report::{Report, Rule};
use super::seed::SeedSecret;
use super::subject::Subject;
use crate::fake::fault::Fault;

/// How long a call may take that nobody answers.
const SHORT: Duration = Duration::from_secs(1);

pub(super) async fn deadline<S: Subject>(subject: &S, report: &mut Report) {
    let rule = Rule::Deadline;
    let names = ["contract/late/1", "contract/late/2", "contract/late/3"];
    let secrets: Vec<_> = names.iter().map(|name| SeedSecret::text(name, "value")).collect();
    let prepared = subject.prepare(&secrets).await;
    let store = prepared.store();
    let Some(fake) = prepared.fake(rule, "what is never answered", report) else { return };
    let requests: Vec<_> = names.iter().map(|name| request(name)).collect();
    fake.inject(Fault::hang());

    let end = Instant::now() + SHORT;
    let single = Call::current().with_deadline(end).run(store.fetch(&requests[0]));
    let single = timeout_at(end, single).await;
    let single = single.unwrap_or_else(|_| rule.broken("`fetch` goes on when the call's time is over"));
    let end = Instant::now() + SHORT;
    let many = Call::current().with_deadline(end).run(store.fetch_many(&requests[1..]));
    let many = timeout_at(end, many).await;
    let many = many.unwrap_or_else(|_| rule.broken("`fetch_many` goes on when the call's time is over"));
    fake.clear_faults();

    for result in many.into_iter().chain([single]) {
        match result {
            Ok(_) => rule.broken("a request that is never answered had an answer"),
            Err(error) => rule.require(
                error.kind() == ErrorKind::Timeout && error.is_retryable(),
                format_args!("what is never answered ended as {error:?}"),
            ),
        }
    }
}

pub(super) async fn progress<S: Subject>(subject: &S, report: &mut Report) {
    let rule = Rule::Progress;
    let secrets: Vec<_> = (0..23).map(|n| SeedSecret::text(&format!("contract/{n}"), "value")).collect();
    let prepared = subject.prepare(&secrets).await;
    let store = prepared.store();
    let mut requests: Vec<_> = secrets.iter().map(|secret| request(&secret.name)).collect();
    // Twice the same, one of another version, one that does not exist: each has an answer.
    requests.push(request("contract/0"));
    requests.push(request("contract/1").with_version_stage("NOSUCHSTAGE".parse().unwrap_or_else(|e| rule.broken(e))));
    requests.push(request("contract/absent"));
    let told = |answers: &Arc<AtomicUsize>| {
        let answers = answers.clone();
        Call::current().with_observer(move |event| {
            if let StoreEvent::Answered { secrets } = event {
                answers.fetch_add(*secrets, Ordering::SeqCst);
            }
        })
    };
    // Again, for a store that remembers.
    for _ in 0..2 {
        let answers = Arc::new(AtomicUsize::new(0));
        let results = told(&answers).run(store.fetch_many(&requests)).await;
        rule.require(results.len() == requests.len(), format_args!("{} results", results.len()));
        let answers = answers.load(Ordering::SeqCst);
        rule.require(
            answers == requests.len(),
            format_args!("{answers} answers were told for {} requests", requests.len()),
        );
    }
    if let Some(fake) = prepared.fake(rule, "progress of what fails", report) {
        let fresh = subject.prepare(&secrets).await;
        let fake = fresh.fake(rule, "progress of what fails", report).unwrap_or(fake);
        fake.inject(Fault::access_denied());
        let answers = Arc::new(AtomicUsize::new(0));
        told(&answers).run(fresh.store().fetch_many(&requests)).await;
        let answers = answers.load(Ordering::SeqCst);
        rule.require(answers == requests.len(), format_args!("{answers} answers were told where all is denied"));
    }
}
