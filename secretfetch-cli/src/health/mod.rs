//! What others can see of a `watch`: whether it is ready, whether it turns, and how it went, by HTTP on a port that it
//! was told.
//!
//! The rounds say how they go to a [`Health`]; the `server` answers out of that, beside the rounds on the one thread:
//! a thread that something holds does not answer, which is an answer as well.

mod address;
mod metrics;
mod pages;
mod server;
mod state;

use std::io::{self, ErrorKind as IoErrorKind};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secretfetch::{Call, Error, ErrorKind, Failure, Report, Result, StoreEvent};

pub(crate) use address::ListenAddress;
use pages::Pages;
pub(crate) use state::HookKind;
use state::{Now, State};

/// How a `watch` is doing. Where nothing listens, nothing is noted.
#[derive(Clone, Default)]
pub(crate) struct Health {
    pages: Option<Arc<Mutex<Pages>>>,
    requests: Option<Arc<AtomicU64>>,
}

impl Health {
    /// Takes the port, and answers on it from now on, within the runtime that this is called in; with the address that
    /// it has become.
    ///
    /// With `max_stale`, files count as fresh for so long after the last good round.
    pub(crate) fn listen(address: ListenAddress, max_stale: Option<Duration>) -> Result<(Health, SocketAddr)> {
        let taken = server::bind(address).and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (bound, listener) = taken.map_err(|error| cannot_listen(address, &error))?;
        let state = State::new(max_stale);
        let requests = Some(state.requests.clone());
        let pages = Arc::new(Mutex::new(Pages::of(state)));
        tokio::spawn(server::serve(listener, pages.clone()));
        Ok((Health { pages: Some(pages), requests }, bound))
    }

    /// Does the work of a round, and counts what it sends.
    pub(crate) async fn counting<T>(&self, work: impl Future<Output = T>) -> T {
        let Some(requests) = &self.requests else { return work.await };
        let requests = requests.clone();
        let call = Call::current().with_observer(move |event| {
            if *event == StoreEvent::Requested {
                requests.fetch_add(1, Ordering::Relaxed);
            }
        });
        call.run(work).await
    }

    /// A round begins, which may take so long.
    pub(crate) fn round_began(&self, limit: Duration) {
        self.note(|state| state.round_began(limit, Now::read()));
    }

    /// The round has brought what it should, and this is what it left.
    pub(crate) fn succeeded(&self, report: &Report) {
        self.note(|state| state.succeeded(report, Now::read()));
    }

    /// The round has failed, and the files are as they were.
    pub(crate) fn failed(&self, error: &Error) {
        self.note(|state| state.failed(error));
    }

    /// What is run after a change has ended.
    pub(crate) fn hook_ended(&self, kind: HookKind, ok: bool) {
        self.note(|state| state.hook_ended(kind, ok));
    }

    fn note(&self, what: impl FnOnce(&mut State)) {
        if let Some(pages) = &self.pages {
            pages.lock().unwrap_or_else(PoisonError::into_inner).change(what);
        }
    }
}

fn cannot_listen(address: ListenAddress, error: &io::Error) -> Failure {
    let hint = match error.kind() {
        IoErrorKind::AddrInUse => "another process of this host or pod has the port: choose another one",
        IoErrorKind::PermissionDenied => "ports below 1024 are for root or CAP_NET_BIND_SERVICE: choose a higher one",
        IoErrorKind::AddrNotAvailable => "the host has no such address: `:PORT` is every interface",
        _ => "see the system's limits, or listen on another address",
    };
    Failure::new(ErrorKind::Config, format!("cannot listen on {address}: {error}")).with_hint(hint)
}
