//! Assertions on what was asked of a fake.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use secretfetch::{Region, VersionStage};

use crate::fake::log::{Operation, RecordedRequest};
use crate::fake::store::FakeSecretStore;

/// How many requests a failure shows.
const SHOWN: usize = 50;

/// Starts assertions on the requests that a store has had up to now, in memory and over the wire.
///
/// First say which requests are meant, all of them by default; then what holds of them. Secrets are told by any of
/// their names and ARNs, as at [`Fault::on`](crate::Fault::on).
///
/// ```
/// # use secretfetch::{SecretRequest, SecretStore};
/// # use secretfetch_testkit::FakeSecretStore;
/// use secretfetch_testkit::{Operation, assert_requests};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = FakeSecretStore::new();
/// store.create_text("prod/db", "s3cr3t");
/// assert_requests(&store).none();
///
/// store.fetch(&SecretRequest::new("prod/db".parse()?)).await?;
/// assert_requests(&store).in_order(["prod/db"]).none_twice().at_most_in_flight(1);
/// assert_requests(&store).by(Operation::GetSecretValue).for_secret("prod/db").exactly(1);
/// assert_requests(&store).in_region("eu-west-1").none();
/// # Ok(()) }
/// ```
///
/// # Panics
/// The methods panic, at their caller's line, if the requests are not as they say. The message has the requests, which
/// have no values in them.
pub fn assert_requests(store: &FakeSecretStore) -> RequestsAssertion {
    let requests = store.requests().into_iter().map(|request| (request, true)).collect();
    RequestsAssertion { store: store.clone(), most_in_flight: store.most_in_flight(), requests, meant: String::new() }
}

/// Assertions on the requests to a store, from [`assert_requests`]; they can be chained.
#[derive(Debug)]
pub struct RequestsAssertion {
    store: FakeSecretStore,
    most_in_flight: usize,
    /// All requests, and whether each is meant.
    requests: Vec<(RecordedRequest, bool)>,
    /// Which requests are meant, in words.
    meant: String,
}

/// Which requests are meant.
impl RequestsAssertion {
    /// Only requests of this operation.
    #[must_use = "it chooses the requests, and asserts nothing yet"]
    pub fn by(self, operation: Operation) -> Self {
        self.only(&format!(" by {operation}"), |_, request| request.operation == operation)
    }

    /// Only requests that ask for this secret, by itself or among others.
    #[must_use = "it chooses the requests, and asserts nothing yet"]
    pub fn for_secret(self, secret_id: &str) -> Self {
        self.only(&format!(" for {secret_id:?}"), |store, request| {
            request.secret_ids.iter().any(|id| same(store, &request.region, secret_id, id))
        })
    }

    /// Only requests to this region.
    ///
    /// # Panics
    /// If `region` cannot be the name of a region.
    #[must_use = "it chooses the requests, and asserts nothing yet"]
    #[track_caller]
    pub fn in_region(self, region: &str) -> Self {
        match region.parse::<Region>() {
            Ok(region) => self.only(&format!(" in {region}"), |_, request| request.region == region),
            Err(error) => panic!("{error}"),
        }
    }

    fn only(mut self, which: &str, is_meant: impl Fn(&FakeSecretStore, &RecordedRequest) -> bool) -> Self {
        for (request, meant) in &mut self.requests {
            *meant = *meant && is_meant(&self.store, request);
        }
        self.meant.push_str(which);
        self
    }
}

/// How many there are.
impl RequestsAssertion {
    /// There are this many requests.
    #[track_caller]
    pub fn exactly(&self, count: usize) -> &Self {
        self.require(self.count() == count, || format!("expected {count}, not {}", self.count()))
    }

    /// There are this many requests or more.
    #[track_caller]
    pub fn at_least(&self, count: usize) -> &Self {
        self.require(self.count() >= count, || format!("expected at least {count}, not {}", self.count()))
    }

    /// There are this many requests or fewer.
    #[track_caller]
    pub fn at_most(&self, count: usize) -> &Self {
        self.require(self.count() <= count, || format!("expected at most {count}, not {}", self.count()))
    }

    /// There is no request.
    #[track_caller]
    pub fn none(&self) -> &Self {
        self.require(self.count() == 0, || format!("expected none, not {}", self.count()))
    }
}

