//! The contract suite: it passes on the stores that keep the contract, and fails on each that does not.

// clippy.toml allows `unwrap` in test functions, not in what they share.
#![allow(clippy::unwrap_used)]

use std::fmt;

use async_trait::async_trait;
use base64::Engine as _;
use secretfetch::{
    Call, Error, ErrorKind, Failure, Find, LocalSecretStore, Result, Secret, SecretRequest, SecretStore, SecretValue,
    StoreEvent, Stores, VersionStage,
};
use secretfetch_testkit::FakeSecretStore;
use secretfetch_testkit::contract::{self, Prepared, Rule, SeedSecret, Subject};

struct InMemory;

impl Subject for InMemory {
    type Store = FakeSecretStore;

    async fn prepare(&self, secrets: &[SeedSecret]) -> Prepared<FakeSecretStore> {
        let fake = contract::fake_with(secrets);
        Prepared::new(fake.clone()).with_fake(&fake)
    }
}

struct Local;

impl Subject for Local {
    type Store = LocalSecretStore;

    async fn prepare(&self, secrets: &[SeedSecret]) -> Prepared<LocalSecretStore> {
        let members = secrets.iter().filter(|secret| !secret.scheduled_for_deletion).map(|secret| {
            let value = match secret.current().expose_text() {
                Some(text) => serde_json::json!(text),
                None => {
                    let base64 = base64::engine::general_purpose::STANDARD.encode(secret.current().expose_bytes());
                    serde_json::json!({ "$binary": base64 })
                }
            };
            (secret.name.clone(), value)
        });
        let json = serde_json::Value::Object(members.collect()).to_string();
        Prepared::new(LocalSecretStore::from_json(&json).unwrap())
    }
}

#[tokio::test]
async fn the_fake_keeps_the_contract() {
    let report = contract::run(&InMemory).await;
    assert_eq!(report.not_applicable(), []);
}

#[tokio::test]
async fn the_local_store_keeps_the_contract_where_it_can_fail() {
    let report = contract::run(&Local).await;
    let rules: Vec<_> = report.not_applicable().iter().map(|part| part.rule).collect();
    let expected = [
        Rule::Identity,
        Rule::Version,
        Rule::NotFound,
        Rule::Order,
        Rule::NoRetries,
        Rule::Silence,
        Rule::Cancellation,
        Rule::Deadline,
        Rule::Progress,
    ];
    assert_eq!(rules, expected);
}

/// What a cache, metrics or a log are to the contract: a store around another one, which passes everything on.
#[derive(Debug)]
struct Wrapped<S>(S);

#[async_trait]
impl<S: SecretStore> SecretStore for Wrapped<S> {
    fn check(&self, request: &SecretRequest) -> Result<()> {
        self.0.check(request)
    }

    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        self.0.fetch(request).await
    }

    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        self.0.fetch_many(requests).await
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        self.0.find(find).await
    }
}

/// The fake, with stores around it.
struct Around<W>(fn(FakeSecretStore) -> W);

impl<W: SecretStore + fmt::Debug> Subject for Around<W> {
    type Store = W;

    async fn prepare(&self, secrets: &[SeedSecret]) -> Prepared<W> {
        let fake = contract::fake_with(secrets);
        Prepared::new((self.0)(fake.clone())).with_fake(&fake)
    }
}

#[tokio::test]
async fn a_wrapped_store_keeps_the_contract() {
    let report = contract::run(&Around(|fake| Wrapped(Wrapped(fake)))).await;
    assert_eq!(report.not_applicable(), []);
}

#[tokio::test]
async fn stores_by_name_keep_the_contract() {
    let report = contract::run(&Around(|fake| {
        let others = LocalSecretStore::from_json("{}").unwrap();
        Stores::new("main".parse().unwrap(), Wrapped(fake)).with("other".parse().unwrap(), others)
    }))
    .await;
    assert_eq!(report.not_applicable(), []);
}

