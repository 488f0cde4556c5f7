//! The store on Parameter Store.

use std::fmt;

use async_trait::async_trait;
use futures_util::StreamExt as _;

use super::api::SSM;
use super::get::{self, Outcome};
use super::pace::{IN_FLIGHT, Pace};
use super::{list, parameter_id};
use crate::call::Call;
use crate::error::Result;
use crate::secret::{Secret, SecretRequest};
use crate::store::by_region::{by_region, tell_answered};
use crate::store::find::Find;
use crate::store::identity::Identities;
use crate::store::regions::Place;
use crate::store::results::{Results, only};
use crate::store::secret_store::{SecretStore, refuse_named, refuse_named_find};
use crate::store::signed::SignedClient;

/// Parameters, ten in one request.
pub(super) struct ParameterStore {
    client: SignedClient,
    pace: Pace,
}

/// A store in one place, which asks as one of these callers.
pub(super) async fn open(identities: &Identities, place: Place) -> Result<ParameterStore> {
    let session = identities.session(SSM.service, place.who, place.endpoint_url).await?;
    Ok(ParameterStore { client: SignedClient::new(&SSM, session), pace: Pace::default() })
}

#[async_trait]
impl SecretStore for ParameterStore {
    fn check(&self, request: &SecretRequest) -> Result<()> {
        refuse_named(request)?;
        parameter_id::check(request.secret_id())?;
        parameter_id::check_version(request)
    }

    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        only(self.fetch_many(std::slice::from_ref(request)).await)
    }

    async fn fetch_many(&self, requests: &[SecretRequest]) -> Vec<Result<Secret>> {
        let mut results = Results::of(requests.len());
        let regions = by_region(requests, self.client.session().default_region(), &mut results).await;
        let mut calls = Vec::new();
        for (region, mut places) in regions.iter().map(|(region, places)| (region, places.clone())) {
            places.retain(|&place| match parameter_id::check_answerable(&requests[place]) {
                Ok(()) => true,
                Err(error) => {
                    tell_answered(1);
                    results.put(place, Err(error));
                    false
                }
            });
            calls.extend(get::calls(requests, &places).into_iter().map(|call| (region, call)));
        }
        let fetch = |(region, places)| async move {
            (region, get::fetch(&self.client, &self.pace, region, requests, places).await)
        };
        // Collected before they are polled, as in the trait's default.
        let calls: Vec<_> = calls.into_iter().map(fetch).collect();
        let in_flight = Call::current().in_flight(calls.len(), IN_FLIGHT);
        let mut calls = futures_util::stream::iter(calls).buffer_unordered(in_flight);
        let mut again = Vec::new();
        while let Some((region, Outcome { results: known, again: spoiled })) = calls.next().await {
            tell_answered(known.len());
            results.put_all(known);
            again.extend(spoiled.into_iter().map(|place| fetch((region, vec![place]))));
        }
        let in_flight = Call::current().in_flight(again.len(), IN_FLIGHT);
        let mut again = futures_util::stream::iter(again).buffer_unordered(in_flight);
        while let Some((_, outcome)) = again.next().await {
            tell_answered(outcome.results.len());
            results.put_all(outcome.results);
        }
        let results = results.in_order();
        self.client.session().note_rejection(results.iter().filter_map(|result| result.as_ref().err())).await;
        results
    }

    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        refuse_named_find(find)?;
        parameter_id::check_path(find)?;
        let session = self.client.session();
        let region = match find.region() {
            Some(region) => region.clone(),
            None => session.default_region().await?,
        };
        let found = list::below(&self.client, &self.pace, &region, find.prefix()).await;
        session.note_rejection(found.as_ref().err()).await;
        found
    }
}

impl fmt::Debug for ParameterStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParameterStore").finish_non_exhaustive()
    }
}
