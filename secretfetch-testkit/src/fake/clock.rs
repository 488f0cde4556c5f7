//! The time of a fake account: the machine's, unless a test says otherwise.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// What all times of an account are read from.
#[derive(Default)]
pub(crate) struct Clock(Mutex<Hand>);

#[derive(Clone, Copy)]
enum Hand {
    /// So far ahead of the machine's clock.
    Running(Duration),
    Stopped(SystemTime),
}

impl Default for Hand {
    fn default() -> Self {
        Hand::Running(Duration::ZERO)
    }
}

impl Clock {
    /// The time in milliseconds, as the service tells it.
    pub(crate) fn now(&self) -> SystemTime {
        let now = match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Hand::Running(ahead) => SystemTime::now() + ahead,
            Hand::Stopped(time) => time,
        };
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        SystemTime::UNIX_EPOCH + Duration::from_millis(since.as_millis() as u64)
    }

    pub(super) fn reset(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Hand::default();
    }

    pub(super) fn set(&self, time: SystemTime) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Hand::Stopped(time);
    }

    pub(super) fn advance(&self, by: Duration) {
        let mut hand = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *hand = match *hand {
            Hand::Running(ahead) => Hand::Running(ahead + by),
            Hand::Stopped(time) => Hand::Stopped(time + by),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_never_set_runs_on_after_it_was_advanced() {
        let clock = Clock::default();
        clock.advance(Duration::from_secs(3600));
        let before = clock.now();
        assert!(before > SystemTime::now() + Duration::from_secs(3590));
        std::thread::sleep(Duration::from_millis(5));
        assert!(clock.now() > before);
    }

    #[test]
    fn a_clock_that_was_set_stands_still() {
        let clock = Clock::default();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        clock.set(time);
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(clock.now(), time);
    }
}