/// What a store can do wrong, one at a time.
#[derive(Clone, Copy, Debug)]
enum Defect {
    FindsByPrefix,
    SwallowsVersionId,
    SwallowsStageInFetchMany,
    ForgetsTheId,
    Trims,
    BinaryAsText,
    WrongOrder,
    DropsFailures,
    Retries,
    DeniesRetries,
    LeaksInError,
    LeaksInDebug,
    LeaksInLog,
    GoesOnAfterDrop,
    LosesTheCall,
    TellsNothing,
    TellsTwice,
    FindsTooMuch,
    FindsInAnyOrder,
}

#[derive(Clone)]
struct Broken {
    defect: Defect,
    inner: FakeSecretStore,
}

impl Broken {
    async fn answer(&self, request: &SecretRequest) -> Result<Secret> {
        let current = SecretRequest::new(request.secret_id().clone());
        let result = self.inner.fetch(request).await;
        match (self.defect, result) {
            (Defect::FindsByPrefix, Err(_)) => {
                let names = self.inner.secret_names();
                let near = names.iter().find(|name| {
                    name.starts_with(request.secret_id().as_str()) && **name != *request.secret_id().as_str()
                });
                match near {
                    Some(name) => self.inner.fetch(&SecretRequest::new(name.parse().unwrap())).await,
                    None => self.inner.fetch(request).await,
                }
            }
            (Defect::SwallowsVersionId, _) if request.version_id().is_some() => self.inner.fetch(&current).await,
            (Defect::ForgetsTheId, Err(error)) => {
                Err(Failure::new(error.kind(), error.primary().message()).with_retryable(error.is_retryable()).into())
            }
            (Defect::Trims, Ok(secret)) => match secret.value.expose_text().map(|text| text.trim().to_owned()) {
                Some(text) => Ok(with_value(secret, SecretValue::from_text(text))),
                None => Ok(secret),
            },
            (Defect::BinaryAsText, Ok(secret)) => match String::from_utf8(secret.value.expose_bytes().to_vec()) {
                Ok(text) => Ok(with_value(secret, SecretValue::from_text(text))),
                Err(_) => Ok(secret),
            },
            (Defect::Retries, Err(error)) if error.is_retryable() => self.inner.fetch(request).await,
            (Defect::DeniesRetries, Err(error)) => Err(failure(&error).with_retryable(false).into()),
            (Defect::LeaksInError, Err(error)) if error.kind() == ErrorKind::VersionNotFound => {
                match self.inner.fetch(&current).await {
                    Ok(secret) => Err(failure(&error).with_hint(format!("{:?}", secret.value.expose_bytes())).into()),
                    Err(_) => Err(error),
                }
            }
            (Defect::LeaksInLog, Ok(secret)) => {
                tracing::trace!(target: "secretfetch::broken", value = ?secret.value.expose_text());
                Ok(secret)
            }
            (_, result) => result,
        }
    }
}

fn failure(error: &Error) -> Failure {
    error.primary().clone()
}

fn with_value(secret: Secret, value: SecretValue) -> Secret {
    let mut changed = secret;
    changed.value = value;
    changed
}

