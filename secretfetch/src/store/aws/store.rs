//! [`AwsSecretStore`]: a store on Secrets Manager, one by one or in batches.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use futures_util::StreamExt as _;

use super::secret_id;
use super::secrets_manager::batch::{self, Outcome, Refused};
use super::secrets_manager::{Connection, Place, get};
use crate::call::Call;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::secret::{Region, Secret, SecretRequest};
use crate::store::batch_mode::BatchMode;
use crate::store::by_region::{by_region, tell_answered};
use crate::store::find::Find;
use crate::store::results::Results;
use crate::store::secret_store::{SecretStore, refuse_named, refuse_named_find};

/// Single requests in flight at once; over HTTP/1.1 each has its own connection.
const IN_FLIGHT: usize = 16;

/// Secrets in AWS Secrets Manager.
///
/// Region and credentials are found as in any AWS SDK: the standard `AWS_*` variables, profiles, IRSA,
/// EKS Pod Identity, ECS and IMDSv2. They are found when the first secret is fetched, once for all
/// requests, and renewed before they expire. A request goes to its own region, if it has one (an ARN
/// does), else to the store's.
///
/// - **TLS roots**: `AWS_CA_BUNDLE`, else `SSL_CERT_FILE`, else the distribution's bundle file, else
///   Mozilla's roots in the binary.
/// - **Proxy**: `HTTPS_PROXY` (or `ALL_PROXY`) except for `NO_PROXY`, for https only: credential
///   endpoints are never asked through a proxy.
/// - **Batches**: from five secrets of one region up, those at `AWSCURRENT` are fetched with
///   BatchGetSecretValue, twenty at a time; where that is denied, unknown or throttled, with
///   GetSecretValue. See [`BatchMode`].
/// - **Search**: [`find`](SecretStore::find) by prefix takes batches that a filter chooses, by tags it takes the list, which
///   alone has them, and then what fits exactly. It needs `secretsmanager:ListSecrets` in either case, and a list of AWS may
///   be five minutes old. What is gone by the time it is asked for is left out. One search brings at most 10,000 secrets and
///   16 MiB.
/// - **No retries**: each call makes one attempt; the SDK's own retries are off.
/// - **Bounds**: an answer of more than 2 MiB is refused; every step has a time limit, and one that fits into what is
///   left of a [`Fetcher`](crate::Fetcher)'s time.
///
/// ```no_run
/// use secretfetch::{AwsSecretStore, SecretRequest, SecretStore as _};
///
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// let store = AwsSecretStore::builder().build().await?;
/// let secret = store.fetch(&SecretRequest::new("vinsguru/prod".parse()?)).await?;
/// println!("{} has {} bytes", secret.name, secret.value.expose_bytes().len());
/// # Ok(()) }
/// ```
pub struct AwsSecretStore {
    pub(super) connection: Connection,
    batch: BatchMode,
    pub(super) batch_refused: Refused,
}

impl AwsSecretStore {
    /// A store on a client that the application has already.
    ///
    /// Its credentials, HTTP client and time limits are used as they are, within the caller's deadline; only its retries are
    /// switched off (see the [contract](SecretStore#contract)). Requests for another region than the client's are
    /// sent there with the same configuration.
    pub fn from_client(client: &Client) -> Self {
        Self::from_conf(client.config().clone())
    }

    /// A store on a configuration of Secrets Manager's client; as [`from_client`](Self::from_client).
    ///
    /// ```no_run
    /// # use secretfetch::AwsSecretStore;
    /// # fn demo(shared: &aws_config::SdkConfig) {
    /// let store = AwsSecretStore::from_conf(aws_sdk_secretsmanager::Config::from(shared));
    /// # }
    /// ```
    pub fn from_conf(config: aws_sdk_secretsmanager::Config) -> Self {
        Self::new(Connection::from_config(config), BatchMode::default())
    }

    pub(super) fn new(connection: Connection, batch: BatchMode) -> Self {
        AwsSecretStore { connection, batch, batch_refused: Refused::default() }
    }

    /// Sets whether BatchGetSecretValue may be used.
    #[must_use]
    pub fn with_batch(mut self, mode: BatchMode) -> Self {
        self.batch = mode;
        self
    }

    /// The region of requests that name none, as far as it is known without asking the network.
    pub fn region(&self) -> Option<&Region> {
        self.connection.configured_region()
    }

    pub(super) fn place<'a>(&'a self, region: &'a Region) -> Place<'a> {
        Place { region, endpoint: self.connection.endpoint() }
    }

    async fn get(&self, client: &Client, region: &Region, request: &SecretRequest) -> Result<Secret> {
        let got = self.in_time(get::fetch(client, self.place(region), request)).await;
        got.unwrap_or_else(|time| Err(unanswered(time, request, region)))
    }

    /// Gives up the request of a client that came with limits of its own, and knows nothing of the caller's, when that
    /// one's time is over; after how long it was.
    pub(super) async fn in_time<T>(&self, work: impl Future<Output = T>) -> Result<T, Duration> {
        if !self.connection.is_given() {
            return Ok(work.await);
        }
        let limit = Call::current().limit(Duration::MAX);
        tokio::time::timeout(limit, work).await.map_err(|_| limit)
    }

