use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secretfetch::{
    Call, Error, ErrorKind, Failure, Find, LocalSecretStore, Region, Result, Secret, SecretRequest, SecretStore,
    SecretValue, VersionId, VersionStage,
};

use super::account::{NewVersion, partial_arn};
use super::log::{Operation, RecordedRequest};
use super::pages::Pages;
use super::record::{SecretRecord, SecretVersion};
use super::refusal::Refusal;
use super::shared::{Ending, Scope, Shared};

/// Secrets Manager in memory: stateful, with versions, stages, regions, faults and a list of requests.
///
/// A clone is another handle on the same secrets, so a test keeps one and gives one away. ARNs and
/// version ids look like the real ones and are the same in every run.
///
/// ```
/// use secretfetch::{ErrorKind, SecretRequest, SecretStore};
/// use secretfetch_testkit::{FakeSecretStore, Fault};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = FakeSecretStore::new();
/// store.create_json("prod/db", serde_json::json!({"username": "app", "password": "s3cr3t"}));
/// store.put_text("prod/db", "the next version");
///
/// let request = SecretRequest::new("prod/db".parse()?);
/// let secret = store.fetch(&request).await?;
/// assert_eq!(secret.value.expose_text(), Some("the next version"));
/// assert_eq!(secret.arn.as_ref().unwrap().as_str(), store.arn("prod/db"));
///
/// let previous = store.fetch(&request.clone().with_version_stage("AWSPREVIOUS".parse()?)).await?;
/// assert_eq!(previous.value.expose_text(), Some(r#"{"password":"s3cr3t","username":"app"}"#));
///
/// store.inject(Fault::throttled().once());
/// assert_eq!(store.fetch(&request).await.unwrap_err().kind(), ErrorKind::Throttled);
/// assert!(store.fetch(&request).await.is_ok());
/// assert_eq!(store.requests().len(), 4);
/// # Ok(()) }
/// ```
///
/// # Panics
///
/// The methods that prepare or change secrets panic, at the caller's line, where Secrets Manager would
/// refuse: a name that is taken, a secret that is not there. A test that prepares something else than it
/// says should stop there. Fetching never panics.
#[derive(Clone)]
pub struct FakeSecretStore {
    shared: Arc<Shared>,
    region: Region,
}

impl FakeSecretStore {
    /// An account without secrets; the default region is `us-east-1`.
    pub fn new() -> Self {
        let region = "us-east-1".parse().expect("us-east-1 is a region");
        FakeSecretStore::sharing(Arc::default(), region)
    }

    /// The secrets of a local store, in the default region `us-east-1`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if a name is one that Secrets Manager refuses.
    pub fn from_local(local: &LocalSecretStore) -> Result<Self> {
        let store = FakeSecretStore::new();
        store.seed(local)?;
        Ok(store)
    }

    pub(crate) fn sharing(shared: Arc<Shared>, region: Region) -> Self {
        FakeSecretStore { shared, region }
    }

    /// Another handle on the same account, whose default region is `region`.
    ///
    /// Each region has its own secrets. A request that names a region is answered from there whatever the
    /// handle's default is.
    ///
    /// ```
    /// # use secretfetch_testkit::FakeSecretStore;
    /// let store = FakeSecretStore::new().in_region("ca-central-1");
    /// let frankfurt = store.in_region("eu-central-1");
    /// store.create_text("prod/db", "in Canada");
    /// frankfurt.create_text("prod/db", "in Germany");
    /// ```
    ///
    /// # Panics
    /// If `region` cannot be the name of a region.
    #[must_use = "this is another handle; the region of `self` stays what it is"]
    #[track_caller]
    pub fn in_region(&self, region: &str) -> Self {
        match region.parse() {
            Ok(region) => FakeSecretStore::sharing(Arc::clone(&self.shared), region),
            Err(error) => panic!("{error}"),
        }
    }

