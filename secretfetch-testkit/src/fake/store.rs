use std::fmt;
use std::sync::Arc;

use secretfetch::{Error, ErrorKind, Failure, LocalSecretStore, Region, Result, SecretValue, VersionId, VersionStage};

use super::account::{Account, begin_rotation, partial_arn, rotate, version_id};
use super::log::RecordedRequest;
use super::pages::Pages;
use super::record::{PENDING, SecretRecord, SecretVersion};
use super::refusal::Refusal;
use super::shared::Shared;
use crate::iam::access::Iam;
use crate::objects::buckets::Buckets;
use crate::operations::{
    self, Action, CreateSecret, DeleteSecret, PutResourcePolicy, PutSecretValue, ReplicateSecretToRegions,
    RestoreSecret, TagResource, UpdateSecretVersionStage,
};
use crate::seed::{self, SeedSecret, SeedVersion};

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
        self.prepare(CreateSecret::with_value(name, &value), "create", name);
        let record = self.record(name);
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
        self.put_version(secret_id, value, None, stages)
    }

    #[track_caller]
    pub(crate) fn put_version(
        &self,
        secret_id: &str,
        value: SecretValue,
        token: Option<&VersionId>,
        stages: &[&str],
    ) -> SecretVersion {
        let put = PutSecretValue::with_value(secret_id, &value, token.map(VersionId::as_str), stages);
        let id = self.prepare(put, "put a version of", secret_id).version_id;
        let record = self.record(secret_id);
        let version = record.version(&id).expect("the version was put just now");
        record.describe(version)
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
        let from = self.record(secret_id).at_stage(stage).map(|version| version.id.clone());
        let moved = UpdateSecretVersionStage::moving(secret_id, stage, to, from.as_ref());
        self.prepare(moved, "move a stage of", secret_id);
    }

    /// Does what a rotation does: a new value at `AWSPENDING`, to which `AWSCURRENT` then moves.
    ///
    /// In a JSON object with a `password`, that member changes; any other value is replaced. With a function of
    /// [`on_rotation`](FakeSecretStore::on_rotation) that one is called.
    #[track_caller]
    pub fn rotate(&self, secret_id: &str) -> SecretVersion {
        match self.try_rotate(secret_id) {
            Ok(version) => version,
            Err(error) => panic!("cannot rotate {secret_id:?} in the fake: {error}"),
        }
    }

    pub(crate) fn try_rotate(&self, secret_id: &str) -> Result<SecretVersion, String> {
        let say = |refusal: Refusal| refusal.to_string();
        let now = self.shared.now();
        let Some(function) = self.shared.rotation_function() else {
            let rotated = self.shared.account().change(&self.region, secret_id, |record| rotate(record, None, now));
            return rotated.map_err(say);
        };
        let begun = self.shared.account().change(&self.region, secret_id, |record| {
            let token = version_id(record);
            begin_rotation(record, &token, now);
            Ok((record.arn.clone(), token))
        });
        let (arn, token) = begun.map_err(say)?;
        function(&self.shared, &self.region, &arn, &token).map_err(|error| error.to_string())?;
        let account = self.shared.account();
        let record = account.find(&self.region, secret_id).map_err(say)?;
        let version = record.version(token.as_str()).filter(|version| version.value.is_some());
        let version = version.ok_or("the rotation function has made no version")?;
        Ok(record.describe(version))
    }

    /// After the last step of a rotation.
    pub(crate) fn finish_rotation(&self, secret_id: &str) {
        let now = self.shared.now();
        // A secret that the function has deleted has nothing left to finish.
        let _ = self.shared.account().change(&self.region, secret_id, |record| {
            record.take_off(PENDING);
            record.versions.retain(|version| version.value.is_some());
            record.rotation.last = Some(now);
            Ok(())
        });
    }

    /// Schedules a secret for deletion: it is still there, and not to be read.
    #[track_caller]
    pub fn schedule_deletion(&self, secret_id: &str) {
        self.prepare(DeleteSecret::of(secret_id, false), "delete", secret_id);
    }

    /// Takes a scheduled deletion back.
    #[track_caller]
    pub fn restore(&self, secret_id: &str) {
        self.prepare(RestoreSecret::of(secret_id), "restore", secret_id);
    }

    /// Deletes a secret at once, with no recovery window.
    #[track_caller]
    pub fn delete(&self, secret_id: &str) {
        self.record(secret_id);
        self.prepare(DeleteSecret::of(secret_id, true), "delete", secret_id);
    }

    /// Puts tags on a secret.
    #[track_caller]
    pub fn tag(&self, secret_id: &str, tags: &[(&str, &str)]) {
        self.prepare(TagResource::with_tags(secret_id, tags), "tag", secret_id);
    }

    /// Attaches a resource policy to a secret.
    #[track_caller]
    pub fn put_resource_policy(&self, secret_id: &str, policy: &str) {
        self.prepare(PutResourcePolicy::of(secret_id, policy), "put a policy on", secret_id);
    }

    /// Copies a secret to other regions, where it is then read as there.
    #[track_caller]
    pub fn replicate(&self, secret_id: &str, regions: &[&str]) {
        self.prepare(ReplicateSecretToRegions::to(secret_id, regions), "replicate", secret_id);
    }

    #[track_caller]
    fn prepare<A: Action>(&self, action: A, what: &str, secret_id: &str) -> A::Output {
        expect(operations::prepare(&self.shared, &self.region, action), what, secret_id)
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
        let refused = local.iter().filter_map(|(name, value)| {
            let create = CreateSecret::with_value(name, value);
            let refusal = operations::prepare(&self.shared, &self.region, create).err()?;
            // The name may be one that cannot stand in a `SecretId`.
            Some(Error::from(Failure::new(ErrorKind::Config, format!("cannot create the secret {name:?}: {refusal}"))))
        });
        Error::join(refused).map_or(Ok(()), Err)
    }

    /// Creates secrets from the text of a file: one JSON object from name to value as a [`LocalSecretStore`] has it,
    /// or to a whole secret.
    ///
    /// ```
    /// # use secretfetch_testkit::FakeSecretStore;
    /// let store = FakeSecretStore::new();
    /// store.seed_json(
    ///     r#"{
    ///         "prod/db": {"port": 5432},
    ///         "prod/cert": {"$binary": "AAH/"},
    ///         "prod/key": {"$secret": {
    ///             "description": "signs tokens",
    ///             "tags": {"team": "blue"},
    ///             "versions": [{"value": "old"}, {"value": "new"}, {"value": "next", "stages": ["AWSPENDING"]}]
    ///         }}
    ///     }"#,
    /// )?;
    /// assert_eq!(store.versions("prod/key").len(), 3);
    /// # Ok::<(), secretfetch::Error>(())
    /// ```
    ///
    /// The members of a whole secret, all optional: `description`, `kmsKeyId`, `tags`, `policy` (a resource policy),
    /// `scheduledForDeletion`, and `versions`, the oldest first, each with a `value` and perhaps an `id` and `stages`.
    /// A version is put as `PutSecretValue` puts it: at `AWSCURRENT` unless it has stages of its own.
    ///
    /// # Errors
    /// [`ErrorKind::Config`], with the line, if the text is not such an object, a name is taken, or something in it is
    /// what Secrets Manager refuses. What stands before is created.
    pub fn seed_json(&self, text: &str) -> Result<()> {
        let refused = seed::parse(text)?.into_iter().filter_map(|seed| {
            let refusal = self.plant(&seed.name, seed.secret).err()?;
            Some(seed::config(seed.line, format_args!("cannot create the secret {:?}: {refusal}", seed.name)))
        });
        Error::join(refused).map_or(Ok(()), Err)
    }

    /// Creates a whole secret, or nothing of it.
    fn plant(&self, name: &str, secret: SeedSecret) -> Result<(), Refusal> {
        let create = CreateSecret::without_value(name, secret.description, secret.kms_key_id, secret.tags);
        operations::prepare(&self.shared, &self.region, create)?;
        let filled = self.fill(name, secret.versions, secret.policy.as_deref(), secret.scheduled_for_deletion);
        if filled.is_err() {
            self.shared.account().delete(&self.region, name)?;
        }
        filled
    }

    fn fill(
        &self,
        name: &str,
        versions: Vec<SeedVersion>,
        policy: Option<&str>,
        scheduled_for_deletion: bool,
    ) -> Result<(), Refusal> {
        for SeedVersion { value, id, stages } in versions {
            let stages: Vec<&str> = stages.iter().map(String::as_str).collect();
            let put = PutSecretValue::with_value(name, &value, id.as_deref(), &stages);
            operations::prepare(&self.shared, &self.region, put)?;
        }
        if let Some(policy) = policy {
            operations::prepare(&self.shared, &self.region, PutResourcePolicy::of(name, policy))?;
        }
        if scheduled_for_deletion {
            operations::prepare(&self.shared, &self.region, DeleteSecret::of(name, false))?;
        }
        Ok(())
    }

    /// Cuts the answers to `BatchGetSecretValue`, and to `GetParametersByPath`, into pages of these many; what is left after the
    /// last comes in one page. A page may be empty: the service says that it sends such pages too.
    ///
    /// It holds in memory and for every server of the store.
    ///
    /// ```
    /// # let store = secretfetch_testkit::FakeSecretStore::new();
    /// store.paginate(&[2, 0]); // two secrets, none, then the rest
    /// ```
    pub fn paginate(&self, sizes: &[usize]) {
        *self.shared().pages() = Pages(sizes.to_vec());
    }

    /// Has the account allow only what these policies allow, through either door. What the test does itself (creating,
    /// putting, …) is not asked for.
    pub fn enforce(&self, iam: Iam) {
        self.shared.set_iam(Some(iam));
    }

    /// Allows everything again.
    pub fn stop_enforcing(&self) {
        self.shared.set_iam(None);
    }

    /// Makes the account as it was at first: no secrets in any region, no buckets, no faults, no requests, no rotation function, the
    /// machine's time. Policies, access keys and roles stay.
    pub fn reset(&self) {
        *self.shared.account() = Account::default();
        *self.shared.buckets() = Buckets::default();
        self.clear_faults();
        self.clear_requests();
        self.paginate(&[]);
        self.shared.set_rotation_function(None);
        self.shared.clock().reset();
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

#[track_caller]
fn expect<T>(result: Result<T, Refusal>, what: &str, secret_id: &str) -> T {
    match result {
        Ok(value) => value,
        Err(refusal) => panic!("cannot {what} {secret_id:?} in the fake: {refusal}"),
    }
}
