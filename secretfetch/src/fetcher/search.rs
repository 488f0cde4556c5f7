//! Looking for secrets, one attempt of it.

use futures_util::StreamExt as _;
use tokio::time::Instant;

use crate::call::{self, Call};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::store::{Find, SecretStore};

/// How many finds are under way at once: each may be many requests by itself.
const FINDS_IN_FLIGHT: usize = 4;

/// Looks for what is open; none where the end of the run comes first.
pub(super) async fn find_each(
    store: &dyn SecretStore,
    finds: &[Find],
    open: &[usize],
    end: Instant,
) -> Vec<Option<Result<Vec<Secret>>>> {
    let one = |place: &usize| {
        let find = &finds[*place];
        async move {
            let found = call::until(end, store.find(find)).await?;
            if let Ok(secrets) = &found {
                let done = secrets.len();
                tracing::debug!(target: "secretfetch::progress", done, total = done, "finding secrets");
            }
            Some(found.map_err(|error| about(error, find)))
        }
    };
    let searches: Vec<_> = open.iter().map(one).collect();
    let in_flight = Call::current().in_flight(searches.len(), FINDS_IN_FLIGHT);
    futures_util::stream::iter(searches).buffered(in_flight).collect().await
}

/// Says what was looked for.
pub(super) fn about(error: Error, find: &Find) -> Error {
    error.map_failures(|failure| match failure.region() {
        Some(_) => failure.with_find(find.to_string()),
        None => failure.with_find(find.to_string()).with_region(find.region()),
    })
}
