//! The policies that are printed for a plan are enough, and nothing in them can be left out: tried on an account that
//! enforces them, over the wire, by the stores themselves.

#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod account;
mod configuration;
mod own_process;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secretfetch::{
    Call, Config, Error, ErrorKind, Failure, Fetcher, Plan, Policy, PolicyScope, Region, RetryPolicy, StoreEvent,
};
use serde_json::{Value, json};

use account::{ACCOUNT, Account, Encryption, KEYS, REGIONS};
use own_process::in_own_process;

/// One run: what failed, and whether it fell back from batches.
#[derive(Debug, Default)]
struct Run {
    error: Option<Error>,
    notes: usize,
}

impl Run {
    fn is_clean(&self) -> bool {
        self.error.is_none() && self.notes == 0
    }
}

async fn run(plan: &Plan, fetcher: &Fetcher) -> Run {
    let notes = Arc::new(Mutex::new(0));
    let call = Call::current().with_observer({
        let notes = Arc::clone(&notes);
        move |event| {
            if matches!(event, StoreEvent::BatchRefused { .. }) {
                *notes.lock().unwrap() += 1;
            }
        }
    });
    let rendered = call.run(fetcher.render(plan)).await;
    let notes = *notes.lock().unwrap();
    Run { error: rendered.err(), notes }
}

async fn open(plan: &Plan) -> Fetcher {
    // A second region is asked when the first one has twice given no answer. A denial is one.
    let retry = RetryPolicy::default().with_waits(Duration::ZERO, Duration::ZERO).with_attempts(3);
    Fetcher::open(plan).await.unwrap().with_retry(retry)
}

/// A document without something in it: what, and the rest.
struct Reduced {
    without: String,
    /// The statement that it was in.
    sid: String,
    rest: String,
}

impl Reduced {
    /// Whether stores that have been asked before would not notice: one that was refused a batch asks for none again, and one
    /// that has assumed a role has its credentials.
    fn needs_new_stores(&self) -> bool {
        ["AskForSecretsInBatches", "AssumeRoles"].contains(&self.sid.as_str())
    }
}

/// The document without one statement, one action, resource or value of a condition.
fn reduced(document: &str) -> Vec<Reduced> {
    let document: Value = serde_json::from_str(document).unwrap();
    let statements = document["Statement"].as_array().unwrap();
    let mut all = Vec::new();
    let mut keep = |without: String, at: usize, changed: Option<Value>| {
        let mut rest = statements.clone();
        match changed {
            Some(statement) => rest[at] = statement,
            None => _ = rest.remove(at),
        }
        let sid = statements[at]["Sid"].as_str().unwrap().to_owned();
        all.push(Reduced {
            without,
            sid,
            rest: json!({"Version": document["Version"], "Statement": rest}).to_string(),
        });
    };
    for (at, statement) in statements.iter().enumerate() {
        let sid = &statement["Sid"];
        keep(format!("statement {sid}"), at, None);
        for member in ["Action", "Resource"] {
            for (index, removed) in statement[member].as_array().into_iter().flatten().enumerate() {
                let mut changed = statement.clone();
                changed[member].as_array_mut().unwrap().remove(index);
                keep(format!("{member} {removed} of {sid}"), at, Some(changed));
            }
        }
        for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
            for (key, values) in keys.as_object().into_iter().flatten() {
                // Without a condition more is allowed; without one of its values, less.
                for (index, removed) in values.as_array().unwrap().iter().enumerate() {
                    let mut changed = statement.clone();
                    changed["Condition"][operator][key].as_array_mut().unwrap().remove(index);
                    keep(format!("{key} {removed} of {sid}"), at, Some(changed));
                }
            }
        }
    }
    all
}

/// A configuration in each of the accounts that it is tried in, with the policies that are printed for it.
struct Trial<'a> {
    text: String,
    /// With the stores of the whole run.
    runs: Vec<(&'a Account, Plan, Fetcher)>,
    /// With the role that each is of.
    documents: Vec<(Option<String>, String)>,
}

