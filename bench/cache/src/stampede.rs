//! What the service is asked when many tasks find that a secret has expired.

use std::sync::Arc;
use std::time::Duration;

use secretfetch_testkit::Fault;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use crate::contender::{self, Kind, Wanted};
use crate::outcome::Result;

const TIME_TO_LIVE: Duration = Duration::from_millis(200);
/// As a region of AWS answers.
const LATENCY: Duration = Duration::from_millis(20);

pub(crate) fn requests(kind: Kind, tasks: usize, threads: usize) -> Result<usize> {
    let runtime = Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    let server = contender::server(1);
    let wanted: Arc<[Wanted]> = [Wanted::new(0)?].into();
    let cache = Arc::new(contender::open(kind, &server, TIME_TO_LIVE, 1000)?);
    runtime.block_on(async {
        cache.ask(&wanted, 1).await?;
        server.store().inject(Fault::latency(LATENCY));
        server.store().clear_requests();
        tokio::time::sleep(TIME_TO_LIVE + Duration::from_millis(10)).await;
        let ask = |_| {
            let (cache, wanted) = (Arc::clone(&cache), Arc::clone(&wanted));
            async move { cache.ask(&wanted, 1).await }
        };
        let mut running: JoinSet<_> = (0..tasks).map(ask).collect();
        while let Some(done) = running.join_next().await {
            done??;
        }
        Ok(server.requests().len())
    })
}