    /// The default region of this handle.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Creates a secret; the value is its first version, at `AWSCURRENT`.
    #[track_caller]
    pub fn create(&self, name: &str, value: SecretValue) -> SecretVersion {
        let mut account = self.shared.account();
        let created = account.create(&self.region, name, None, Some(NewVersion::current(value)));
        let record = expect(created, "create", name);
        let version = record.at_stage(VersionStage::CURRENT).expect("a first version is at AWSCURRENT");
        record.describe(version)
    }

    /// Creates a secret with a text (`SecretString`).
    #[track_caller]
    pub fn create_text(&self, name: &str, text: impl Into<String>) -> SecretVersion {
        self.create(name, SecretValue::from_text(text.into()))
    }

    /// Creates a secret with JSON as its text, without spaces.
    #[track_caller]
    pub fn create_json(&self, name: &str, json: serde_json::Value) -> SecretVersion {
        self.create(name, SecretValue::from_text(json.to_string()))
    }

    /// Creates a secret with bytes (`SecretBinary`).
    #[track_caller]
    pub fn create_binary(&self, name: &str, bytes: impl Into<Vec<u8>>) -> SecretVersion {
        self.create(name, SecretValue::from_binary(bytes.into()))
    }

    /// Adds a version and moves `AWSCURRENT` to it; the old one becomes `AWSPREVIOUS`.
    ///
    /// `secret_id` is a name or an ARN here and below.
    #[track_caller]
    pub fn put(&self, secret_id: &str, value: SecretValue) -> SecretVersion {
        self.put_staged(secret_id, value, &[])
    }

    /// As [`put`](FakeSecretStore::put), with a text.
    #[track_caller]
    pub fn put_text(&self, secret_id: &str, text: impl Into<String>) -> SecretVersion {
        self.put(secret_id, SecretValue::from_text(text.into()))
    }

    /// As [`put`](FakeSecretStore::put), with JSON.
    #[track_caller]
    pub fn put_json(&self, secret_id: &str, json: serde_json::Value) -> SecretVersion {
        self.put(secret_id, SecretValue::from_text(json.to_string()))
    }

    /// As [`put`](FakeSecretStore::put), with bytes.
    #[track_caller]
    pub fn put_binary(&self, secret_id: &str, bytes: impl Into<Vec<u8>>) -> SecretVersion {
        self.put(secret_id, SecretValue::from_binary(bytes.into()))
    }

    /// Adds a version under these staging labels only, such as `AWSPENDING` or one of your own.
    #[track_caller]
    pub fn put_staged(&self, secret_id: &str, value: SecretValue, stages: &[&str]) -> SecretVersion {
        let mut labels = Vec::with_capacity(stages.len());
        // Not in a closure, which would be the caller of `parse`.
        for stage in stages {
            labels.push(parse(stage));
        }
        let version = NewVersion { value, token: None, stages: labels };
        let put = self.shared.account().put(&self.region, secret_id, version);
        expect(put, "put a version of", secret_id)
    }

    /// Moves a staging label to this version, from wherever it was.
    #[track_caller]
    pub fn move_stage(&self, secret_id: &str, stage: &str, to: &VersionId) {
        self.set_stage(secret_id, stage, Some(to));
    }

    /// Takes a staging label off the version that has it.
    #[track_caller]
    pub fn remove_stage(&self, secret_id: &str, stage: &str) {
        self.set_stage(secret_id, stage, None);
    }

    #[track_caller]
    fn set_stage(&self, secret_id: &str, stage: &str, to: Option<&VersionId>) {
        let mut account = self.shared.account();
        let from = expect(account.find(&self.region, secret_id), "find", secret_id)
            .at_stage(stage)
            .map(|version| version.id.clone());
        let to = to.map(VersionId::as_str);
        let moved =
            account.move_stage(&self.region, secret_id, &parse(stage), to, from.as_ref().map(VersionId::as_str));
        expect(moved, "move a stage of", secret_id);
    }

