//! The way to one bucket.

use std::sync::{Mutex, PoisonError};

use super::api::S3;
use super::bucket::Addressing;
use super::diagnosis::{self, Asked, Question};
use super::settings::S3StoreConfig;
use super::xml::Refused;
use crate::error::Result;
use crate::secret::Region;
use crate::store::identity::Session;
use crate::store::signed::{Request, SignedClient, Target};
use crate::store::transport::Response;

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

impl Bucket {
    pub(super) fn new(config: &S3StoreConfig, name: &str, session: Session) -> Self {
        Bucket {
            client: SignedClient::new(&S3, session),
            name: name.to_owned(),
            owner: config.bucket_owner.clone(),
            addressing: config.addressing,
            max_bytes: config.max_bytes,
            moved: Mutex::default(),
        }
    }

    pub(super) fn session(&self) -> &Session {
        self.client.session()
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

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
            let sent = match self.client.ready(&here).await {
                Ok(ready) => {
                    let request = self.request(path, query, ready.is_configured());
                    ready.send(request, longest).await
                }
                Err(unanswered) => Err(unanswered),
            };
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

    fn request(&self, path: &str, query: &str, is_configured: bool) -> Request {
        let is_virtual = self.addressing.is_virtual(&self.name, is_configured);
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