#[async_trait]
impl SecretStore for Broken {
    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        if let Defect::GoesOnAfterDrop = self.defect {
            let (store, request) = (self.inner.clone(), request.clone());
            return tokio::spawn(async move { store.fetch(&request).await }).await.unwrap();
        }
        if let Defect::LosesTheCall = self.defect {
            let (store, request) = (self.clone(), request.clone());
            // A set ends its tasks when it is dropped, as rule 8 wants it.
            let mut tasks = tokio::task::JoinSet::new();
            tasks.spawn(async move { store.answer(&request).await });
            return tasks.join_next().await.unwrap().unwrap();
        }
        self.answer(request).await
    }

    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        let mut results = Vec::new();
        for request in requests {
            results.push(match self.defect {
                Defect::SwallowsStageInFetchMany => {
                    let current = SecretRequest::new(request.secret_id().clone());
                    let id = request.version_id().cloned();
                    let asked = id.map_or(current.clone(), |id| current.with_version_id(id));
                    self.fetch(&match request.version_stage().filter(|stage| stage.as_str() == "NOSUCHSTAGE") {
                        Some(stage) => asked.with_version_stage(VersionStage::clone(stage)),
                        None => asked,
                    })
                    .await
                }
                _ => self.fetch(request).await,
            });
        }
        match self.defect {
            Defect::WrongOrder if requests.len() > 20 => {
                results.sort_by_key(|result| result.as_ref().ok().map(|secret| secret.name.clone()))
            }
            Defect::DropsFailures if results.iter().any(Result::is_ok) => results.retain(Result::is_ok),
            _ => {}
        }
        let times = match self.defect {
            Defect::TellsNothing => 0,
            Defect::TellsTwice => 2,
            _ => 1,
        };
        (0..times).for_each(|_| Call::current().tell(&StoreEvent::Answered { secrets: results.len() }));
        results
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        match self.defect {
            Defect::FindsTooMuch => self.inner.find(&Find::by_prefix(find.prefix().trim_end_matches('/'))).await,
            Defect::FindsInAnyOrder => self.inner.find(find).await.map(|found| found.into_iter().rev().collect()),
            _ => self.inner.find(find).await,
        }
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Defect::LeaksInDebug = self.defect {
            for name in self.inner.secret_names() {
                let request = SecretRequest::new(name.parse().unwrap());
                let mut fetch = self.inner.fetch(&request);
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                if let std::task::Poll::Ready(Ok(secret)) = fetch.as_mut().poll(&mut context) {
                    write!(f, "{:x?} ", secret.value.expose_text())?;
                }
            }
        }
        write!(f, "Broken")
    }
}

struct BrokenBy(Defect);

impl Subject for BrokenBy {
    type Store = Broken;

    async fn prepare(&self, secrets: &[SeedSecret]) -> Prepared<Broken> {
        let fake = contract::fake_with(secrets);
        Prepared::new(Broken { defect: self.0, inner: fake.clone() }).with_fake(&fake)
    }
}

#[tokio::test]
async fn every_defect_is_found_and_the_rule_named() {
    let defects = [
        (Defect::FindsByPrefix, Rule::NotFound),
        (Defect::SwallowsVersionId, Rule::Version),
        (Defect::SwallowsStageInFetchMany, Rule::Version),
        (Defect::ForgetsTheId, Rule::Version),
        (Defect::Trims, Rule::Exactness),
        (Defect::BinaryAsText, Rule::Exactness),
        (Defect::WrongOrder, Rule::Order),
        (Defect::DropsFailures, Rule::Order),
        (Defect::Retries, Rule::NoRetries),
        (Defect::DeniesRetries, Rule::NoRetries),
        (Defect::LeaksInError, Rule::Silence),
        (Defect::LeaksInDebug, Rule::Silence),
        (Defect::LeaksInLog, Rule::Silence),
        (Defect::GoesOnAfterDrop, Rule::Cancellation),
        (Defect::LosesTheCall, Rule::Deadline),
        (Defect::TellsNothing, Rule::Progress),
        (Defect::TellsTwice, Rule::Progress),
        (Defect::FindsTooMuch, Rule::Search),
        (Defect::FindsInAnyOrder, Rule::Search),
    ];
    for (defect, rule) in defects {
        let run = tokio::spawn(async move { contract::run(&BrokenBy(defect)).await });
        let panic = match run.await {
            Ok(_) => panic!("the suite passed a store with the defect {defect:?}"),
            Err(error) => error.into_panic(),
        };
        let message = panic.downcast_ref::<String>().unwrap();
        let expected = format!("the store breaks rule {rule} of its contract: ");
        assert!(message.starts_with(&expected), "{defect:?}: {message}");
    }
}