impl<'a> Trial<'a> {
    async fn new(mut config: Value, accounts: &[&'a Account], with_keys: bool) -> Self {
        let mut runs = Vec::new();
        for account in accounts {
            for (_, store) in config["stores"].as_object_mut().unwrap() {
                let (_, settings) = store.as_object_mut().unwrap().iter_mut().next().unwrap();
                settings["profile"] = json!(account.profile());
            }
            let plan = Plan::new(Config::from_text(&config.to_string(), "/etc".as_ref()).unwrap()).unwrap();
            let fetcher = open(&plan).await;
            runs.push((*account, plan, fetcher));
        }
        let mut scope =
            PolicyScope::default().with_region(REGIONS[0].parse::<Region>().unwrap()).with_account(ACCOUNT.to_owned());
        if with_keys {
            scope = KEYS.iter().fold(scope, |scope, key| scope.with_kms_key(key.parse().unwrap()));
        }
        let policies = Policy::of(&runs[0].1, &scope);
        let documents = policies.iter().map(|policy| (policy.role().map(str::to_owned), policy.to_json())).collect();
        Trial { text: config.to_string(), runs, documents }
    }

    /// The policies, one of them with another document.
    fn with<'d>(&'d self, at: usize, rest: &'d str) -> impl Iterator<Item = (Option<&'d str>, &'d str)> + Clone {
        self.documents
            .iter()
            .enumerate()
            .map(move |(place, (role, document))| (role.as_deref(), if place == at { rest } else { document.as_str() }))
    }

    /// Runs under these policies, in one account after the other until something is not as it was.
    async fn run<'d>(
        &self,
        documents: impl Iterator<Item = (Option<&'d str>, &'d str)> + Clone,
        has_new_stores: bool,
    ) -> Run {
        for (account, plan, fetcher) in &self.runs {
            account.enforce(documents.clone());
            let run = if has_new_stores { run(plan, &open(plan).await).await } else { run(plan, fetcher).await };
            if !run.is_clean() {
                return run;
            }
        }
        Run::default()
    }
}

fn is_denial(failure: &Failure) -> bool {
    matches!(failure.kind(), ErrorKind::AccessDenied | ErrorKind::KmsAccessDenied | ErrorKind::CredentialsRejected)
}

#[test]
fn the_printed_policies_are_enough_and_nothing_in_them_can_be_left_out() {
    let accounts = || [Encryption::Default, Encryption::Keys, Encryption::BucketKeys].map(Account::new);
    in_own_process(
        "the_printed_policies_are_enough_and_nothing_in_them_can_be_left_out",
        accounts,
        async |accounts: &[Account; 3]| {
            let count = std::env::var("TEST_COUNT").ok().and_then(|n| n.parse().ok()).unwrap_or(220);
            let mut random = fastrand::Rng::with_seed(17);
            let (mut removed, mut fell_back) = (0, 0);
            let started = std::time::Instant::now();
            for number in 0..count {
                let config = configuration::random(&mut random, &accounts[0]);
                let with_keys = random.bool();
                let tried: Vec<&Account> = accounts.iter().filter(|account| account.has_keys() == with_keys).collect();
                let trial = Trial::new(config, &tried, with_keys).await;
                let whole = trial.run(trial.with(usize::MAX, ""), false).await;
                let (text, documents) = (&trial.text, &trial.documents);
                assert!(whole.is_clean(), "{number}: {text}\n{documents:#?}\n{whole:?}");
                for (at, (_, document)) in documents.iter().enumerate() {
                    for part in reduced(document) {
                        let run = trial.run(trial.with(at, &part.rest), part.needs_new_stores()).await;
                        let without = &part.without;
                        assert!(!run.is_clean(), "{number}: {text}\n{document}\nnothing fails without {without}");
                        let failures = run.error.iter().flat_map(Error::failures);
                        assert!(failures.into_iter().all(is_denial), "{without}: {run:?}");
                        removed += 1;
                        fell_back += usize::from(run.error.is_none());
                    }
                }
            }
            println!("{removed} {fell_back} {:?}", started.elapsed());
            // A generator that makes no batches, or one secret only, would show nothing.
            assert!(
                removed > 10 * count && fell_back > count / 20,
                "{removed} parts were removed, {fell_back} times it fell back"
            );
        },
    );
}