    /// Does what a rotation does: a new value at `AWSPENDING`, to which `AWSCURRENT` then moves.
    ///
    /// In a JSON object with a `password`, that member changes; any other value is replaced.
    #[track_caller]
    pub fn rotate(&self, secret_id: &str) -> SecretVersion {
        let rotated = self.shared.account().rotate(&self.region, secret_id);
        expect(rotated, "rotate", secret_id)
    }

    /// Schedules a secret for deletion: it is still there, and not to be read.
    #[track_caller]
    pub fn schedule_deletion(&self, secret_id: &str) {
        expect(self.shared.account().schedule_deletion(&self.region, secret_id, None), "delete", secret_id);
    }

    /// Takes a scheduled deletion back.
    #[track_caller]
    pub fn restore(&self, secret_id: &str) {
        expect(self.shared.account().restore(&self.region, secret_id), "restore", secret_id);
    }

    /// Deletes a secret at once, with no recovery window.
    #[track_caller]
    pub fn delete(&self, secret_id: &str) {
        expect(self.shared.account().delete(&self.region, secret_id), "delete", secret_id);
    }

    /// A secret's full ARN.
    #[track_caller]
    pub fn arn(&self, secret_id: &str) -> String {
        self.record(secret_id).arn
    }

    /// A secret's ARN without its hyphen and six random characters.
    #[track_caller]
    pub fn partial_arn(&self, secret_id: &str) -> String {
        partial_arn(&self.arn(secret_id)).to_owned()
    }

    /// A secret's versions, the oldest first.
    #[track_caller]
    pub fn versions(&self, secret_id: &str) -> Vec<SecretVersion> {
        let record = self.record(secret_id);
        record.versions.iter().map(|version| record.describe(version)).collect()
    }

    /// The names of all secrets in the default region.
    pub fn secret_names(&self) -> Vec<String> {
        let account = self.shared.account();
        let here = account.names().filter(|(region, _)| **region == self.region);
        here.map(|(_, name)| name.to_owned()).collect()
    }

    #[track_caller]
    fn record(&self, secret_id: &str) -> SecretRecord {
        expect(self.shared.account().find(&self.region, secret_id), "find", secret_id).clone()
    }

    /// Creates the secrets of a local store in the default region.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if a name is taken, or one that Secrets Manager refuses.
    pub fn seed(&self, local: &LocalSecretStore) -> Result<()> {
        let mut account = self.shared.account();
        let refused = local.iter().filter_map(|(name, value)| {
            let version = NewVersion::current(value.clone());
            let refusal = account.create(&self.region, name, None, Some(version)).err()?;
            // The name may be one that cannot stand in a `SecretId`.
            Some(Error::from(Failure::new(ErrorKind::Config, format!("cannot create the secret {name:?}: {refusal}"))))
        });
        Error::join(refused).map_or(Ok(()), Err)
    }

    /// Creates secrets from a file in the format of [`LocalSecretStore`]: one JSON object, name → value.
    ///
    /// ```
    /// # use secretfetch_testkit::FakeSecretStore;
    /// let store = FakeSecretStore::new();
    /// store.seed_json(r#"{"prod/db": {"port": 5432}, "prod/cert": {"$binary": "AAH/"}}"#)?;
    /// # Ok::<(), secretfetch::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the text is not such an object, or as [`seed`](FakeSecretStore::seed).
    pub fn seed_json(&self, text: &str) -> Result<()> {
        self.seed(&LocalSecretStore::from_json(text)?)
    }

    /// Cuts the answers to `BatchGetSecretValue` into pages of these many secrets; what is left after the
    /// last comes in one page. A page may be empty: the service says that it sends such pages too.
    ///
    /// It holds for every server of the store. In memory a request is one secret's, and there is nothing to cut.
    ///
    /// ```
    /// # let store = secretfetch_testkit::FakeSecretStore::new();
    /// store.paginate(&[2, 0]); // two secrets, none, then the rest
    /// ```
    pub fn paginate(&self, sizes: &[usize]) {
        *self.shared.pages() = Pages::of(sizes);
    }

