//! Rules 6 to 8: how a store behaves while it answers.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use secretfetch::{ErrorKind, SecretStore as _, SecretValue};
use tokio::time::{Instant, sleep, timeout};
use tracing::instrument::WithSubscriber as _;

use super::answers::{failed, request};
use super::capture::Capture;
use super::report::{Report, Rule};
use super::seed::SeedSecret;
use super::subject::Subject;
use crate::assertion::leak;
use crate::fake::fault::Fault;
use crate::fake::store::FakeSecretStore;

/// Every refusal that a fake can be told to give, what a store makes of it, and whether to try again.
fn refusals() -> [(Fault, ErrorKind, bool); 7] {
    [
        (Fault::throttled(), ErrorKind::Throttled, true),
        (Fault::internal_error(), ErrorKind::ServiceUnavailable, true),
        (Fault::unavailable(), ErrorKind::ServiceUnavailable, true),
        (Fault::access_denied(), ErrorKind::AccessDenied, false),
        (Fault::kms_access_denied(), ErrorKind::KmsAccessDenied, false),
        (Fault::expired_token(), ErrorKind::CredentialsRejected, false),
        (Fault::invalid_token(), ErrorKind::CredentialsRejected, false),
    ]
}

pub(super) async fn no_retries<S: Subject>(subject: &S, report: &mut Report) {
    let rule = Rule::NoRetries;
    let name = "contract/once";
    let prepared = subject.prepare(&[SeedSecret::text(name, "value")]).await;
    let Some(fake) = prepared.fake(rule, "attempts at what fails", report) else { return };
    for (fault, kind, retryable) in refusals() {
        fake.clear_requests();
        fake.inject(fault.once());
        let error = failed(rule, prepared.store().fetch(&request(name)).await, kind, &request(name));
        let attempts = fake.requests().len();
        rule.require(attempts == 1, format_args!("{attempts} attempts, the first of which had {kind:?}"));
        rule.require(
            error.is_retryable() == retryable,
            format_args!("{kind:?} has is_retryable() = {}", error.is_retryable()),
        );
    }
}

pub(super) async fn silence<S: Subject>(subject: &S, report: &mut Report) {
    let rule = Rule::Silence;
    let text = r#"canary-7Zq"N4/tüx 9"#;
    let binary = [0xca, 0x4a, 0x91, 0x00, 0x7e, 0xfe, 0x13, 0x37, 0xd0, 0x0d, 0xff];
    let (current, bytes, gone) = ("contract/text", "contract/binary", "contract/gone");
    let secrets = [
        SeedSecret::text(current, text),
        SeedSecret::with_value(bytes, SecretValue::from_binary(binary.to_vec())),
        SeedSecret::text(gone, text).deleted(),
    ];
    let prepared = subject.prepare(&secrets).await;
    let store = prepared.store();

    let capture = Capture::new(subject.log_target());
    let mut printed = vec![format!("{store:?}"), format!("{store:#?}")];
    async {
        let mut requests = vec![request(current), request(bytes), request("contract/absent")];
        if prepared.identity(rule, gone).is_some() {
            requests.push(request(gone));
        }
        let stage = "NOSUCHSTAGE".parse().unwrap_or_else(|error| rule.broken(error));
        requests.push(request(current).with_version_stage(stage));
        let mut faults = vec![None];
        if let Some(fake) = prepared.fake(rule, "what is said of a failing service", report) {
            let wire = [Fault::reset(), Fault::truncated_body(), Fault::html_page(502), Fault::status(418)];
            let refusals = refusals().into_iter().map(|(fault, ..)| fault);
            faults.extend(refusals.chain(wire).map(|fault| Some((fake, fault))));
        }
        for fault in faults {
            if let Some((fake, fault)) = fault {
                fake.clear_faults();
                fake.inject(fault);
            }
            let mut results = store.fetch_many(&requests).await;
            for request in &requests {
                results.push(store.fetch(request).await);
            }
            for result in results {
                printed.push(match result {
                    Ok(secret) => format!("{secret:?} {secret:#?}"),
                    Err(error) => format!("{error} {error:?} {error:#?}"),
                });
            }
        }
    }
    .with_subscriber(capture.clone())
    .await;
    printed.push(format!("{store:?}"));
    printed.extend(capture.lines());
    for line in &printed {
        for secret in [text.as_bytes(), &binary] {
            if let Some((form, offset)) = leak::find(line.as_bytes(), secret) {
                rule.broken(format_args!("a value is, {form}, at byte {offset} of what it said"));
            }
        }
    }
}

pub(super) async fn cancellation<S: Subject>(subject: &S, report: &mut Report) {
    let rule = Rule::Cancellation;
    // Each part asks for what was not asked for before: a store may remember.
    let (dropped, hung) = ("contract/dropped", "contract/never-answered");
    let prepared = subject.prepare(&[SeedSecret::text(dropped, "value"), SeedSecret::text(hung, "value")]).await;
    let store = prepared.store();
    let requests = vec![request(dropped); 3];

    // Dropped before and after the first poll, wherever the store is by then.
    drop(store.fetch(&requests[0]));
    drop(store.fetch_many(&requests));
    poll_once(store.fetch(&requests[0])).await;
    poll_once(store.fetch_many(&requests)).await;

    if let Some(fake) = prepared.fake(rule, "work that goes on after a drop", report) {
        let before = settled(fake).await;
        rule.require(before == 0, "work goes on after futures were dropped at their first poll");
        fake.inject(Fault::hang());
        let requests = vec![request(hung); 3];
        let (single, many) = (store.fetch(&requests[0]), store.fetch_many(&requests));
        let both = async { tokio::join!(single, many) };
        rule.require(
            timeout(Duration::from_millis(300), both).await.is_err(),
            "a request that is never answered had an answer",
        );
        let after = settled(fake).await;
        rule.require(after == 0, format_args!("{after} requests are under way after their futures were dropped"));
        fake.clear_faults();
    }
    for name in [dropped, hung] {
        let usable = store.fetch(&request(name)).await;
        rule.require(usable.is_ok(), "the store is not usable after a future was dropped");
    }
}

async fn poll_once<F: Future>(future: F) {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        let _ = future.as_mut().poll(context);
        Poll::Ready(())
    })
    .await;
}

/// What is still under way when nothing changes any more, or after two seconds: a server needs a moment
/// to see that its client has gone.
async fn settled(fake: &FakeSecretStore) -> usize {
    let end = Instant::now() + Duration::from_secs(2);
    sleep(Duration::from_millis(20)).await;
    while fake.in_flight() > 0 && Instant::now() < end {
        sleep(Duration::from_millis(10)).await;
    }
    fake.in_flight()
}
