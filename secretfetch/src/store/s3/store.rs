//! The store on one bucket.

use std::fmt;

use async_trait::async_trait;
use futures_util::StreamExt as _;

use super::api::S3;
use super::bucket::check_key;
use super::client::Bucket;
use super::settings::S3StoreConfig;
use super::{get, list};
use crate::call::Call;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::secret::{ParseSecretIdError, Secret, SecretRequest};
use crate::store::by_region::tell_answered;
use crate::store::find::Find;
use crate::store::identity::Identities;
use crate::store::regions::Place;
use crate::store::secret_store::{SecretStore, refuse_named, refuse_named_find};

/// Requests in flight at once; over HTTP/1.1 each has its own connection.
const IN_FLIGHT: usize = 16;

/// The objects of one bucket.
pub(super) struct ObjectStore(Bucket);

/// A store in one place, which asks as one of these callers.
pub(super) async fn open(identities: &Identities, place: Place, config: &S3StoreConfig) -> Result<ObjectStore> {
    let bucket = if place.is_failover { config.other_bucket() } else { &config.bucket };
    let session = identities.session(S3.service, place.who, place.endpoint_url).await?;
    Ok(ObjectStore(Bucket::new(config, bucket, session)))
}

#[async_trait]
impl SecretStore for ObjectStore {
    fn check(&self, request: &SecretRequest) -> Result<()> {
        refuse_named(request)?;
        check_key(request.secret_id())
    }

    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        let region = match request.region() {
            Some(region) => region.clone(),
            None => self.0.session().default_region().await?,
        };
        let fetched = get::fetch(&self.0, &region, request).await;
        self.0.session().note_rejection(fetched.as_ref().err()).await;
        fetched
    }

    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        // Collected before they are polled, as in the trait's default. The future of a request is boxed when its turn comes.
        let fetches: Vec<_> =
            requests.iter().map(|request| async move { Box::pin(self.fetch(request)).await }).collect();
        let in_flight = Call::current().in_flight(fetches.len(), IN_FLIGHT);
        futures_util::stream::iter(fetches).buffered(in_flight).inspect(|_| tell_answered(1)).collect().await
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        refuse_named_find(find)?;
        let session = self.0.session();
        let region = match find.region() {
            Some(region) => region.clone(),
            None => session.default_region().await?,
        };
        let listed = list::keys(&self.0, &region, find.prefix()).await;
        session.note_rejection(listed.as_ref().err()).await;
        let mut requests = Vec::new();
        for key in listed? {
            let about = |error: ParseSecretIdError| {
                let failure = Failure::new(ErrorKind::Unrepresentable, error.to_string());
                Error::from(failure.with_hint("rename the object, or search with a prefix that leaves it out"))
            };
            requests.push(SecretRequest::new(key.parse().map_err(about)?));
        }
        let mut secrets = Vec::with_capacity(requests.len());
        let mut errors = Vec::new();
        for (fetched, request) in self.fetch_many(&requests).await.into_iter().zip(&requests) {
            match fetched {
                Ok(secret) => secrets.push(secret),
                Err(error) if error.kind() == ErrorKind::SecretNotFound => {
                    let key = crate::text::quoted(request.secret_id().as_str());
                    tracing::info!(target: "secretfetch::aws", "the object {key} is gone since it was listed: left out");
                }
                Err(error) => errors.push(error),
            }
        }
        Error::join(errors).map_or(Ok(secrets), Err)
    }
}

impl fmt::Debug for ObjectStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectStore").field("bucket", &self.0.name()).finish_non_exhaustive()
    }
}
