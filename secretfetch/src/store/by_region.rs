//! Requests by the region that they go to.

use std::collections::BTreeMap;

use super::results::Results;
use crate::call::{Call, StoreEvent};
use crate::error::Result;
use crate::secret::{Region, SecretRequest};

/// Sorts the places of requests by region; a request without one has failed where there is no default. That one is asked
/// for only if it is needed, and once: it may take the time of a silent instance metadata service.
pub(super) async fn by_region(
    requests: &[SecretRequest],
    default_region: impl Future<Output = Result<Region>>,
    results: &mut Results,
) -> BTreeMap<Region, Vec<usize>> {
    let needs_default = requests.iter().any(|request| request.region().is_none());
    let default = if needs_default { Some(default_region.await) } else { None };
    let mut regions: BTreeMap<Region, Vec<usize>> = BTreeMap::new();
    for (place, request) in requests.iter().enumerate() {
        match (request.region(), &default) {
            (Some(region), _) => regions.entry(region.clone()).or_default().push(place),
            (None, Some(Ok(region))) => regions.entry(region.clone()).or_default().push(place),
            (None, Some(Err(error))) => {
                tell_answered(1);
                results.put(place, Err(error.clone()));
            }
            (None, None) => {}
        }
    }
    regions
}

/// Tells that so many requests have their answer.
pub(super) fn tell_answered(secrets: usize) {
    if secrets > 0 {
        Call::current().tell(&StoreEvent::Answered { secrets });
    }
}