    /// Ends every fault.
    pub fn clear_faults(&self) {
        self.shared.script().clear();
    }

    /// Every request up to now, in memory and over the wire, in the order of their arrival.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.log().clone()
    }

    /// Forgets the requests up to now, and how many were [in flight](FakeSecretStore::most_in_flight).
    pub fn clear_requests(&self) {
        self.shared.forget_requests();
    }

    /// How many requests are being answered at this moment.
    pub fn in_flight(&self) -> usize {
        self.shared.in_flight()
    }

    /// The most requests that were being answered at one moment, up to now.
    pub fn most_in_flight(&self) -> usize {
        self.shared.most_in_flight()
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Default for FakeSecretStore {
    fn default() -> Self {
        FakeSecretStore::new()
    }
}

/// Region and names; never a value.
impl fmt::Debug for FakeSecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Names<'a>(&'a Shared);

        impl fmt::Debug for Names<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let account = self.0.account();
                f.debug_set().entries(account.names().map(|(region, name)| format!("{region}/{name}"))).finish()
            }
        }

        f.debug_struct("FakeSecretStore")
            .field("region", &self.region.as_str())
            .field("secrets", &Names(&self.shared))
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl SecretStore for FakeSecretStore {
    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        let region = request.region().unwrap_or(&self.region);
        let id = request.secret_id();
        let version_id = request.version_id().map(VersionId::as_str);
        let stage = request.version_stage().map(VersionStage::as_str);
        let _in_flight = self.shared.begin(RecordedRequest {
            operation: Operation::GetSecretValue,
            region: region.clone(),
            secret_ids: vec![id.as_str().to_owned()],
            version_id: version_id.map(str::to_owned),
            version_stage: stage.map(str::to_owned),
            connection: None,
            access_key_id: None,
        });
        let played = self.shared.play(Operation::GetSecretValue, region, Scope::Secret(id.as_str()));
        // What never answers is given up before the caller's time is over, as a store with a network does it.
        let limit = Call::current().limit(NEVER);
        let Ok(played) = tokio::time::timeout(limit, played).await else {
            let failure = Failure::new(ErrorKind::Timeout, "the fake gives no answer");
            return Err(failure.with_secret_id(id).with_region(Some(region)).into());
        };
        played
            .and_then(|()| self.shared.account().get(region, id.as_str(), version_id, stage).map_err(Ending::Refused))
            .map_err(|ending| ending.failure().with_secret_id(id).with_region(Some(region)).into())
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        let region = find.region().unwrap_or(&self.region);
        if !find.tags().is_empty() {
            return Err(Failure::new(ErrorKind::Config, "the fake's secrets have no tags").into());
        }
        let account = self.shared.account();
        let mut names: Vec<&str> = account
            .names()
            .filter(|(here, name)| *here == region && name.starts_with(find.prefix()))
            .map(|(_, name)| name)
            .collect();
        names.sort_unstable();
        let get = |name| match account.get(region, name, None, None) {
            Ok(secret) => Some(Ok(secret)),
            // A list of secrets leaves these out.
            Err(Refusal::ScheduledForDeletion) => None,
            Err(refusal) => Some(Err(Ending::Refused(refusal).failure().with_region(Some(region)).into())),
        };
        names.into_iter().filter_map(get).collect()
    }
}

/// Longer than any test.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

#[track_caller]
fn expect<T>(result: Result<T, Refusal>, what: &str, secret_id: &str) -> T {
    match result {
        Ok(value) => value,
        Err(refusal) => panic!("cannot {what} {secret_id:?} in the fake: {refusal}"),
    }
}

#[track_caller]
fn parse(stage: &str) -> VersionStage {
    match stage.parse() {
        Ok(stage) => stage,
        Err(error) => panic!("{error}"),
    }
}
