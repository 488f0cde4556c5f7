//! The store on one bucket.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::StreamExt as _;

use super::api::S3;
use super::bucket::{Addressing, check_key};
use super::config::S3StoreConfig;
use super::diagnosis::{self, Asked, Question};
use super::xml::Refused;
use super::{get, list};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::{Region, Secret, SecretRequest};
use crate::store::by_region::tell_answered;
use crate::store::find::Find;
use crate::store::identity::{Endpoint, Identities, Session};
use crate::store::regions::Place;
use crate::store::secret_store::{SecretStore, refuse_named};
use crate::store::signed::{Request, SignedClient, Target};
use crate::store::transport::Response;

/// Requests in flight at once; over HTTP/1.1 each has its own connection.
const IN_FLIGHT: usize = 16;

/// The most bytes of a refusal, which an object may have fewer of.
const REFUSAL: u64 = 64 << 10;

/// One bucket, wherever it is.
pub(super) struct Bucket {
    client: SignedClient,
    name: String,
    owner: Option<String>,
    addressing: Addressing,
    pub(super) max_bytes: u64,
    /// Its region, if that is not the one that was asked first.
    moved: Mutex<Option<Region>>,
}

/// A store in one place, which asks as one of these callers.
pub(super) async fn open(
    identities: &Identities,
    place: Place,
    config: &S3StoreConfig,
    bucket: &str,
) -> Result<Bucket> {
    let endpoint = Endpoint::new(S3.service, place.endpoint_url)?;
    let (loader, region) = identities.loader(place.who).await?;
    let session = Session::new(S3.service, loader, endpoint, region);
    Ok(Bucket {
        client: SignedClient::new(&S3, session),
        name: bucket.to_owned(),
        owner: config.bucket_owner.clone(),
        addressing: config.addressing,
        max_bytes: config.max_bytes,
        moved: Mutex::default(),
    })
}

impl Bucket {
    pub(super) fn asked<'a>(&'a self, question: Question<'a>, region: &'a Region) -> Asked<'a> {
        let endpoint = self.client.session().endpoint();
        Asked { question, bucket: &self.name, has_owner: self.owner.is_some(), region, endpoint }
    }

    /// What the bucket answers to a GET, and from which region: another than `region`, if it says that it is there.
    pub(super) async fn ask(
        &self,
        region: &Region,
        path: &str,
        query: &str,
        question: Question<'_>,
    ) -> Result<(Response, Region)> {
        let moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut here = moved.unwrap_or_else(|| region.clone());
        let mut is_redirected = false;
        loop {
            let about = self.asked(question, &here);
            let longest = question.longest.max(REFUSAL);
            let sent = self.client.send(&here, self.request(path, query), longest).await;
            let response = sent.map_err(|unanswered| diagnosis::unanswered(&unanswered, about))?;
            if response.status == 200 {
                if response.body.len() as u64 > question.longest {
                    return Err(diagnosis::too_large(about));
                }
                return Ok((response, here));
            }
            let refused = Refused::read(&response.body);
            let Some(told) = elsewhere(&refused, &response) else {
                return Err(diagnosis::refused(&refused, &response, about));
            };
            match told.and_then(|region| region.parse::<Region>().ok()) {
                Some(other) if !is_redirected && other != here && other.partition() == here.partition() => {
                    tracing::info!(target: "secretfetch::aws", "the bucket `{}` is in {other}", self.name);
                    *self.moved.lock().unwrap_or_else(PoisonError::into_inner) = Some(other.clone());
                    here = other;
                    is_redirected = true;
                }
                _ => return Err(diagnosis::elsewhere(told, about)),
            }
        }
    }

    fn request(&self, path: &str, query: &str) -> Request {
        let is_virtual = self.addressing.is_virtual(&self.name, self.client.session().endpoint().is_some());
        let owner = self.owner.iter().map(|owner| ("x-amz-expected-bucket-owner", owner.clone()));
        let target = match is_virtual {
            true => Target { host_prefix: Some(self.name.clone()), path: path.to_owned(), query: query.to_owned() },
            false => Target { host_prefix: None, path: format!("/{}{path}", self.name), query: query.to_owned() },
        };
        Request { method: "GET", target, headers: owner.collect(), body: String::new() }
    }
}

/// Where a bucket that is elsewhere is, as far as the answer says it.
fn elsewhere<'a>(refused: &'a Refused, response: &'a Response) -> Option<Option<&'a str>> {
    let code = refused.code.as_deref().unwrap_or_default();
    let told = refused.region.as_deref().or(response.headers.get("x-amz-bucket-region"));
    let codes = ["PermanentRedirect", "TemporaryRedirect", "IllegalLocationConstraintException"];
    let is_elsewhere = matches!(response.status, 301 | 307) || codes.contains(&code);
    // The header may be malformed in other parts than the region.
    (is_elsewhere || code == "AuthorizationHeaderMalformed" && told.is_some()).then_some(told)
}

#[async_trait]
impl SecretStore for Bucket {
    fn check(&self, request: &SecretRequest) -> Result<()> {
        refuse_named(request)?;
        check_key(request.secret_id())
    }

    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        let region = match request.region() {
            Some(region) => region.clone(),
            None => self.client.session().default_region().await?,
        };
        let fetched = get::fetch(self, &region, request).await;
        self.client.session().note_rejection(fetched.as_ref().err()).await;
        fetched
    }

    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        // Collected before they are polled, as in the trait's default. The future of a request is boxed when its turn comes.
        let fetches: Vec<_> =
            requests.iter().map(|request| async move { Box::pin(self.fetch(request)).await }).collect();
        futures_util::stream::iter(fetches).buffered(IN_FLIGHT).inspect(|_| tell_answered(1)).collect().await
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        let session = self.client.session();
        let region = match find.region() {
            Some(region) => region.clone(),
            None => session.default_region().await?,
        };
        let listed = list::keys(self, &region, find.prefix()).await;
        session.note_rejection(listed.as_ref().err()).await;
        let mut requests = Vec::new();
        for key in listed? {
            let about = |error: crate::secret::ParseSecretIdError| {
                let failure = crate::error::Failure::new(ErrorKind::Unrepresentable, error.to_string());
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

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").field("name", &self.name).finish_non_exhaustive()
    }
}
