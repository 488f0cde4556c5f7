//! The time of a hit.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::contender::{self, Cache, Kind, Wanted};
use crate::outcome::{Result, median};

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) struct Crowd {
    name: &'static str,
    /// As many at once; one has a runtime of one thread.
    tasks: usize,
    /// Each asks for these in turn.
    secrets: usize,
}

pub(crate) const CROWDS: [Crowd; 3] = [
    Crowd { name: "one task, one secret", tasks: 1, secrets: 1 },
    Crowd { name: "one task, 100 secrets in turn", tasks: 1, secrets: 100 },
    Crowd { name: "eight tasks on several threads, one secret", tasks: 8, secrets: 1 },
];

struct Contender {
    cache: Arc<Cache>,
    times: Vec<f64>,
}

/// The caches take turns, and who begins changes: what the machine does meanwhile befalls both.
pub(crate) fn compare(crowd: Crowd, rounds: usize, hits: usize, threads: usize) -> Result<String> {
    let runtime = match crowd.tasks {
        1 => Builder::new_current_thread().enable_all().build()?,
        _ => Builder::new_multi_thread().worker_threads(threads).enable_all().build()?,
    };
    let server = contender::server(crowd.secrets);
    let wanted: Arc<[Wanted]> = (0..crowd.secrets).map(Wanted::new).collect::<Result<_>>()?;
    let contender = |kind| -> Result<Contender> {
        let cache = Arc::new(contender::open(kind, &server, Duration::from_secs(3600), 1000)?);
        Ok(Contender { cache, times: Vec::new() })
    };
    let mut contenders = [contender(Kind::Ours)?, contender(Kind::Peer)?];
    for contender in &contenders {
        time(&runtime, &contender.cache, &wanted, crowd.tasks, crowd.secrets)?;
    }
    let before = server.requests().len();
    for round in 0..rounds {
        for index in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
            let Contender { cache, times } = &mut contenders[index];
            times.push(time(&runtime, cache, &wanted, crowd.tasks, hits / crowd.tasks)?);
        }
    }
    if server.requests().len() > before {
        return Err("not every one was a hit".into());
    }
    let [ours, peer] = contenders.map(|contender| contender.times);
    let mut ratios: Vec<f64> = ours.iter().zip(&peer).map(|(ours, peer)| ours / peer).collect();
    let (mut ours, mut peer) = (ours, peer);
    let (ours, peer, ratio) = (median(&mut ours), median(&mut peer), median(&mut ratios));
    Ok(format!("| {} | {ours:.0} | {peer:.0} | {ratio:.2} × that |", crowd.name))
}

/// Nanoseconds for each hit, from the first until the last, as if they came one after the other.
fn time(runtime: &Runtime, cache: &Arc<Cache>, wanted: &Arc<[Wanted]>, tasks: usize, each: usize) -> Result<f64> {
    let started = Instant::now();
    let bytes = runtime.block_on(async {
        if tasks == 1 {
            return cache.ask(wanted, each).await;
        }
        let mut bytes = 0;
        let ask = |_| {
            let (cache, wanted) = (Arc::clone(cache), Arc::clone(wanted));
            async move { cache.ask(&wanted, each).await }
        };
        let mut running: JoinSet<_> = (0..tasks).map(ask).collect();
        while let Some(done) = running.join_next().await {
            bytes += done??;
        }
        Ok(bytes)
    })?;
    let time = started.elapsed();
    match bytes {
        0 => Err("the secrets are empty".into()),
        _ => Ok(time.as_nanos() as f64 / (tasks * each) as f64),
    }
}
