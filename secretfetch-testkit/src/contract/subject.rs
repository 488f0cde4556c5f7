//! How the suite gets the stores that it tests.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;

use secretfetch::{SecretStore, VersionId};

use super::report::{Report, Rule};
use super::seed::SeedSecret;
use crate::fake::store::FakeSecretStore;

/// A kind of store that is put to the contract.
pub trait Subject: Sync {
    /// The store's type.
    type Store: SecretStore + fmt::Debug;

    /// A fresh store that holds exactly these secrets.
    fn prepare(&self, secrets: &[SeedSecret]) -> impl Future<Output = Prepared<Self::Store>> + Send;

    /// The prefix of the log targets that are the store's own, whose lines must have no value in them.
    /// The libraries under a store log what they do, and at `TRACE` that is whole requests.
    fn log_target(&self) -> &'static str {
        "secretfetch"
    }
}

/// A store that is ready to be tested, and what is known about it.
pub struct Prepared<S> {
    store: S,
    identities: Option<BTreeMap<String, Identity>>,
    fake: Option<FakeSecretStore>,
    alive: Vec<Box<dyn Any + Send + Sync>>,
}

/// What a store that has ARNs and versions says about one of its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The secret's full ARN.
    pub arn: String,
    /// The ids of its versions, in the order of the [`SeedSecret`].
    pub version_ids: Vec<VersionId>,
}

impl<S> Prepared<S> {
    /// A store that knows names and current values, and nothing else.
    pub fn new(store: S) -> Self {
        Prepared { store, identities: None, fake: None, alive: Vec::new() }
    }

    /// The store has ARNs and versions: these, by the secrets' names.
    #[must_use]
    pub fn with_identities(mut self, identities: BTreeMap<String, Identity>) -> Self {
        self.identities = Some(identities);
        self
    }

    /// The store reads from this fake: it has the fake's ARNs and versions, its faults can be scripted,
    /// and its requests are counted.
    #[must_use]
    pub fn with_fake(self, fake: &FakeSecretStore) -> Self {
        let identities = fake.secret_names().into_iter().map(|name| {
            let versions = fake.versions(&name);
            let version_ids = versions.into_iter().map(|version| version.version_id).collect();
            let arn = fake.arn(&name);
            (name, Identity { arn, version_ids })
        });
        self.with_identities(identities.collect()).with_faults_of(fake)
    }

    /// The store reads from this fake, and has none of its ARNs and versions, as a store on S3: the fake's faults can be
    /// scripted for it, and its requests are counted.
    ///
    /// ```
    /// use secretfetch_testkit::FakeSecretStore;
    /// use secretfetch_testkit::contract::Prepared;
    ///
    /// let fake = FakeSecretStore::new();
    /// let prepared = Prepared::new(fake.clone()).with_faults_of(&fake);
    /// # drop(prepared);
    /// ```
    #[must_use]
    pub fn with_faults_of(mut self, fake: &FakeSecretStore) -> Self {
        self.fake = Some(fake.clone());
        self
    }

    /// The same with a wrapper around the store, which is to keep the contract as the store does.
    ///
    /// ```
    /// use secretfetch::CachedSecretStore;
    /// use secretfetch_testkit::FakeSecretStore;
    /// use secretfetch_testkit::contract::{self, Prepared, SeedSecret, Subject};
    ///
    /// struct Cached;
    ///
    /// impl Subject for Cached {
    ///     type Store = CachedSecretStore<FakeSecretStore>;
    ///
    ///     async fn prepare(&self, secrets: &[SeedSecret]) -> Prepared<Self::Store> {
    ///         let fake = contract::fake_with(secrets);
    ///         Prepared::new(fake.clone()).with_fake(&fake).wrapped(CachedSecretStore::new)
    ///     }
    /// }
    /// ```
    pub fn wrapped<W>(self, wrap: impl FnOnce(S) -> W) -> Prepared<W> {
        let Prepared { store, identities, fake, alive } = self;
        Prepared { store: wrap(store), identities, fake, alive }
    }

    /// Keeps something alive as long as the store is tested, such as the server that it asks.
    #[must_use]
    pub fn keeping(mut self, alive: impl Any + Send + Sync) -> Self {
        self.alive.push(Box::new(alive));
        self
    }

    pub(super) fn store(&self) -> &S {
        &self.store
    }

    pub(super) fn identity(&self, rule: Rule, name: &str) -> Option<&Identity> {
        let found = self.identities.as_ref()?.get(name);
        Some(found.unwrap_or_else(|| rule.broken(format_args!("the subject prepared no identity for {name}"))))
    }

    pub(super) fn fake(&self, rule: Rule, part: &'static str, report: &mut Report) -> Option<&FakeSecretStore> {
        if self.fake.is_none() {
            report.leave_out(rule, part);
        }
        self.fake.as_ref()
    }
}

impl<S: fmt::Debug> fmt::Debug for Prepared<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("store", &self.store)
            .field("identities", &self.identities)
            .finish_non_exhaustive()
    }
}