    pub(super) fn batches_are_worth_it(&self, batchable: usize) -> bool {
        let is_allowed = self.batch.applies_to(batchable) && Call::current().batch().applies_to(batchable);
        is_allowed && !self.batch_refused.is_set()
    }
}

#[async_trait]
impl SecretStore for AwsSecretStore {
    fn check(&self, request: &SecretRequest) -> Result<()> {
        refuse_named(request)?;
        secret_id::check(request.secret_id())?;
        secret_id::check_version(request)
    }

    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        let region = match request.region() {
            Some(region) => region.clone(),
            None => self.connection.default_region().await?,
        };
        let result = match self.connection.client(&region).await {
            Ok(client) => self.get(&client, &region, request).await,
            Err(error) => Err(error),
        };
        self.connection.note_rejection(result.as_ref().err()).await;
        result
    }

    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        let mut results = Results::of(requests.len());
        let mut lanes: Vec<Lane> = Vec::new();
        for (region, indexes) in by_region(requests, self.connection.default_region(), &mut results).await {
            match self.connection.client(&region).await {
                Ok(client) => lanes.push(Lane { client, region, indexes }),
                Err(error) => {
                    tell_answered(indexes.len());
                    for index in indexes {
                        results.put(index, Err(error.clone()));
                    }
                }
            }
        }

        let mut batches = Vec::new();
        let mut singles = Vec::new();
        for (lane, Lane { client, region, indexes }) in lanes.iter().enumerate() {
            let (batchable, rest): (Vec<usize>, Vec<usize>) =
                indexes.iter().partition(|&&index| requests[index].wants_current());
            if self.batches_are_worth_it(batchable.len()) {
                let place = self.place(region);
                for chunk in batchable.chunks(batch::LARGEST) {
                    let chunk = chunk.to_vec();
                    batches.push(async move {
                        let late = chunk.clone();
                        let outcome = Box::pin(batch::fetch(client, place, requests, chunk, &self.batch_refused));
                        let outcome = self.in_time(outcome).await.unwrap_or_else(|time| {
                            let result = |index| (index, Err(unanswered(time, &requests[index], region)));
                            Outcome { results: late.into_iter().map(result).collect(), again: Vec::new() }
                        });
                        (lane, outcome)
                    });
                }
                singles.extend(rest.into_iter().map(|index| (lane, index)));
            } else {
                singles.extend(indexes.iter().map(|&index| (lane, index)));
            }
        }
        let call = Call::current();
        let requests_of_all = batches.len() + singles.len();
        let batches_in_flight = call.in_flight(batches.len(), batch::IN_FLIGHT);
        let batches = futures_util::stream::iter(batches)
            .buffer_unordered(batches_in_flight)
            .inspect(|(_, outcome)| tell_answered(outcome.results.len()))
            .collect::<Vec<_>>();
        let singles = self.fetch_singles(requests, &lanes, singles);
        // Those of both kinds may go over one connection.
        let (batches, singles) = match call.in_flight(requests_of_all, 2) {
            1 => (batches.await, singles.await),
            _ => futures_util::future::join(batches, singles).await,
        };
        results.put_all(singles);
        let mut again = Vec::new();
        for (lane, Outcome { results: answered, again: unanswered }) in batches {
            results.put_all(answered);
            again.extend(unanswered.into_iter().map(|index| (lane, index)));
        }
        results.put_all(self.fetch_singles(requests, &lanes, again).await);
        let results = results.in_order();
        self.connection.note_rejection(results.iter().filter_map(|result| result.as_ref().err())).await;
        results
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        refuse_named_find(find)?;
        secret_id::check_prefix(find.prefix())?;
        let found = self.search(find).await;
        self.connection.note_rejection(found.as_ref().err()).await;
        found
    }
}

fn unanswered(time: Duration, request: &SecretRequest, region: &Region) -> Error {
    Failure::new(ErrorKind::Timeout, format!("no answer of Secrets Manager within {:.1} s", time.as_secs_f64()))
        .with_secret_id(request.secret_id())
        .with_region(Some(region))
        .with_hint("check that the endpoint can be reached from here")
        .into()
}

/// The requests of one region, and the client for it.
struct Lane {
    client: Client,
    region: Region,
    indexes: Vec<usize>,
}

impl AwsSecretStore {
    /// GetSecretValue for each `(lane, index)`.
    async fn fetch_singles(
        &self,
        requests: &[SecretRequest],
        lanes: &[Lane],
        wanted: Vec<(usize, usize)>,
    ) -> Vec<(usize, Result<Secret>)> {
        // Collected before they are polled, as in the trait's default. A request under way is 12 KB: it is boxed when
        // its turn comes, and those that wait are small.
        let fetches: Vec<_> = wanted
            .into_iter()
            .map(|(lane, index)| {
                let Lane { client, region, .. } = &lanes[lane];
                async move { (index, Box::pin(self.get(client, region, &requests[index])).await) }
            })
            .collect();
        let in_flight = Call::current().in_flight(fetches.len(), IN_FLIGHT);
        let fetches = futures_util::stream::iter(fetches).buffer_unordered(in_flight);
        fetches.inspect(|_| tell_answered(1)).collect().await
    }
}

impl fmt::Debug for AwsSecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsSecretStore")
            .field("region", &self.region())
            .field("batch", &self.batch)
            .finish_non_exhaustive()
    }
}
