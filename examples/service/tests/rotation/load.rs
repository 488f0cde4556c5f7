//! Clients that ask steadily, and remember what they were answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::task::JoinSet;

/// How long a client rests after an answer.
const PAUSE: Duration = Duration::from_millis(5);

pub(crate) struct Load {
    clients: JoinSet<Outcome>,
    ended: Arc<AtomicBool>,
}

#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) requests: usize,
    pub(crate) failures: Vec<String>,
    pub(crate) slowest: Duration,
}

impl Load {
    pub(crate) fn start(address: SocketAddr, clients: usize) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let clients = (0..clients).map(|_| ask(address, ended.clone())).collect();
        Load { clients, ended }
    }

    pub(crate) async fn end(self) -> Outcome {
        self.ended.store(true, Ordering::Relaxed);
        let mut all = Outcome::default();
        for outcome in self.clients.join_all().await {
            all.requests += outcome.requests;
            all.failures.extend(outcome.failures);
            all.slowest = all.slowest.max(outcome.slowest);
        }
        all
    }
}

async fn ask(address: SocketAddr, ended: Arc<AtomicBool>) -> Outcome {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut outcome = Outcome::default();
    while !ended.load(Ordering::Relaxed) {
        let request = Request::post(format!("http://{address}/visits")).body(Body::empty()).unwrap();
        let started = Instant::now();
        match client.request(request).await {
            Ok(response) if response.status() == StatusCode::OK => {}
            Ok(response) => outcome.failures.push(response.status().to_string()),
            Err(error) => outcome.failures.push(format!("{error:?}")),
        }
        outcome.requests += 1;
        outcome.slowest = outcome.slowest.max(started.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    outcome
}