/// What they ask for.
impl RequestsAssertion {
    /// These secrets are asked for, in this order, and no others. The secrets of a batch are in its own order.
    #[track_caller]
    pub fn in_order<'a>(&self, secret_ids: impl IntoIterator<Item = &'a str>) -> &Self {
        let expected: Vec<&str> = secret_ids.into_iter().collect();
        let asked: Vec<_> = self.ids().collect();
        let alike = expected.len() == asked.len()
            && expected.iter().zip(&asked).all(|(expected, (region, id))| same(&self.store, region, expected, id));
        self.require(alike, || {
            let asked: Vec<&str> = asked.iter().map(|(_, id)| *id).collect();
            format!("expected, in this order, {expected:?}, not {asked:?}")
        })
    }

    /// These secrets are asked for, in any order and however often, and no others.
    #[track_caller]
    pub fn only_for<'a>(&self, secret_ids: impl IntoIterator<Item = &'a str>) -> &Self {
        let expected: BTreeSet<&str> = secret_ids.into_iter().collect();
        let is = |expected: &str, (region, id): (&Region, &str)| same(&self.store, region, expected, id);
        let missing: Vec<_> = expected.iter().filter(|expected| !self.ids().any(|asked| is(expected, asked))).collect();
        let further = self.ids().filter(|asked| !expected.iter().any(|expected| is(expected, *asked)));
        let further: BTreeSet<&str> = further.map(|(_, id)| id).collect();
        self.require(missing.is_empty() && further.is_empty(), || {
            format!("nobody asked for {missing:?}, and nobody should have asked for {further:?}")
        })
    }

    /// No version of a secret is asked for twice, whatever it was called and whether by itself or in a batch.
    #[track_caller]
    pub fn none_twice(&self) -> &Self {
        let mut seen = BTreeSet::new();
        let mut twice = BTreeSet::new();
        for request in self.requests() {
            let stage = request.version_stage.as_deref();
            // Without a version it is the current one.
            let stage = stage.or_else(|| request.version_id.is_none().then_some(VersionStage::CURRENT));
            for id in &request.secret_ids {
                let secret = self.store.shared().account().resource(&request.region, id);
                if !seen.insert((&request.region, secret, request.version_id.as_deref(), stage)) {
                    twice.insert(id.as_str());
                }
            }
        }
        self.require(twice.is_empty(), || format!("asked for more than once: {twice:?}"))
    }
}

/// How they came.
impl RequestsAssertion {
    /// Never were more requests than this under way at once. This is of all requests to the store, not only of those
    /// that are meant.
    #[track_caller]
    pub fn at_most_in_flight(&self, most: usize) -> &Self {
        let seen = self.most_in_flight;
        self.require(seen <= most, || format!("expected at most {most} under way at once, not {seen}"))
    }

    /// The requests came on this many connections. Those in memory came on none.
    #[track_caller]
    pub fn on_connections(&self, count: usize) -> &Self {
        let seen = self.requests().filter_map(|request| request.connection).collect::<BTreeSet<_>>().len();
        self.require(seen == count, || format!("expected on {count} connections, not on {seen}"))
    }
}

impl RequestsAssertion {
    fn requests(&self) -> impl Iterator<Item = &RecordedRequest> {
        self.requests.iter().filter(|(_, meant)| *meant).map(|(request, _)| request)
    }

    fn count(&self) -> usize {
        self.requests().count()
    }

    fn ids(&self) -> impl Iterator<Item = (&Region, &str)> {
        self.requests().flat_map(|request| request.secret_ids.iter().map(|id| (&request.region, id.as_str())))
    }

    #[track_caller]
    fn require(&self, holds: bool, otherwise: impl FnOnce() -> String) -> &Self {
        if !holds {
            panic!("the requests{}: {}\n{}", self.meant, otherwise(), self.seen());
        }
        self
    }

    /// The requests, one a line; a star is at those that are meant, if not all are.
    fn seen(&self) -> String {
        if self.requests.is_empty() {
            return "there was no request".to_owned();
        }
        let mut text = String::from("there were:");
        for (number, (request, meant)) in self.requests.iter().enumerate().take(SHOWN) {
            let star = if *meant && !self.meant.is_empty() { '*' } else { ' ' };
            _ = write!(text, "\n{star} {:>3}. {request}", number + 1);
        }
        if self.requests.len() > SHOWN {
            _ = write!(text, "\n  and {} more", self.requests.len() - SHOWN);
        }
        text
    }
}

fn same(store: &FakeSecretStore, region: &Region, a: &str, b: &str) -> bool {
    store.shared().account().same(region, a, b)
}
