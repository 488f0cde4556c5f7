//! How a test sets an account's clock.

use std::time::{Duration, SystemTime};

use super::store::FakeSecretStore;

impl FakeSecretStore {
    /// The account's time, in whole milliseconds: the machine's, unless it was [set](Self::set_time) or
    /// [advanced](Self::advance).
    pub fn time(&self) -> SystemTime {
        self.shared().clock().now()
    }

    /// Stops the account's clock at `time`; from then on only [`advance`](Self::advance) moves it.
    ///
    /// When secrets were created and are deleted, when credentials end: all of the account's times are by this clock.
    /// Clients go by the machine's: to them, credentials of a past that was set have ended already.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// # use secretfetch_testkit::FakeSecretStore;
    ///
    /// let store = FakeSecretStore::new();
    /// let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    /// store.set_time(start);
    /// store.advance(Duration::from_secs(3600));
    /// assert_eq!(store.time(), start + Duration::from_secs(3600));
    /// ```
    pub fn set_time(&self, time: SystemTime) {
        self.shared().clock().set(time);
    }

    /// Moves the account's clock on. One that was never [set](Self::set_time) goes on running from there.
    pub fn advance(&self, by: Duration) {
        self.shared().clock().advance(by);
    }
}