#[test]
fn both_regions_of_a_store_are_allowed_and_nothing_of_either_can_be_left_out() {
    let accounts = || [Encryption::Default, Encryption::Keys, Encryption::BucketKeys].map(Account::new);
    let name = "both_regions_of_a_store_are_allowed_and_nothing_of_either_can_be_left_out";
    in_own_process(name, accounts, async |accounts: &[Account; 3]| {
        for sources in [
            vec![json!({"secretId": "a", "store": "secrets-two"}), json!({"secretId": "Z", "store": "secrets-two"})],
            vec![json!({"secretId": accounts[0].in_region(REGIONS[0]).partial_arn("a"), "store": "secrets-two"})],
            vec![json!({"find": {"prefix": "team/app/"}, "store": "secrets-two"})],
            vec![json!({"find": {"tags": {"Team": "pay"}}, "store": "secrets-two"})],
            vec![json!({"secretId": "/b/c", "store": "parameters-two", "versionStage": "live"})],
            vec![json!({"find": {"prefix": "/team/app/"}, "store": "parameters-two"})],
            vec![json!({"secretId": "odd/${*}", "store": "objects-two"})],
            vec![json!({"find": {"prefix": "odd/"}, "store": "objects-two"})],
        ] {
            for with_keys in [false, true] {
                let tried = accounts.iter().filter(|account| account.has_keys() == with_keys).collect::<Vec<_>>();
                let trial = Trial::new(configuration::of(sources.clone()), &tried, with_keys).await;
                let in_both = async |at: usize, rest: &str| {
                    for is_away in [false, true] {
                        tried.iter().for_each(|account| account.set_first_region_away(is_away));
                        let run = trial.run(trial.with(at, rest), true).await;
                        if !run.is_clean() {
                            return run;
                        }
                    }
                    Run::default()
                };
                let whole = in_both(usize::MAX, "").await;
                assert!(whole.is_clean(), "{sources:?}\n{:#?}\n{whole:?}", trial.documents);
                for part in reduced(&trial.documents[0].1) {
                    let (run, without) = (in_both(0, &part.rest).await, &part.without);
                    assert!(!run.is_clean(), "{sources:?}\n{:#?}\nnothing fails without {without}", trial.documents);
                    let mut failures = run.error.iter().flat_map(Error::failures);
                    assert!(failures.all(is_denial), "{without}: {run:?}");
                }
            }
        }
    });
}

#[test]
fn what_lies_beside_is_not_allowed() {
    let accounts = || [Account::new(Encryption::Default)];
    in_own_process("what_lies_beside_is_not_allowed", accounts, async |[account]: &[Account; 1]| {
        for (asked, beside) in [
            (json!({"secretId": "prod/db"}), json!({"secretId": "prod/db-1"})),
            (json!({"secretId": "a"}), json!({"secretId": "a-b"})),
            (json!({"secretId": "a"}), json!({"secretId": "a", "store": "secrets-there"})),
            (json!({"secretId": "a"}), json!({"secretId": "a", "store": "secrets-role"})),
            (json!({"find": {"prefix": "team/app/"}}), json!({"secretId": "team/app2"})),
            (json!({"find": {"tags": {"Team": "pay"}}}), json!({"secretId": "ops/1"})),
            (json!({"find": {"tags": {"Team": "pay"}}}), json!({"secretId": "a"})),
            (
                json!({"secretId": "/b/c", "store": "parameters"}),
                json!({"secretId": "/b/c/d-e_f", "store": "parameters"}),
            ),
            (
                json!({"secretId": "/b/c", "store": "parameters"}),
                json!({"find": {"prefix": "/b/"}, "store": "parameters"}),
            ),
            (
                json!({"find": {"prefix": "/team/app/"}, "store": "parameters"}),
                json!({"find": {"prefix": "/team/"}, "store": "parameters"}),
            ),
            (json!({"secretId": "odd/*1", "store": "objects"}), json!({"secretId": "odd/$1", "store": "objects"})),
            (json!({"secretId": "odd/?1", "store": "objects"}), json!({"secretId": "odd/$1", "store": "objects"})),
            (json!({"secretId": "odd/${*}", "store": "objects"}), json!({"secretId": "odd/*1", "store": "objects"})),
            (
                json!({"find": {"prefix": "odd/?"}, "store": "objects"}),
                json!({"secretId": "odd/x", "store": "objects"}),
            ),
            (json!({"find": {"prefix": "tls/"}, "store": "objects"}), json!({"secretId": "tls2", "store": "objects"})),
            (json!({"secretId": "tls2", "store": "objects"}), json!({"find": {"prefix": "tls2"}, "store": "objects"})),
        ] {
            let trial = Trial::new(configuration::of([asked.clone()]), &[account], false).await;
            let whole = trial.run(trial.with(usize::MAX, ""), false).await;
            assert!(whole.is_clean(), "{asked}: {whole:?}");
            let other = Trial::new(configuration::of([beside.clone()]), &[account], false).await;
            let run = other.run(trial.with(usize::MAX, ""), false).await;
            let failures: Vec<&Failure> = run.error.iter().flat_map(Error::failures).collect();
            assert!(!failures.is_empty() && failures.into_iter().all(is_denial), "{asked} {beside}: {run:?}");
        }
    });
}
