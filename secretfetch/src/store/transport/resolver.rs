//! Name look-ups by the system, shared by all who wait for one name.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::dns::ResolveDnsError;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;

/// A look-up that was begun longer ago is not joined: its answer may be of another time.
const YOUNG: Duration = Duration::from_secs(30);

/// getaddrinfo, with an error that can be told apart from a refused connection.
///
/// A look-up goes on when the time for a connection is over, and the next attempt joins it: with a dead
/// first name server the C library asks the second only after five seconds, and each new look-up would
/// begin with the dead one. Many connections to one host share one look-up, and one thread.
#[derive(Clone, Default)]
pub(super) struct SystemResolver(Arc<Mutex<HashMap<String, Lookup>>>);

#[derive(Clone)]
struct Lookup {
    begun: Instant,
    answer: Shared<BoxFuture<'static, Result<Vec<SocketAddr>, Arc<io::Error>>>>,
}

impl SystemResolver {
    /// Whether a look-up of this name has not ended yet.
    pub(super) fn is_waiting_for(&self, name: &str) -> bool {
        self.lookups().contains_key(name)
    }

    fn lookups(&self) -> MutexGuard<'_, HashMap<String, Lookup>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn lookup(
        &self,
        name: String,
        system: fn(&str) -> io::Result<Vec<SocketAddr>>,
    ) -> io::Result<Vec<SocketAddr>> {
        let Lookup { begun, answer } = {
            let mut lookups = self.lookups();
            lookups.retain(|_, lookup| lookup.begun.elapsed() < YOUNG);
            lookups.entry(name.clone()).or_insert_with(|| Lookup::begin(name.clone(), system)).clone()
        };
        let result = answer.await;
        let mut lookups = self.lookups();
        if lookups.get(&name).is_some_and(|lookup| lookup.begun == begun) {
            lookups.remove(&name);
        }
        result.map_err(|error| io::Error::new(error.kind(), error))
    }
}

impl Lookup {
    fn begin(name: String, system: fn(&str) -> io::Result<Vec<SocketAddr>>) -> Self {
        let answer = tokio::task::spawn_blocking(move || system(&name));
        let answer = answer.map(|joined| joined.map_err(io::Error::other).flatten().map_err(Arc::new));
        Lookup { begun: Instant::now(), answer: answer.boxed().shared() }
    }
}

fn getaddrinfo(name: &str) -> io::Result<Vec<SocketAddr>> {
    (name, 0).to_socket_addrs().map(Iterator::collect)
}

impl Service<Name> for SystemResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = ResolveDnsError;
    type Future = BoxFuture<'static, Result<Self::Response, ResolveDnsError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ResolveDnsError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolver = self.clone();
        let lookup = async move { resolver.lookup(name.as_str().to_owned(), getaddrinfo).await };
        lookup.map(|result| result.map(Vec::into_iter).map_err(ResolveDnsError::new)).boxed()
    }
}

impl fmt::Debug for SystemResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemResolver")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_look_up_outlives_who_waits_for_it_and_is_shared() {
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        fn slow(_: &str) -> io::Result<Vec<SocketAddr>> {
            CALLS.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(300));
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
        }
        let resolver = SystemResolver::default();
        let ask = || resolver.lookup("name".to_owned(), slow);
        assert!(tokio::time::timeout(Duration::from_millis(50), ask()).await.is_err());
        assert!(resolver.is_waiting_for("name") && !resolver.is_waiting_for("other"));
        let (one, two) = futures_util::future::join(ask(), ask()).await;
        assert_eq!((one.unwrap().len(), two.unwrap().len()), (1, 1));
        assert_eq!(CALLS.load(Ordering::SeqCst), 1);
        assert!(!resolver.is_waiting_for("name"));
        assert_eq!(ask().await.unwrap().len(), 1);
        assert_eq!(CALLS.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_failure_is_for_all_who_wait_and_not_kept() {
        let resolver = SystemResolver::default();
        let fail = |_: &str| Err(io::Error::from(io::ErrorKind::NotFound));
        let (one, two) =
            futures_util::future::join(resolver.lookup("n".into(), fail), resolver.lookup("n".into(), fail)).await;
        assert_eq!([one, two].map(|result| result.unwrap_err().kind()), [io::ErrorKind::NotFound; 2]);
        assert!(!resolver.is_waiting_for("n"));
    }
}
